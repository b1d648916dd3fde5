import {
  bucketRange,
  byCgroup,
  byName,
  byPid,
  byTid,
  byUid,
  defineTool,
  type Distribution,
  distributions,
  findSpecifiers,
  Flags,
  type FoundSpecifier,
  type Key,
  type KeyPart,
  localTime,
  type MapEntry,
  type ProgramParts,
  readable,
  reported,
  type Row,
  type Section,
  shorten,
  specifierNeeds,
  type Text,
  textFrom,
  UsageError,
  type Value,
  withoutLetters,
} from '../tool.js'

const usualStringSize = 80

const specifier =
  'p, r, t or u for a function, its return, a tracepoint or a USDT probe; then the library (none for the kernel) or category, the name, the parameters that are used, their types, the expressions and a condition, as in SPECIFIERS.'

const flags = {
  histogram: Flags.parsedList('Show a histogram of what this specifies; may be repeated.', {
    char: 'H',
    value: 'SPECIFIER',
    completes: {from: 'specifier'},
    parse: (text) => text,
    selects: true,
    details: specifier,
  }),
  count: Flags.parsedList('Count the different values of what this specifies; may be repeated.', {
    char: 'C',
    value: 'SPECIFIER',
    completes: {from: 'specifier'},
    parse: (text) => text,
    selects: true,
    details: specifier,
  }),
  'string-size': Flags.integer(`Bytes of a text that are looked at; ${usualStringSize} if not given.`, {
    char: 'z',
    value: 'N',
    min: 1,
    max: 1000,
    what: 'a number of bytes',
    group: 'engine',
    details: 'bpftrace 0.17 takes up to 197, and less where one table has several texts.',
  }),
  interval: Flags.seconds('Print every so many seconds; 1 if not given.', {char: 'i', value: 'SECONDS'}),
  number: Flags.integer('End after printing so many times.', {
    char: 'n',
    value: 'N',
    min: 1,
    what: 'how often',
    group: 'output',
  }),
  cumulative: Flags.flag('Go on counting instead of starting anew each time.', {char: 'c'}),
  top: Flags.integer('Show the N most frequent values of each count only.', {
    char: 'T',
    value: 'N',
    min: 1,
    what: 'a number of values',
    group: 'output',
  }),
  include: Flags.parsedList('Accepted and not needed: the kernel describes its types itself.', {
    char: 'I',
    value: 'HEADER',
    parse: (text) => text,
    selects: true,
  }),
}

/** The process comes from a shared filter. */
type Given = ProgramParts<typeof flags>['flags'] & {readonly pid?: number | undefined}

export default defineTool({
  group: 'functions',
  summary: 'Show the distribution of arguments, return values and latencies of functions.',
  description:
    'Counts the values that functions of the kernel and of programs are called with or return, how long they take, and the fields of tracepoints: as a table of values, or as a histogram.',
  examples: [
    {command: "argdist -C 'r:c:malloc(size_t n):size_t:$entry(n)'", description: 'Sizes that are allocated'},
    {
      command: "argdist -H 't:syscalls:sys_exit_read():long:args->ret:args->ret>0'",
      description: 'How much each read returns',
    },
    {
      command: "argdist -C 'p::vfs_write(struct file *file):u32:file->f_flags'",
      description: 'Flags of the files that are written',
    },
    {
      command: "argdist -H 'r::vfs_fsync_range():u64:$latency/1000' -d 10",
      description: 'Microseconds that fsyncs take',
    },
  ],
  requirements:
    'Root. Kernel functions need kprobes; structures need kernel types (BTF); tracepoints, and functions of libraries and programs, work on every kernel.',
  overhead: {
    rate: 'calls of what is traced: anything up to millions a second',
    cost: '0.2 to 0.6 microseconds for each event of the kernel, up to 13 for others.',
  },
  flags,
  letters: {duration: 'd', verbose: 'v'},
  filters: [byPid, byTid, byUid, withoutLetters(byName), byCgroup],
  columns: {
    count: reported(10, 'How often.', {header: 'COUNT'}),
    event: reported(40, 'The values, as `expression = value`.', {header: 'EVENT'}),
    values: reported(0, 'The values by expression; a whole number that is too large for JSON is a string.', {
      inJson: true,
      json: (pairs) =>
        Object.fromEntries(
          (pairs as unknown as [string, Value][]).map(([name, value]) => [name, plain(value)]),
        ),
    }),
  },
  show: () => ['count', 'event'],
  resolve: ({count = [], histogram = [], pid}: Given, machine) => {
    const wanted = [
      ...count.map((source) => ({source, purpose: 'count' as const})),
      ...histogram.map((source) => ({source, purpose: 'histogram' as const})),
    ]
    if (wanted.length === 0) {
      throw new UsageError('there is no specifier', {
        hint: "say what to count with -C, or what to make a histogram of with -H, as in -C 'p:c:malloc(size_t n):size_t:n'",
      })
    }
    return findSpecifiers(wanted, machine, pid)
  },
  counting: ({interval, number, cumulative, top, include, ...flags}, found) => {
    const counted = distributions(found, flags['string-size'] ?? usualStringSize, [])
    return {
      maps: counted.map(({map, keys}) => ({
        name: map,
        key: keys.map(({kind}) => (kind === 'text' ? 'text' : 'int')),
      })),
      mapKeys: 16_384,
      textRoom: Math.max(...counted.map(({textRoom}) => textRoom)),
      every: {seconds: interval ?? 1, times: number},
      layout: 'blocks',
      notes: include === undefined ? [] : ['-I is not needed: the kernel describes its types itself'],
      collect: () => ({
        report: (interval) => ({
          interval,
          heading: `[${localTime(interval.end)}]`,
          sections: counted.map((each, index) =>
            section(
              each,
              found[index] as FoundSpecifier,
              (cumulative ? interval.totals : interval.counts)(each.map),
              top,
            ),
          ),
        }),
      }),
    }
  },
  sources: [
    {
      name: 'probes',
      description: 'Kprobes, uprobes, tracepoints and USDT probes, as the specifiers say.',
      needs: [],
      alsoNeeds: ({resolved}) => specifierNeeds(resolved),
      program: ({filters, flags, resolved}) =>
        distributions(resolved, flags['string-size'] ?? usualStringSize, filters).flatMap(
          ({clauses}) => clauses,
        ),
    },
  ],
})

