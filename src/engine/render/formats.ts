import type {Column} from '../event/column.js'
import type {Layout, Renderer} from './renderer.js'

export const formats = ['table', 'json', 'csv', 'folded'] as const
export type Format = (typeof formats)[number]

/** The renderer of a format; only the wanted one is loaded. */
export async function rendererFor(
  format: Format,
  shown: readonly string[],
  all: Readonly<Record<string, Column>>,
  /** For reports; without it, every event is a row. */
  layout?: Layout,
): Promise<Renderer> {
  const columns = shown.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const]))
  switch (format) {
    case 'table':
      return (await import('./table.js')).tableRenderer(columns, layout)
    case 'json':
      return (await import('./json.js')).jsonRenderer(columns)
    case 'csv':
      return (await import('./csv.js')).csvRenderer(columns, layout)
    case 'folded':
      return (await import('./folded.js')).foldedRenderer()
  }
}
