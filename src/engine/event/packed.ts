import type {Value} from './row.js'

/** How a value of a packed row is kept. `at` counts from where the row begins. Numbers are little-endian. */
export type Field =
  | {readonly kind: 'int'; readonly at: number; readonly bytes: 1 | 2 | 4 | 8; readonly signed: boolean}
  /**
   * A text that ends at its first NUL, or after `bytes`. One that is not shorter than `room` - 1 may have been cut: only
   * `PackedRows.value` knows what it is.
   */
  | {readonly kind: 'text'; readonly at: number; readonly bytes: number; readonly room: number}
  /** The same somewhere else in the row: 4 bytes say where it begins, counted from there, the next 4 how long it is. */
  | {readonly kind: 'text elsewhere'; readonly at: number; readonly room: number}
  /** What only `PackedRows.value` reads. */
  | {readonly kind: 'other'}

/**
 * Rows as the bytes that the kernel side wrote, for who can use them as they are; valid while the batch that they came with
 * is looked at. For everybody else, `values` makes of each what a row message has.
 */
export interface PackedRows {
  readonly bytes: Buffer
  /** The same memory. */
  readonly view: DataView
  readonly count: number
  /** Where in `bytes` a row begins. */
  readonly start: (row: number) => number
  /** How its values are kept, in their order; one and the same object for all rows that are alike. */
  readonly fields: readonly Field[]
  readonly value: (row: number, field: number) => Value
  readonly values: (row: number) => Value[]
}