function section(
  {keys}: Distribution,
  {specifier: {label}}: FoundSpecifier,
  entries: readonly MapEntry[],
  top: number | undefined,
): Section {
  const [first] = keys
  if (first?.kind === 'bucket') return {kind: 'histogram', label, unit: label, buckets: buckets(entries)}
  const rows = new Map<string, Row & {count: number}>()
  for (const {key, count} of entries) {
    const values = keys.map((each, index): [string, Value] => [each.shown, valueOf(each, key[index] ?? 0)])
    const event = Buffer.concat(
      values.length === 0 ? [Buffer.from('total calls')] : values.flatMap(shownBytes),
    )
    const known = rows.get(event.toString('latin1'))
    if (known === undefined) rows.set(event.toString('latin1'), {count, event: textFrom(event), values})
    else known.count += count
  }
  const sorted = [...rows]
    .sort(([a, {count: m}], [b, {count: n}]) => m - n || inOrder(a, b))
    .map(([, row]) => row)
  return {kind: 'rows', type: 'count', label, rows: sorted.slice(-(top ?? sorted.length))}
}

const inOrder = new Intl.Collator('en', {numeric: true}).compare

/** From the first to the last bucket that holds something; BCC begins at 0. */
function buckets(entries: readonly MapEntry[]) {
  const counts = new Map(entries.map(({key: [bucket], count}) => [Number(bucket), count]))
  if (counts.size === 0) return []
  const from = Math.min(0, ...counts.keys())
  const to = Math.max(...counts.keys())
  return Array.from({length: to - from + 1}, (_, index) => {
    const {low, high} = bucketRange(from + index)
    return {min: low, max: high, count: counts.get(from + index) ?? 0}
  })
}

function valueOf(key: Key, part: KeyPart): Value {
  if (key.kind === 'text') return shorten(part as Text, key.limit)
  if (key.kind === 'int' && !key.isSigned) return BigInt.asUintN(64, BigInt(part as number | bigint))
  return part
}

/** A value as bytes, so that a text that is not UTF-8 is not lost. */
function shownBytes([name, value]: [string, Value], index: number): Buffer[] {
  const before = Buffer.from(`${index === 0 ? '' : ', '}${name} = `)
  if (typeof value === 'number' || typeof value === 'bigint') return [before, Buffer.from(`${value}`)]
  const text = value as Text
  const bytes = typeof text === 'string' ? Buffer.from(text) : text.bytes
  const end = typeof text !== 'string' && text.cut ? '"...' : '"'
  return [before, Buffer.from('"'), bytes, Buffer.from(end)]
}

function plain(value: Value): number | string {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  return typeof value === 'number' ? value : readable(value as Text)
}
