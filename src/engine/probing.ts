import type {Attaching, Source} from './definition.js'
import {UsageError} from './errors.js'
import {argument, type FlagTable, flag, type FlagValues, integer} from './flag.js'
import type {Found, FoundProbe} from './kernel/probes/found.js'
import type {Machine} from './kernel/machine.js'
import type {Need} from './kernel/need.js'
import {isGlob} from './program/glob.js'
import {type Pattern, parsePattern} from './program/pattern.js'
import {type AttachPoint, probe} from './program/probe.js'
import {cover} from './program/wildcards.js'

/** BCC's limit: attaching and detaching each probe takes time, and many cost every call of many functions. */
const usualLimit = 1000
/** Where the kernel attaches many at once, this is for the cost alone. */
const togetherLimit = 10_000
/** Fewer probes than that are attached fast enough one by one. */
const few = 32

/** What tools take that trace whatever a pattern matches. */
export const patternFlags = {
  pattern: argument('What to trace: vfs_*, c:malloc, t:sched:*, u:lib:probe.', {
    value: 'PATTERN',
    position: 0,
    required: true,
    parse: (text) => text,
    completes: {from: 'pattern'},
    details:
      '`name` or `p::name` is a kernel function; `lib:name`, `/path:name` or `p:lib:name` a function of a library or program; `t:category:event` a tracepoint; `u:lib:probe` a USDT probe. `*`, `?` and `[a-z]` match several.',
  }),
  regexp: flag('Take names for regular expressions, which must match whole.', {
    char: 'r',
    group: 'filter',
    selects: true,
  }),
  'max-probes': integer(`Trace so many functions at most; ${usualLimit} if not given.`, {
    value: 'N',
    min: 1,
    max: 100_000,
    what: 'a number of functions',
    group: 'engine',
    details: `Where the kernel attaches many of its functions at once (see REQUIREMENTS), it is ${withCommas(togetherLimit)} if not given.`,
  }),
}

/** Not by toLocaleString: that loads what this machine knows of languages, for 15 ms and 8 MB at every start. */
function withCommas(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ',')
}

type PatternValues = FlagValues<typeof patternFlags> & {pid?: number | undefined}

/** What a pattern stands for on this machine. */
export interface FoundPattern extends Found {
  readonly pattern: Pattern
  /** What to attach to: the probes, or wildcards that stand for many of them. */
  readonly points: readonly AttachPoint[]
  /** Whether there are such wildcards. */
  readonly together: boolean
  /** Whether the pattern is more than a name: what it matches may be missing where the kernel refuses it. */
  readonly isWildcard: boolean
}

/** Finds what the pattern matches. @throws UsageError, MachineError */
export async function resolvePatternFlags(flags: PatternValues, machine: Machine): Promise<FoundPattern> {
  if (flags.pattern === undefined) throw new UsageError('PATTERN is missing')
  const pattern = parsePattern(flags.pattern, {regularExpressions: flags.regexp})
  const {resolvePattern} = await import('./kernel/probes/resolve.js')
  const atOnce = await attachesAtOnce(pattern, machine)
  const found = await resolvePattern(pattern, machine, {
    pid: flags.pid,
    limit: flags['max-probes'] ?? (atOnce && pattern.kind === 'kernel' ? togetherLimit : usualLimit),
    limitFlag: '--max-probes',
  })
  const points = atOnce && found.probes.length > few ? pointsTogether(found) : undefined
  const single = found.probes.map(({point}) => point)
  return {
    ...{...found, pattern, points: points ?? single, together: points !== undefined},
    isWildcard: flags.regexp || hasWildcard(pattern),
  }
}

async function attachesAtOnce({kind}: Pattern, machine: Machine): Promise<boolean> {
  if (kind === 'kernel') return (await machine.kprobeMulti()).ok
  return kind === 'user' && (await machine.uprobeMulti()).ok
}

/**
 * The fewest attach points for functions of one place, as bpftrace attaches at once what a wildcard stands for, and
 * lists one by one. The wildcards are made of names that were seen, and match nothing but the functions.
 */
export function pointsTogether({probes, matchable}: Found): AttachPoint[] | undefined {
  if (matchable === undefined) return undefined
  const nameOf = ({point}: FoundProbe): string => ('name' in point ? point.name : undefined) ?? ''
  const {prefixes, names} = cover(new Set(probes.map(nameOf)), matchable())
  if (prefixes.length === 0) return undefined
  const file = probes[0]?.point.kind === 'uprobe' ? probes[0].point.path : undefined
  const wildcards = prefixes.map((prefix): AttachPoint =>
    file === undefined ? {kind: 'kprobes', prefix} : {kind: 'uprobes', path: file, prefix},
  )
  const alone = new Set(names)
  return [...wildcards, ...probes.filter((each) => alone.has(nameOf(each))).map(({point}) => point)]
}

/** How the points of a pattern are attached. */
export function attaching({pattern, probes, points, isWildcard}: FoundPattern): Attaching {
  const alone = points.filter(({kind}) => kind !== 'kprobes' && kind !== 'uprobes').length
  const together = probes.length - alone
  const isKernel = pattern.kind === 'kernel'
  return {
    points: points.length,
    kprobes: isKernel ? together : 0,
    uprobes: isKernel ? 0 : together,
    mayMiss: isWildcard ? isOf(pattern, points) : undefined,
  }
}

/** Tells the probes of a pattern from those that a filter has, all of which are tracepoints. */
function isOf({kind}: Pattern, points: readonly AttachPoint[]): (probe: string) => boolean {
  if (kind !== 'tracepoint') return (name) => /^(kprobe|uprobe|usdt):/.test(name)
  const names = new Set(points.map((point) => probe(point).toString()))
  return (name) => names.has(name)
}

/** Whether a pattern can stand for several, so that none of them was asked for by name. */
function hasWildcard(pattern: Pattern): boolean {
  const parts = pattern.kind === 'tracepoint' ? [pattern.category, pattern.event] : [pattern.name]
  return parts.some(({text}) => isGlob(text))
}

/** One event source for each kind of pattern; the program is the same but for its probes. */
export function patternSources<F extends FlagTable>(
  program: Source<F, FoundPattern>['program'],
  always: readonly Need[] = [],
): readonly [Source<F, FoundPattern>, ...Source<F, FoundPattern>[]] {
  const source = (
    name: string,
    kind: Pattern['kind'],
    description: string,
    needs: readonly Need[] = [],
  ): Source<F, FoundPattern> => ({
    name,
    description,
    suits: ({resolved}) => resolved.pattern.kind === kind,
    needs: [...always, ...needs],
    program,
  })
  return [
    // What the pattern matches was found to be there; whether there are kprobes shows with any function.
    source('kprobe', 'kernel', 'Functions of the kernel.', ['kprobe:vfs_read']),
    source('uprobe', 'user', 'Functions of libraries and programs.'),
    source('tracepoint', 'tracepoint', 'Tracepoints of the kernel.'),
    source('usdt', 'usdt', 'USDT probes of libraries and programs.'),
  ]
}

const nouns: Readonly<Record<Pattern['kind'], string>> = {
  kernel: 'function',
  user: 'function',
  tracepoint: 'tracepoint',
  usdt: 'USDT probe',
}

/** BCC's line, which calls everything a function. */
export function tracingBanner({probes, pattern}: FoundPattern): string {
  const noun = `${nouns[pattern.kind]}${probes.length === 1 ? '' : 's'}`
  return `Tracing ${probes.length} ${noun} for "${pattern.text}"... Hit Ctrl-C to end.`
}
