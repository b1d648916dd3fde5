import {RunError} from '../errors.js'
import type {Column} from './column.js'
import type {Row, RowContext, Value} from './row.js'
import type {Selection} from './select.js'
import {OddText} from './text.js'

/** What stands before the columns in a row message: which message it is, and the time of the event. */
export const rowTag = 0

/** Turns row messages into rows: names the values, puts pieces together, adds computed columns. */
export class RowDecoder {
  /** Row and piece messages seen, for comparing with what the kernel side says it sent. */
  received = 0
  /** Whether the last row has a text that had to be cut. */
  isCut = false
  readonly #sent: readonly (readonly [string, Column])[]
  readonly #computedForKeep: readonly (readonly [string, Column])[]
  readonly #computed: readonly (readonly [string, Column])[]
  readonly #pieces: readonly string[]
  /** Pieces whose row has not come, by thread. A thread that begins a new event will not send the row of its last. */
  readonly #waiting = new Map<Value, {readonly time: Value; readonly lists: Value[][]}>()
  readonly #context: RowContext

  constructor(columns: Readonly<Record<string, Column>>, selection: Selection, context: RowContext) {
    const named = (name: string): (readonly [string, Column])[] => {
      const column = columns[name]
      return column === undefined ? [] : [[name, column]]
    }
    this.#sent = selection.sent.flatMap(named)
    this.#computedForKeep = selection.computedForKeep.flatMap(named)
    this.#computed = selection.computed.flatMap(named)
    this.#pieces = pieceColumns(columns, selection)
    this.#context = context
  }

  /** The row of a message, or undefined for a piece, which waits for its row. @throws RunError */
  decode(values: readonly Value[]): Row | undefined {
    this.received++
    const tag = values[0]
    if (tag !== rowTag) {
      this.#keepPiece(Number(tag), values)
      return undefined
    }
    const start = this.#pieces.length === 0 ? 2 : 3
    if (values.length !== start + this.#sent.length) {
      throw new RunError(
        `a row came with ${values.length} values where ${start + this.#sent.length} were expected`,
      )
    }
    const row: Row = {time_ns: wholeNumber(values[1] ?? 0)}
    let at = start
    let cut = false
    for (const [name, column] of this.#sent) {
      const value = values[at++] ?? null
      row[name] = column.type === 'int' ? wholeNumber(value) : value
      if (isCut(value)) cut = true
    }
    if (this.#pieces.length > 0) {
      this.#takePieces(row, values[1] ?? null, values[2] ?? null)
      cut ||= this.#pieces.some((name) => isCut(row[name]))
    }
    this.isCut = cut
    this.#compute(row, this.#computedForKeep)
    return row
  }

  /** Adds the computed columns that are shown; apart from `decode`, so that rows that are not kept cost nothing. */
  complete(row: Row): Row {
    this.#compute(row, this.#computed)
    return row
  }

  #compute(row: Row, columns: readonly (readonly [string, Column])[]): void {
    for (const [name, column] of columns) row[name] = column.compute?.(row, this.#context) ?? null
  }

  #keepPiece(tag: number, values: readonly Value[]): void {
    const [, time = null, tid = null, piece] = values
    if (tag > this.#pieces.length || piece === undefined)
      throw new RunError(`a message of unknown kind ${tag} came`)
    let event = this.#waiting.get(tid)
    if (event?.time !== time) this.#waiting.set(tid, (event = {time, lists: this.#pieces.map(() => [])}))
    event.lists[tag - 1]?.push(piece)
  }

  /** Replaces the counts in the row by the pieces; by null where some were lost on the way. */
  #takePieces(row: Row, time: Value, tid: Value): void {
    const event = this.#waiting.get(tid)
    this.#waiting.delete(tid)
    for (const [index, name] of this.#pieces.entries()) {
      const list = event?.time === time ? (event.lists[index] ?? []) : []
      row[name] = list.length === Number(row[name]) ? list : null
    }
  }
}

/** Whether a text, or one in a list, had to be cut. */
export function isCut(value: Value | undefined): boolean {
  if (Array.isArray(value)) return (value as readonly Value[]).some(isCut)
  return value instanceof OddText && value.cut
}

/** Backends give a number that a double cannot hold as its digits. */
export function wholeNumber(value: Value): Value {
  if (typeof value !== 'string') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}

/** The selected columns that are sent in pieces; message tags count them from 1. */
export function pieceColumns(
  columns: Readonly<Record<string, Column>>,
  selection: Selection,
): readonly string[] {
  return selection.sent.filter((name) => columns[name]?.pieces === true)
}
