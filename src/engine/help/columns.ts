import type {ToolDefinition} from '../definition.js'
import {headerOf} from '../event/select.js'
import {plainTable} from './table.js'

/** The columns one can ask for, as a table. */
export function columnHelp(tool: ToolDefinition): string {
  const rows = Object.entries(tool.columns)
    .filter(([, column]) => column.internal !== true)
    .map(([name, column]) => [name, headerOf(name, column), column.description])
  return plainTable(['COLUMN', 'HEADER', 'MEANING'], rows, 80).trimEnd()
}
