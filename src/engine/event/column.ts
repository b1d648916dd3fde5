import type {Bt} from '../program/bt.js'
import type {Row, RowContext, Value} from './row.js'

/**
 * A column, declared once: it gives the expression the kernel side sends, the header and width of the
 * table, the key and type in JSON, the CSV header and the FIELDS section of the man page.
 */
export interface Column {
  readonly description: string
  /** The header of the table, in capitals; the column's name if not given. */
  readonly header?: string
  readonly width: number
  readonly align: 'left' | 'right'
  readonly type: 'int' | 'text' | 'computed' | 'reported'
  /** The expression the kernel side sends; a column without one is computed, or comes with a report. */
  readonly sent?: Bt
  /** Bytes of a text, the end included, where the kernel has a fixed number for it, as 16 for a thread's name. */
  readonly bytes?: number
  /** The column is a list of texts, sent one by one before the row; `sent` is how many they are. */
  readonly pieces?: boolean
  /** The columns that `compute` reads. */
  readonly from?: readonly string[]
  readonly compute?: (row: Row, context: RowContext) => Value
  /** The column is the time of the event: on the boot clock; or on the wall clock, shown to the second or with nine digits. */
  readonly stamp?: 'boot' | 'wall'
  /** How the table and CSV show a value. */
  readonly cell?: (value: Value) => string
  /** How JSON shows a value, when not as it is. */
  readonly json?: (value: Value) => unknown
  /** In JSON also when the table does not show it: cheap to send, and what a program wants. */
  readonly inJson?: boolean
  /** Feeds other columns only; nobody can ask for it. */
  readonly internal?: boolean
}

type Options = Partial<Omit<Column, 'description' | 'sent' | 'width' | 'type'>>

/** A whole number. */
export function int(sent: Bt, width: number, description: string, options: Options = {}): Column {
  return {description, type: 'int', sent, width, align: 'right', ...options}
}

/** A text. */
export function text(sent: Bt, width: number, description: string, options: Options = {}): Column {
  return {description, type: 'text', sent, width, align: 'left', ...options}
}

/** A thread's name, which the kernel has 16 bytes for (TASK_COMM_LEN). */
export function threadName(sent: Bt, description: string): Column {
  return text(sent, 16, description, {bytes: 16})
}

/** A list of texts; see `Column.pieces`. */
export function pieces(count: Bt, description: string, options: Options = {}): Column {
  return {description, type: 'int', sent: count, pieces: true, width: 0, align: 'left', ...options}
}

/** A value that a report brings along. */
export function reported(width: number, description: string, options: Options = {}): Column {
  return {description, type: 'reported', width, align: 'left', ...options}
}

/** A value made on our side from other columns. */
export function computed(
  from: readonly string[],
  compute: (row: Row, context: RowContext) => Value,
  width: number,
  description: string,
  options: Options = {},
): Column {
  return {description, type: 'computed', from, compute, width, align: 'left', ...options}
}
