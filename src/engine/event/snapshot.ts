import type {Value} from './row.js'

/** What one part of a key is; a stack is a list of addresses. */
export type KeyKind = 'int' | 'text' | 'stack'

/** The value of one part of a key; the addresses of a stack begin with the innermost. */
export type KeyPart = Value | readonly bigint[]

/** A map of the program that counts: `@name[key, ...] = count()`. */
export interface MapShape {
  readonly name: string
  readonly key: readonly KeyKind[]
}

/** What was counted for one key since the program began. */
export interface MapEntry {
  /** The key as one text: the same for the same key all through a run. */
  readonly id: string
  readonly key: readonly KeyPart[]
  readonly count: number
}

/** All maps of a job at one moment. */
export interface Snapshot {
  readonly kind: 'snapshot'
  /** The moment, in nanoseconds of the boot clock; undefined where it is not known. */
  readonly time: bigint | undefined
  readonly maps: ReadonlyMap<string, readonly MapEntry[]>
  /** Whether it is the one that was taken to end the run. */
  readonly last: boolean
}
