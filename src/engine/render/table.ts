import type {Column} from '../event/column.js'
import type {Section} from '../event/report.js'
import type {Row, Value} from '../event/row.js'
import {headerOf} from '../event/select.js'
import {cellText, plainBytes} from './escape.js'
import {histogramText} from './histogram.js'
import {stacksText} from './stacks.js'
import {type Cells, columnAt, type Layout, type Renderer, type ShownColumns} from './renderer.js'

/**
 * A table that is written row by row: columns of fixed width, one space between them, the last one not
 * padded. A value that is too long pushes the rest of its row to the right and is never cut.
 */
export function tableRenderer(columns: ShownColumns, layout: Layout = 'table'): Renderer {
  const last = columns.length - 1
  const pad = (text: string, {width, align}: Column, index: number): string => {
    if (align === 'right') return text.padStart(width)
    return index === last ? text : text.padEnd(width)
  }
  const before = (index: number): string => (index === 0 ? '' : ' ')
  const line = (cell: (name: string, column: Column) => string): string => {
    let text = ''
    for (const [index, [name, column]] of columns.entries())
      text += before(index) + pad(cell(name, column), column, index)
    return text + '\n'
  }
  const header = line(headerOf)
  const row = (values: Row): string => line((name, column) => cell(column, values[name] ?? null))
  const block = (section: Section): string => {
    if (section.kind === 'histogram') return histogramText(section)
    if (section.kind === 'stacks') return stacksText(section)
    if (section.label === undefined) return header + section.rows.map(row).join('')
    return (
      cellText(section.label) + '\n' + [header, ...section.rows.map(row)].map((text) => `\t${text}`).join('')
    )
  }
  const cells: Cells = {
    begin: '',
    end: '\n',
    columns,
    cell: (index, value) => {
      const column = columnAt(columns, index)
      return before(index) + pad(cell(column, value), column, index)
    },
    beforeNumber: before,
    beforeText: before,
    afterText: '',
    width: (index) => {
      const {width, align} = columnAt(columns, index)
      if (align === 'right') return {bytes: width, fill: 'left'}
      return {bytes: index === last ? 0 : width, fill: 'right'}
    },
    plain: plainBytes('\\'),
    shows: (column) => column.cell,
  }
  const goesOn = layout === 'table'
  return {
    begin: () => (goesOn ? header : ''),
    row,
    report: ({heading, sections}) => {
      if (goesOn)
        return sections.flatMap((section) => (section.kind === 'rows' ? section.rows.map(row) : [])).join('')
      return (heading === undefined ? '' : `${heading}\n`) + sections.map(block).join('')
    },
    notice: () => '',
    end: () => '',
    cells,
  }
}

/** The text of one cell. */
export function cell(column: Column, value: Value): string {
  return column.cell === undefined ? cellText(value) : column.cell(value)
}
