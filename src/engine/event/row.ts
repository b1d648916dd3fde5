import type {Text, TextList} from './text.js'

/** A value in a row: what the kernel side sent, or what was computed from it. */
export type Value = number | bigint | boolean | Text | TextList | null | readonly Value[]

/** One event. The keys are the tool's column names; `time_ns` is always there. */
export type Row = Record<string, Value>

/** What computed columns may ask for. */
export interface RowContext {
  /** Wall-clock time, in nanoseconds since 1970, of a time of the kernel's boot clock. */
  readonly wallTime: (bootNs: bigint) => bigint
  /** Nanoseconds from the beginning of tracing to a time of the boot clock. */
  readonly sinceBegin: (bootNs: bigint) => bigint
  /** The name of a user, or null if nobody has that id. */
  readonly userName: (uid: number) => string | null
}
