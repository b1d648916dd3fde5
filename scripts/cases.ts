import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {allFlags} from '#src/engine/define.js'
import type {ToolDefinition} from '#src/engine/definition.js'
import {type Case, cases, type Shown} from '../test/cases.js'
import {root} from './root.js'
import {loadTools} from './tools.js'

/** The path of the table, from the root. */
export const casesPath = join('test', 'CASES.md')

const introduction = `# Cases

What a tool is expected to do, and the tests that show it. What is in italics is on purpose other than in the tools of
the same name. Made from \`test/cases.ts\` by \`npm run pages\`.
`

/** The cases that count: those of tools that are there, with flags that are there. */
export function casesThatCount(tools: ReadonlyMap<string, ToolDefinition>): Map<string, readonly Case[]> {
  const found = new Map<string, readonly Case[]>()
  for (const [name, tool] of tools) {
    const flags = allFlags(tool)
    const own = cases[name]?.filter(({flag}) => flag === undefined || flag in flags) ?? []
    if (own.length > 0) found.set(name, own)
  }
  return found
}

/** The table of each tool, as Markdown. */
export function renderCases(tools: ReadonlyMap<string, ToolDefinition>): string {
  const sections = [...casesThatCount(tools)].map(([name, own]) =>
    [`## ${name}`, '', '| case | what | tests |', '| --- | --- | --- |', ...own.map(row), ''].join('\n'),
  )
  return [introduction, ...sections].join('\n')
}

function row({id, asks, differs, tests, page}: Case): string {
  const what = differs === undefined ? escaped(asks) : `${escaped(asks)}. _${escaped(differs)}_`
  const files = [...new Set(tests.map(({file}) => file))]
  const shown = files.map((file) => {
    const own = tests.filter((test) => test.file === file)
    return `\`${file.replace(/^test\//, '')}\`: ${own.map(name).join('; ')}`
  })
  if (page !== undefined) shown.push(`the page: ${escaped(page)}`)
  return `| ${id} | ${what} | ${shown.join('<br>')} |`
}

function name({title, row}: Shown): string {
  return escaped(row === undefined ? title : `${title} (${row})`)
}

/** What Markdown would take for a mark is escaped, outside of code. */
function escaped(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replace(/[\\*_<[|]/g, '\\$&')))
    .join('')
}

async function main(): Promise<void> {
  writeFileSync(join(root, casesPath), renderCases(await loadTools()))
}

if (process.argv[1] === import.meta.filename) await main()
