import {spawnSync} from 'node:child_process'
import {kindsOf} from './linekinds.js'

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
 * What is wrong with the output of a run that traced, compared with that on the page: values may differ, their kinds may
 * not. Each kind of line that the page shows has to be there, and no other: headings and labels as they are, keys of
 * JSON, rows with numbers, times and words where a row of the page has them, frames, buckets, counts.
 */
export function differences(actual: readonly string[], page: readonly string[]): string[] {
  const lines = kindsOf(actual)
  if (lines.length === 0) return ['nothing was printed']
  const expected = kindsOf(page)
  // A page need not show what a reader expects anyway.
  if (expected.length === 0) return []
  const [known, found] = [expected, lines].map((all) => new Set(all.map(({kind}) => kind))) as [
    Set<string>,
    Set<string>,
  ]
  return [
    ...new Set([
      ...expected
        .filter(({kind, required}) => required && !found.has(kind))
        .map(({line, kind}) => `no line as (${kind}): ${line}`),
      ...lines
        .filter(({kind, required}) => required && !known.has(kind))
        .map(({line, kind}) => `no line of the page is as (${kind}): ${line}`),
    ]),
  ]
}

/** The same for what traces nothing, and so says the same everywhere: only numbers may differ. */
export function textDifferences(actual: readonly string[], page: readonly string[]): string[] {
  const [lines, expected] = [actual, page].map((all) => all.map(plain).filter((line) => line !== '')) as [
    string[],
    string[],
  ]
  return expected.join('\n') === lines.join('\n') ? [] : [`it printed:\n${actual.join('\n')}`]
}

/** A line without what its numbers are, and how far apart its words. */
export function plain(line: string): string {
  return line.trim().split(/\s+/).join(' ').replace(/\d+/g, '0')
}
