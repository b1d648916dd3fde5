import type {Column} from '../event/column.js'
import type {Section} from '../event/report.js'
import type {Row, Value} from '../event/row.js'
import {OddText, TextList} from '../event/text.js'
import {isoTime} from '../event/time.js'
import {plainBytes} from './escape.js'
import {type Cells, columnAt, type Renderer, type ShownColumns} from './renderer.js'
import {stackFields} from './stacks.js'

/** Raised when a field changes its meaning or goes away; new fields may come at any time. */
const schema = 1

/** One JSON object a line, told apart by `type`: `start`, `event` or what the tool counts, `lost`, `warning`, `end`. */
export function jsonRenderer(columns: ShownColumns): Renderer {
  const fieldsOf = (row: Row): Record<string, unknown> => {
    const fields: Record<string, unknown> = {}
    for (const [name, column] of columns) addField(fields, name, column, row[name] ?? null)
    return fields
  }
  const names = columns.map(([name]) => name)
  const before = (index: number): string => `,${JSON.stringify(columns[index]?.[0])}:`
  const cells: Cells = {
    begin: '{"type":"event"',
    end: '}\n',
    columns,
    cell: (index, value) => {
      const fields: Record<string, unknown> = {}
      addField(fields, columns[index]?.[0] ?? '', columnAt(columns, index), value)
      const text = jsonText(fields).slice(1, -1)
      return text === '' ? '' : `,${text}`
    },
    beforeNumber: before,
    beforeText: (index) => `${before(index)}"`,
    afterText: '"',
    width: () => ({bytes: 0, fill: 'right'}),
    plain: plainBytes('\\"'),
    shows: (column) => column.json,
  }
  return {
    begin: ({time, refused = [], ...start}) => {
      const tried = refused.length === 0 ? {} : {engines_refused: refused}
      return record('start', {schema, ...start, ...tried, time: isoTime(time)})
    },
    row: (row) => record('event', fieldsOf(row)),
    report: ({interval, sections}) => {
      const when = {time: isoTime(interval.end), seconds: interval.seconds}
      return sections.map((section) => sectionRecords(section, when, fieldsOf, names)).join('')
    },
    notice: (notice) =>
      notice.kind === 'lost'
        ? record('lost', {events: notice.events})
        : record('warning', {message: notice.text}),
    end: (summary) => record('end', {...summary}),
    cells,
  }
}

function sectionRecords(
  section: Section,
  when: Record<string, unknown>,
  fieldsOf: (row: Row) => Record<string, unknown>,
  names: readonly string[],
): string {
  if (section.kind === 'histogram') {
    const {label, unit} = section
    const buckets = section.buckets.map(({min, max, count}) => ({
      min: wholeNumber(min),
      max: wholeNumber(max),
      count,
    }))
    return record('histogram', {...when, label, unit, buckets})
  }
  if (section.kind === 'stacks') {
    return section.stacks.map((stack) => record('stack', {...when, ...stackFields(stack, names)})).join('')
  }
  const {type, rows, label} = section
  const common = label === undefined ? when : {...when, label}
  return rows.map((row) => record(type, {...common, ...fieldsOf(row)})).join('')
}

/** JSON may hold these as they are, but some readers take them for an end of line, and some terminals for commands. */
const unsafe = /[\u007f-\u009f\u2028\u2029]/g

function record(type: string, fields: Record<string, unknown>): string {
  return jsonText({type, ...fields}) + '\n'
}

function jsonText(value: unknown): string {
  const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replace(unsafe, escaped)
}

function addField(fields: Record<string, unknown>, name: string, column: Column, value: Value): void {
  if (column.json === undefined) addText(fields, name, value)
  else fields[name] = column.json(value)
}

/**
 * Nothing is lost: bytes that are not UTF-8 come a second time in base64, and a cut is said. In a list, all texts come
 * a second time when one has to.
 */
function addText(fields: Record<string, unknown>, name: string, value: Value): void {
  fields[name] = plain(value)
  const texts = value instanceof OddText ? [value] : value instanceof TextList ? value.items : []
  const odd = texts.filter((text) => text instanceof OddText)
  if (odd.some((text) => !text.isUtf8)) {
    const all = texts.map((text) =>
      Buffer.from(text instanceof OddText ? text.bytes : text).toString('base64'),
    )
    fields[`${name}_base64`] = value instanceof TextList ? all : all[0]
  }
  if (odd.some((text) => text.cut) || (value instanceof TextList && value.more)) fields[`${name}_cut`] = true
}

/** JSON numbers are doubles for most readers, so a larger one becomes a string of its digits. */
function wholeNumber(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

function plain(value: Value): unknown {
  if (typeof value === 'bigint') return wholeNumber(value)
  if (value instanceof OddText) return value.readable()
  if (value instanceof TextList) return value.items.map(plain)
  if (Array.isArray(value)) return (value as readonly Value[]).map(plain)
  return value
}
