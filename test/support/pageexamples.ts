import {spawnSync} from 'node:child_process'

/** A command of a page, and what the page says it prints. */
export interface PageExample {
  readonly command: string
  readonly output: readonly string[]
}

/** The commands in the examples of a page: they begin with `# ` or `$ `, and go on for as long as a shell wants more. */
export function examplesOf(page: string): PageExample[] {
  const section = page.split(/^## /m).find((part) => part.startsWith('EXAMPLES\n')) ?? ''
  const blocks = [...section.matchAll(/^```\n([^]*?)^```/gm)].map(([, text = '']) =>
    text.replace(/\n$/, '').split('\n'),
  )
  return blocks.flatMap(commandsIn)
}

function commandsIn(lines: readonly string[]): PageExample[] {
  const found: {command: string; output: string[]}[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    // A comment of a script that is printed begins like a prompt.
    if (!/^[#$] (tstrace|tail|mkdir)/.test(line)) {
      found.at(-1)?.output.push(line)
      continue
    }
    let command = line.slice(2)
    while (!isWhole(command) && at + 1 < lines.length) command += `\n${lines[++at]}`
    found.push({command, output: []})
  }
  return found
}

function isWhole(command: string): boolean {
  return !/\\$/.test(command) && spawnSync('sh', ['-n', '-c', command]).status === 0
}

/**
 * What is wrong with an output, compared with that on the page: values may differ, their kinds may not. Headings must
 * be there; a row has numbers, times and words in the columns where a row of the page has them; JSON has the same keys.
 */
export function differences(actual: readonly string[], page: readonly string[]): string[] {
  const lines = actual.filter((line) => line.trim() !== '')
  const expected = page.filter((line) => line.trim() !== '')
  if (expected.length === 0) return []
  if (lines.length === 0) return ['nothing was printed']
  const heading = expected.find(isHeading)
  const missing =
    heading !== undefined && !lines.some((line) => plain(line) === plain(heading)) ? [heading] : []
  // The last column is free text.
  const columns = heading !== undefined && isHeader(heading) ? Math.max(1, words(heading).length - 1) : 1
  const known = new Set(expected.map((line) => kinds(line, columns)))
  return [
    ...missing.map((line) => `no line as: ${line}`),
    ...lines
      .filter((line) => !known.has(kinds(line, columns)))
      .map((line) => `no row of the page is as: ${line}`),
  ]
}

/** A header of columns, or what a tool says before it begins. */
function isHeading(line: string): boolean {
  return isHeader(line) || /^(Tracing|Counting|Sampling) /.test(line)
}

function isHeader(line: string): boolean {
  return /^ *[A-Z][A-Z_]+[A-Z:/s>.]*( +[A-Z][A-Z_:/s>]+)*$/.test(line.trim()) && !/\d/.test(line)
}

/** A line without what its numbers are. */
export function plain(line: string): string {
  return words(line).join(' ').replace(/\d+/g, '0')
}

function words(line: string): string[] {
  return line.trim().split(/\s+/)
}

function kinds(line: string, columns: number): string {
  const key = /^\s*("\w+"):/.exec(line)?.[1]
  if (key !== undefined) return key
  return words(line).slice(0, columns).map(kind).join(' ')
}

function kind(word: string): string {
  if (/^-?[\d,]+(\.\d+)?,?$/.test(word)) return 'number'
  if (/^\[?\d\d:\d\d:\d\d\]?:?$/.test(word)) return 'time'
  return /^[[\]{}"]/.test(word) && word.length <= 2 ? word : 'word'
}
