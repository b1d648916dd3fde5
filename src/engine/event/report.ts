import type {Row} from './row.js'
import type {MapEntry, Snapshot} from './snapshot.js'
import type {Stack, StackOptions} from './stack.js'

/** Rows of the tool's columns; in JSON each is a record of the section's type. */
export interface RowsSection {
  readonly kind: 'rows'
  readonly type: string
  /** Stands above the rows, and in each record. */
  readonly label?: string
  readonly rows: readonly Row[]
}

/** Counts by the size of a value. */
export interface HistogramSection {
  readonly kind: 'histogram'
  readonly label: string
  /** What is measured, the header of the buckets. */
  readonly unit: string
  readonly buckets: readonly Bucket[]
}

/** Values from `min` to `max`, both included, and how often they came. */
export interface Bucket {
  readonly min: bigint
  readonly max: bigint
  readonly count: number
}

/** A stack, and how often it was there. */
export interface CountedStack {
  readonly stack: Stack
  readonly count: number
}

/** Counts by stack; the most frequent is the last. */
export interface StacksSection {
  readonly kind: 'stacks'
  readonly stacks: readonly CountedStack[]
  /** How people see them. */
  readonly options: StackOptions
  readonly style: 'profile' | 'stackcount'
}

export type Section = RowsSection | HistogramSection | StacksSection

/** What is shown of one interval. */
export interface Report {
  readonly interval: Pick<Interval, 'start' | 'end' | 'seconds'>
  /** A line above the sections, such as the time. */
  readonly heading?: string
  readonly sections: readonly Section[]
  /** Stacks that are counted, but nobody can say what they were. */
  readonly missed?: Missed
}

/** Why stacks were missed. */
export interface Missed {
  /** There was no room for another one. */
  readonly noRoom: number
  /** They could not be read, or were not kept. */
  readonly notKept: number
}

/** What was counted between two moments. */
export interface Interval {
  /** Both in nanoseconds since 1970. */
  readonly start: bigint
  readonly end: bigint
  /** The time that really passed. */
  readonly seconds: number
  /** What a map counted in this interval; keys that did not change are left out. */
  readonly counts: (map: string) => readonly MapEntry[]
  /** What a map counted since tracing began. */
  readonly totals: (map: string) => readonly MapEntry[]
  /** The same with what it counted before, while probes were still being attached. */
  readonly ever: (map: string) => readonly MapEntry[]
  /** Whether the run ends with it. */
  readonly last: boolean
}

/** Turns snapshots, which hold totals, into intervals. */
export class Intervals {
  /** Counts only grow, so that a key which is missing in a snapshot was lost on its way: it keeps its count. */
  #latest: Totals = new Map()
  readonly #atBegin: Totals
  #start: bigint
  #startTicks: bigint
  readonly #wallTime: (bootNs: bigint) => bigint

  /**
   * @param baseline the counts at the moment tracing began: what probes counted while others were still being
   *   attached belongs to no interval
   * @param now the time on the boot clock where a snapshot does not know its own
   */
  constructor(baseline: Snapshot | undefined, now: bigint, wallTime: (bootNs: bigint) => bigint) {
    this.#wallTime = wallTime
    this.#startTicks = baseline?.time ?? now
    this.#start = wallTime(this.#startTicks)
    this.#latest = merged(this.#latest, baseline)
    this.#atBegin = this.#latest
  }

  /** The interval from the snapshot before to this one. */
  next(snapshot: Snapshot, now: bigint): Interval {
    const endTicks = snapshot.time ?? now
    const [before, after] = [this.#latest, merged(this.#latest, snapshot)]
    const interval = {
      start: this.#start,
      end: this.#wallTime(endTicks),
      seconds: Number(endTicks - this.#startTicks) / 1e9,
      counts: (map: string) => since(before.get(map), after.get(map)),
      totals: (map: string) => since(this.#atBegin.get(map), after.get(map)),
      ever: (map: string) => [...(after.get(map)?.values() ?? [])],
      last: snapshot.last,
    }
    this.#latest = after
    this.#start = interval.end
    this.#startTicks = endTicks
    return interval
  }
}

/** By the name of the map and the id of the key. */
type Totals = ReadonlyMap<string, ReadonlyMap<string, MapEntry>>

function merged(before: Totals, snapshot: Snapshot | undefined): Totals {
  const all = new Map(before)
  for (const [name, entries] of snapshot?.maps ?? [])
    all.set(
      name,
      new Map([...(before.get(name) ?? []), ...entries.map((entry) => [entry.id, entry] as const)]),
    )
  return all
}

function since(
  before: ReadonlyMap<string, MapEntry> | undefined,
  after: ReadonlyMap<string, MapEntry> | undefined,
): MapEntry[] {
  return [...(after?.values() ?? [])].flatMap((entry) => {
    const count = entry.count - (before?.get(entry.id)?.count ?? 0)
    return count > 0 ? [{...entry, count}] : []
  })
}
