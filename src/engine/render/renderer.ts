import {BugError} from '../errors.js'
import type {Column} from '../event/column.js'
import type {Report} from '../event/report.js'
import type {Row, Value} from '../event/row.js'

/** What a run is, said at its start. */
export interface RunStart {
  readonly tool: string
  readonly version: string
  readonly kernel: string
  readonly engine: string
  /** The engines that were tried before, and why they did not run this. */
  readonly refused?: readonly {readonly engine: string; readonly reason: string}[]
  readonly source: string
  /** When tracing began, in nanoseconds since 1970. */
  readonly time: bigint
}

/** How a run went, said at its end. */
export interface RunSummary {
  readonly reason: string
  /** Rows shown. */
  readonly events: number
  /** Events the kernel side sent and we never got, or could not send. */
  readonly lost: number
  /** Events whose text had to be cut. */
  readonly cut: number
  /** Events that the kernel passed over, before any filter, if there were any. */
  readonly missed?: number
}

/** Something a user of the data must know, while the run goes on. */
export type Notice =
  {readonly kind: 'lost'; readonly events: number} | {readonly kind: 'warning'; readonly text: string}

/** Turns rows into text for stdout; a format. What a method returns is written as it is. */
export interface Renderer {
  begin: (start: RunStart) => string
  row: (row: Row) => string
  report: (report: Report) => string
  notice: (notice: Notice) => string
  end: (summary: RunSummary) => string
  /** How `row` puts a row together, for formats in which the bytes of a row can be written without it. */
  readonly cells?: Cells
}

/** What a row of a format is made of: `begin`, the cells, `end`. */
export interface Cells {
  readonly begin: string
  readonly end: string
  /** The columns in their order. */
  readonly columns: ShownColumns
  /** The cell of a value, with all that belongs to it: what stands before it, its name, what fills its width. */
  readonly cell: (index: number, value: Value) => string
  /** What stands before the digits of a number, and before a text. */
  readonly beforeNumber: (index: number) => string
  readonly beforeText: (index: number) => string
  /** What stands behind a text. */
  readonly afterText: string
  /** The least width of a cell, filled on this side. */
  readonly width: (index: number) => {readonly bytes: number; readonly fill: 'left' | 'right'}
  /** 1 for each byte that a text holds as it is, wherever it stands. */
  readonly plain: Uint8Array
  /** How the column shows its value, where it does not show it as it is. */
  readonly shows: (column: Column) => ((value: Value) => unknown) | undefined
}

/** How reports follow each other: as rows of one table, or each as a block of its own. */
export type Layout = 'table' | 'blocks'

/** The columns to show, by name, in order. */
export type ShownColumns = readonly (readonly [string, Column])[]

export function columnAt(columns: ShownColumns, index: number): Column {
  const shown = columns[index]
  if (shown === undefined) throw new BugError(`there is no column ${index}`)
  return shown[1]
}
