import {table} from 'table'

const borderParts = [
  ...['topBody', 'topJoin', 'topLeft', 'topRight', 'bottomBody', 'bottomJoin', 'bottomLeft', 'bottomRight'],
  ...['bodyLeft', 'bodyRight', 'bodyJoin', 'joinBody', 'joinLeft', 'joinRight', 'joinJoin'],
]

/** A table without lines, whose last column wraps so that the whole is `width` wide. */
export function plainTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const all = [header, ...rows]
  const widths = header.slice(0, -1).map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)))
  const last = Math.max(20, width - widths.reduce((sum, column) => sum + column + 2, 0))
  const text = table(
    all.map((row) => [...row]),
    {
      border: Object.fromEntries(borderParts.map((part) => [part, ''])),
      drawHorizontalLine: () => false,
      columns: [
        ...widths.map((column) => ({width: column, paddingLeft: 0, paddingRight: 2})),
        {width: last, paddingLeft: 0, paddingRight: 0, wrapWord: true},
      ],
    },
  )
  return text.replace(/ +$/gm, '')
}
