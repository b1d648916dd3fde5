import type {Column} from '../event/column.js'
import type {Report} from '../event/report.js'
import type {Row} from '../event/row.js'

/** What a run is, said at its start. */
export interface RunStart {
  readonly tool: string
  readonly version: string
  readonly kernel: string
  readonly engine: string
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
}

/** How reports follow each other: as rows of one table, or each as a block of its own. */
export type Layout = 'table' | 'blocks'

/** The columns to show, by name, in order. */
export type ShownColumns = readonly (readonly [string, Column])[]
