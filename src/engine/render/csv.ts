import type {Section} from '../event/report.js'
import type {Row} from '../event/row.js'
import {isoTime} from '../event/time.js'
import {cellText, plainBytes} from './escape.js'
import {type Cells, columnAt, type Layout, type Renderer, type ShownColumns} from './renderer.js'
import {stackCell} from './stacks.js'
import {cell} from './table.js'

/**
 * CSV as RFC 4180 has it, one record a line: control characters are escaped as in a table. Reports begin with their
 * time and length; a header comes whenever what follows has other fields than what came before.
 */
export function csvRenderer(columns: ShownColumns, layout?: Layout): Renderer {
  // Each record of a report has its time already.
  const own = layout === undefined ? columns : columns.filter(([name]) => name !== 'time')
  const names = own.map(([name]) => name)
  const fields = (row: Row): string[] => own.map(([name, column]) => quote(cell(column, row[name] ?? null)))
  let header: string | undefined
  const under = (wanted: readonly string[], lines: readonly (readonly string[])[]): string => {
    const text = line(wanted)
    const begin = text === header ? '' : text
    header = text
    return begin + lines.map(line).join('')
  }
  const before = (index: number): string => (index === 0 ? '' : separator)
  const cells: Cells = {
    begin: '',
    end: '\n',
    columns: own,
    cell: (index, value) => before(index) + quote(cell(columnAt(own, index), value)),
    beforeNumber: before,
    beforeText: before,
    afterText: '',
    width: () => ({bytes: 0, fill: 'right'}),
    // A space at either end needs quotes.
    plain: plainBytes('\\", '),
    shows: (column) => column.cell,
  }
  const section = (shown: Section, when: readonly string[]): string => {
    if (shown.kind === 'stacks') {
      const lines = shown.stacks.map((stack) => [
        ...when,
        ...names.map((name) => quote(stackCell(stack, name))),
      ])
      return under(['time', 'seconds', ...names], lines)
    }
    const label = shown.label === undefined ? [] : [quote(cellText(shown.label))]
    const common = ['time', 'seconds', ...(shown.label === undefined ? [] : ['label'])]
    if (shown.kind === 'rows') {
      return under(
        [...common, ...names],
        shown.rows.map((row) => [...when, ...label, ...fields(row)]),
      )
    }
    const buckets = shown.buckets.map(({min, max, count}) => [
      ...when,
      ...label,
      String(min),
      String(max),
      String(count),
    ])
    return under([...common, 'min', 'max', 'count'], buckets)
  }
  return {
    begin: () => (layout === undefined ? line(names) : ''),
    row: (row) => line(fields(row)),
    report: ({interval, sections}) => {
      const when = [isoTime(interval.end), interval.seconds.toString()]
      return sections.map((shown) => section(shown, when)).join('')
    },
    notice: () => '',
    end: () => '',
    cells,
  }
}

const separator = ','

function line(fields: readonly string[]): string {
  return fields.join(separator) + '\n'
}

function quote(text: string): string {
  return /[",]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
