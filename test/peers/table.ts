/** A row of a printed table: texts by the names in its header. */
export type Row = Readonly<Record<string, string>>

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

/** `TIME`, `TIME(s)`, `READ/s`, `LADDR:LPORT`, `T>`. */
const heading = /^[A-Z][A-Z/:]*(s|>|\(\w+\))?$/

/**
 * Reads what a tool printed: a header in capitals, after it rows of as many words; the last column takes the rest of
 * its line and may be empty. Lines before the header are a banner.
 */
export function readTable(text: string): Table {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => isHeader(words(line)))
  if (start < 0) throw new Error(`no header in what was printed: ${JSON.stringify(text.slice(0, 300))}`)
  const columns = words(lines[start] ?? '')
  const rows = lines.slice(start + 1).filter((line) => line.trim() !== '')
  return {columns, rows: rows.map((line) => readRow(line, columns))}
}

function readRow(line: string, columns: readonly string[]): Row {
  const form = new RegExp(`^\\s*${'(\\S+)\\s+'.repeat(columns.length - 1)}(.*)$`)
  // A last cell that is empty may have lost the blank before it.
  const cells = form.exec(`${line} `)?.slice(1)
  if (cells === undefined) throw new Error(`${columns.length} columns expected in ${JSON.stringify(line)}`)
  return Object.fromEntries(columns.map((name, index) => [name, (cells[index] ?? '').trimEnd()]))
}

function isHeader(names: readonly string[]): boolean {
  return names.length > 1 && names.every((name) => heading.test(name))
}

function words(line: string): string[] {
  return line.trim().split(/\s+/)
}
