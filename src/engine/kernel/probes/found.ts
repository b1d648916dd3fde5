import type {AttachPoint} from '../../program/probe.js'

/** Something a pattern matches that can be traced. */
export interface FoundProbe {
  readonly point: AttachPoint
  /** What it is called in the output; several probes may share one, such as functions of two source files. */
  readonly label: string
  /** Where its code is: in memory for the kernel, in the file for others; if that is known. */
  readonly address?: number | bigint
}

/** Something a pattern matches that cannot be traced, and why: `are on the kernel's list of forbidden kprobes`. */
export interface LeftOut {
  readonly name: string
  readonly why: string
  /** False for parts of functions, and code that is gone: nobody can miss its calls. */
  readonly callable?: boolean
}

/** What a pattern stands for on this machine. */
export interface Found {
  /** Sorted by label, one for each place of code. */
  readonly probes: readonly FoundProbe[]
  readonly leftOut: readonly LeftOut[]
  /** The file that was looked into, for errors. */
  readonly where?: string
  /** All names that the pattern was compared with, for a hint when none matched. */
  readonly known: () => Iterable<string>
  /** The names that bpftrace compares a wildcard with; missing where it has none that are attached at once. */
  readonly matchable?: () => Iterable<string>
}

/** A line for each reason, with the first few names: `they belong to tracing itself: perf_event_task`. */
export function leftOutLines(leftOut: readonly LeftOut[]): string[] {
  const byReason = grouped(leftOut, ({why}) => why)
  return [...byReason].map(([why, found]) => {
    const names = [...new Set(found.map(({name}) => name))]
    const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
    return `they ${why}: ${names.slice(0, 3).join(', ')}${more}`
  })
}

/** What to say about it before a run: nothing of what is no function that could be called. */
export function notTraced(leftOut: readonly LeftOut[]): string[] {
  return leftOutLines(leftOut.filter(({callable}) => callable !== false)).map(
    (line) => `not traced, because ${line}`,
  )
}

/** For sorting names of one place: the plainest first, `malloc` before `__libc_malloc`. */
export function byPlainness(a: string, b: string): number {
  const underscores = (name: string): number => /^_*/.exec(name)?.[0].length ?? 0
  return underscores(a) - underscores(b) || a.length - b.length || compare(a, b)
}

/** Plain order of code units, the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Sorts as they are shown. */
export function sorted(probes: readonly FoundProbe[]): FoundProbe[] {
  return probes.toSorted(
    (a, b) => compare(a.label, b.label) || (Number(a.address ?? 0) < Number(b.address ?? 0) ? -1 : 1),
  )
}

/** Puts together what has the same key, in the order of first sight. */
export function grouped<K, V>(values: Iterable<V>, keyOf: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const value of values) {
    const group = groups.get(keyOf(value))
    if (group === undefined) groups.set(keyOf(value), [value])
    else group.push(value)
  }
  return groups
}
