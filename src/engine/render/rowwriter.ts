import type {Column} from '../event/column.js'
import type {Field, PackedRows} from '../event/packed.js'
import type {RowContext, Value} from '../event/row.js'
import {isCut, wholeNumber} from '../event/rows.js'
import type {Selection} from '../event/select.js'
import {Fragment, type Page} from './page.js'
import {type Cells, columnAt} from './renderer.js'

/** Writes rows from the bytes that the kernel side made, without a value or a text for each. */
export interface RowWriter {
  /** The time of a row on the boot clock; NaN for a row that `write` cannot write. */
  readonly time: (rows: PackedRows, row: number) => number
  /** Writes the same as a renderer does. @returns whether a text of the row was cut */
  readonly write: (rows: PackedRows, row: number, page: Page) => boolean
}

/** Writes one cell of the row that begins at `start`. @returns whether it is a text that was cut */
type CellWriter = (rows: PackedRows, row: number, start: number, page: Page) => boolean

/** What stands in front of the columns: the kind of the message, and its time. */
const timeField = 1
const firstField = 2

const nsPerSecond = 1_000_000_000
const fractionDigits = 9
const zero = 0x30

/** So many different values of a column are remembered as they are shown. */
const mostRemembered = 1024

/**
 * Makes a writer of rows, or nothing where a column needs more than its own bytes: then each row has to be decoded.
 * @param fields how the values of a row are kept
 */
export function rowWriter(
  cells: Cells,
  selection: Selection,
  columns: Readonly<Record<string, Column>>,
  fields: readonly Field[],
  context: RowContext,
): RowWriter | undefined {
  const {sent, shown} = selection
  const time = fields[timeField]
  const isText = (name: string): boolean => columns[name]?.type === 'text'
  if (
    time?.kind !== 'int' ||
    fields.length !== firstField + sent.length ||
    sent.some((name) => columns[name]?.pieces === true || (isText(name) && !shown.includes(name))) ||
    new Set(shown).size < shown.length
  )
    return undefined
  const parts = {cells, columns, sent, fields, context, readTime: numberReader(time)}
  const writers = cells.columns.map(([name], index) => cellWriter(parts, name, index))
  if (!writers.every((writer) => writer !== undefined)) return undefined

  const begin = new Fragment(cells.begin)
  const end = new Fragment(cells.end)
  return {
    time: (rows, row) => parts.readTime(rows.view, rows.start(row)),
    write: (rows, row, page) => {
      const start = rows.start(row)
      let cut = false
      page.copy(begin)
      for (const writer of writers) if (writer(rows, row, start, page)) cut = true
      page.copy(end)
      return cut
    },
  }
}

interface Parts {
  readonly cells: Cells
  readonly columns: Readonly<Record<string, Column>>
  readonly sent: readonly string[]
  readonly fields: readonly Field[]
  readonly context: RowContext
  readonly readTime: NumberReader
}

function cellWriter(parts: Parts, name: string, index: number): CellWriter | undefined {
  const {cells, columns, sent, fields} = parts
  const column = columnAt(cells.columns, index)
  const shows = cells.shows(column)
  if (column.stamp !== undefined) {
    if (column.stamp === 'wall') return wallWriter(parts, index)
    return shows === undefined ? numberWriter(parts, index, parts.readTime, timeField) : undefined
  }
  const place = (source: string): number => firstField + sent.indexOf(source)
  if (column.compute !== undefined) {
    const [from, ...others] = column.from ?? []
    const field = from === undefined || !sent.includes(from) ? undefined : fields[place(from)]
    if (from === undefined || others.length > 0 || field?.kind !== 'int' || columns[from]?.type !== 'int')
      return undefined
    const {compute} = column
    return rememberingWriter(parts, index, field, place(from), (value) =>
      compute({[from]: value}, parts.context),
    )
  }
  const field = sent.includes(name) ? fields[place(name)] : undefined
  if (field?.kind === 'int' && column.type === 'int') {
    if (shows !== undefined) return rememberingWriter(parts, index, field, place(name), (value) => value)
    return numberWriter(parts, index, numberReader(field), place(name))
  }
  if ((field?.kind === 'text' || field?.kind === 'text elsewhere') && column.type === 'text') {
    if (shows !== undefined || cells.width(index).fill === 'left') return undefined
    return textWriter(parts, index, field, place(name))
  }
  return undefined
}

/** Writes a cell the general way, for values that the fast one does not take. */
function general({cells}: Parts, index: number, field: number): CellWriter {
  const isNumber = columnAt(cells.columns, index).type !== 'text'
  return (rows, row, _, page) => {
    const value = rows.value(row, field)
    page.text(cells.cell(index, isNumber ? wholeNumber(value) : value))
    return isCut(value)
  }
}

