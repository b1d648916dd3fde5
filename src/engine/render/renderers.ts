import type {Column} from '../event/column.js'
import {csvRenderer} from './csv.js'
import {foldedRenderer} from './folded.js'
import type {Format} from './formats.js'
import {jsonRenderer} from './json.js'
import type {Layout, Renderer} from './renderer.js'
import {tableRenderer} from './table.js'

/** The renderer of a format. */
export function rendererFor(
  format: Format,
  shown: readonly string[],
  all: Readonly<Record<string, Column>>,
  /** For reports; without it, every event is a row. */
  layout?: Layout,
): Renderer {
  const columns = shown.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const]))
  switch (format) {
    case 'table':
      return tableRenderer(columns, layout)
    case 'json':
      return jsonRenderer(columns)
    case 'csv':
      return csvRenderer(columns, layout)
    case 'folded':
      return foldedRenderer()
  }
}
