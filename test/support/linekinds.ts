/** A line of output, and of which kind it is. */
export interface KnownLine {
  readonly line: string
  readonly kind: string
  /** Whether one that is of no such kind is missed; false for what comes by chance, as frames without a name. */
  readonly required: boolean
}

/** The kinds of lines, the empty ones left out. A header says how many columns the lines below it have. */
export function kindsOf(lines: readonly string[]): KnownLine[] {
  let columns = 0
  return lines.flatMap((line) => {
    if (line.trim() === '') return []
    const header = isHeader(line)
    if (header) columns = words(line).length
    const kind = header || isHeading(line) ? sameAs(line) : (special(line) ?? row(line, columns))
    return [{line, kind, required: kind !== unnamed}]
  })
}

/** A header of columns: words in upper case. */
export function isHeader(line: string): boolean {
  return /^\s*[A-Z][A-Z_]+[A-Z:/s>.]*( +[A-Z][A-Z_:/s>]+)*$/.test(line) && !/\d/.test(line)
}

/** What a tool says before it begins, the heading of a histogram, and the label of a table. */
function isHeading(line: string): boolean {
  return /^(Tracing|Counting|Sampling) |: count +distribution$|^[pr]?:\S*:\S+\(.*\)|^[a-z]+$/.test(line)
}

const sameAs = (line: string): string => `= ${words(line).join(' ').replace(/\d+/g, '0')}`
const unnamed = 'unnamed frame'

/** Lines that are no rows, by what they look like; the first that fits. */
const forms: readonly (readonly [form: RegExp, kind: string | ((match: RegExpExecArray) => string)])[] = [
  [/^ *-?\d\S* -> -?\d+ *: \d+ *\|[* ]+\|$/, 'bucket'],
  [/^\s+"(\w+)": /, ([, key = '']) => `key ${key}`],
  [/^\s+".*",?$/, 'text in JSON'],
  [/^\s*[{}[\]]+,?$/, ([text]) => text.trim()],
  [/^[{[].*[}\]]$/, ([text]) => types(text)],
  [/^\S+;\S.* \d+$/, 'folded stack'],
  [/^ +-+$/, 'delimiter'],
  [/^ +-? +\S.* [[(]\d+[\])]$/, 'process'],
  [/^ +\d+$/, 'count of a stack'],
  [/^ +([\da-f]{1,16} +)?\[unknown\]( \[.*\])?$/, unnamed],
  [
    /^ +([\da-f]{6,16} +)?[^\s+]+(\+0x[\da-f]+)?( \[.*\])?$/,
    ([, address, offset, module]) =>
      ['frame', address && 'address', offset && 'offset', module && 'module'].filter(Boolean).join(' with '),
  ],
  [
    /^@(\w*)\[(.*)\]: (.*)$/,
    ([, map = '', key = '', value = '']) => `@${map}[${key.split(',').map(kindOf).join()}]: ${kindOf(value)}`,
  ],
]

function special(line: string): string | undefined {
  for (const [form, kind] of forms) {
    const match = form.exec(line)
    if (match) return typeof kind === 'string' ? kind : kind(match)
  }
  return undefined
}

/** JSON on one line, with types instead of values. */
function types(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (_, value: unknown) =>
      typeof value === 'object' ? value : typeof value,
    )
  } catch {
    return 'text'
  }
}

/** A row of a table: in its last column may be more than one word. */
function row(line: string, columns: number): string {
  const all = words(line)
  if (columns === 0 || all.length <= columns) return all.map(kindOf).join(' ')
  return [...all.slice(0, columns - 1).map(kindOf), 'word'].join(' ')
}

function words(line: string): string[] {
  return line.trim().split(/\s+/)
}

function kindOf(word: string): string {
  if (/^-?[\d,]+(\.\d+)?,?$/.test(word.trim())) return 'number'
  return /^\[?\d\d:\d\d:\d\d\]?:?$/.test(word) ? 'time' : 'word'
}