function numberWriter(parts: Parts, index: number, read: NumberReader, field: number): CellWriter {
  const before = new Fragment(parts.cells.beforeNumber(index))
  const {bytes: width, fill} = parts.cells.width(index)
  const otherwise = general(parts, index, field)
  // Many rows have what the row before them had, such as the process.
  let last = NaN
  const written = new Fragment()
  return (rows, row, start, page) => {
    const value = read(rows.view, start)
    if (value === last) {
      page.copy(written)
      return false
    }
    if (Number.isNaN(value)) return otherwise(rows, row, start, page)
    const from = page.length
    page.copy(before)
    if (fill === 'left') page.decimal(value, width)
    else page.spaces(width - page.decimal(value))
    written.take(page, from)
    last = value
    return false
  }
}

/** For what is shown of a number: the same number is shown the same. */
function rememberingWriter(
  {cells}: Parts,
  index: number,
  field: Field & {kind: 'int'},
  place: number,
  valueOf: (number: Value) => Value,
): CellWriter {
  const read = numberReader(field)
  const known = new Map<number, Fragment>()
  let last = NaN
  let shown = new Fragment()
  return (rows, row, start, page) => {
    const number = read(rows.view, start)
    if (number !== last) {
      const before = known.get(number)
      shown = before ?? new Fragment(cells.cell(index, valueOf(wholeNumber(rows.value(row, place)))))
      last = number
      if (before === undefined && known.size >= mostRemembered) known.clear()
      // Numbers that are too large have no other name than NaN.
      if (before === undefined && !Number.isNaN(number)) known.set(number, shown)
    }
    page.copy(shown)
    return false
  }
}

/** For the time on the wall clock: what is shown changes once a second, but for the nine digits of its fraction. */
function wallWriter({cells, readTime, context}: Parts, index: number): CellWriter {
  let second = {begin: NaN, shown: new Fragment(), fraction: -1}
  return (rows, _, start, page) => {
    const time = readTime(rows.view, start)
    let since = time - second.begin
    if (!(since >= 0 && since < nsPerSecond)) {
      const wall = context.wallTime(BigInt(time))
      since = Number(wall % BigInt(nsPerSecond))
      const bytes = Buffer.from(cells.cell(index, wall - BigInt(since)))
      second = {begin: time - since, shown: new Fragment(bytes), fraction: bytes.indexOf('.') + 1}
    }
    const {shown, fraction} = second
    const begin = page.length
    page.copy(shown)
    if (fraction > 0) {
      const {bytes} = page
      let left = since | 0
      for (let at = begin + fraction + fractionDigits - 1; left > 0; at--) {
        const rest = (left / 10) | 0
        bytes[at] = zero + left - rest * 10
        left = rest
      }
    }
    return false
  }
}

function textWriter(
  parts: Parts,
  index: number,
  field: Field & {kind: 'text' | 'text elsewhere'},
  place: number,
): CellWriter {
  const {plain, afterText} = parts.cells
  const before = new Fragment(parts.cells.beforeText(index))
  const after = new Fragment(afterText)
  const width = parts.cells.width(index).bytes
  const otherwise = general(parts, index, place)
  return (rows, row, start, page) => {
    const {bytes: from, view} = rows
    const at = start + field.at
    const begin = field.kind === 'text' ? at : start + view.getUint32(at, true)
    const most = field.kind === 'text' ? field.bytes : view.getUint32(at + 4, true)
    const undo = page.length
    page.copy(before)
    page.need(most)
    const {bytes: to, view: toView} = page
    const shift = page.length - begin
    const limit = begin + most
    let end = begin
    for (; end + 4 <= limit; end += 4) {
      const word = view.getInt32(end, true)
      const low = (plain[word & 0xff] ?? 0) & (plain[(word >>> 8) & 0xff] ?? 0)
      if ((low & (plain[(word >>> 16) & 0xff] ?? 0) & (plain[word >>> 24] ?? 0)) === 0) break
      toView.setInt32(end + shift, word, true)
    }
    for (; end < limit; end++) {
      const byte = from[end] ?? 0
      if (plain[byte] === 0) break
      to[end + shift] = byte
    }
    const length = end - begin
    if ((end < limit && from[end] !== 0) || length >= field.room - 1) {
      page.length = undo
      return otherwise(rows, row, start, page)
    }
    page.length += length
    page.copy(after)
    page.spaces(width - length)
    return false
  }
}

/** Reads a number of the row that begins at `start`; NaN for one that a double does not hold exactly. */
type NumberReader = (view: DataView, start: number) => number

function numberReader({at, bytes, signed}: Field & {kind: 'int'}): NumberReader {
  switch (bytes) {
    case 1:
      return signed ? (view, start) => view.getInt8(start + at) : (view, start) => view.getUint8(start + at)
    case 2:
      return signed
        ? (view, start) => view.getInt16(start + at, true)
        : (view, start) => view.getUint16(start + at, true)
    case 4:
      return signed
        ? (view, start) => view.getInt32(start + at, true)
        : (view, start) => view.getUint32(start + at, true)
    case 8: {
      return (view, start) => {
        const low = view.getUint32(start + at, true)
        const high = signed ? view.getInt32(start + at + 4, true) : view.getUint32(start + at + 4, true)
        const value = high * 2 ** 32 + low
        return Number.isSafeInteger(value) ? value : NaN
      }
    }
  }
}
