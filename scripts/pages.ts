import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import type {ToolDefinition} from '#src/engine/definition.js'
import {byCgroup, byName, byPid, byTid, byUid} from '#src/engine/filters.js'
import type {Flag} from '#src/engine/flag.js'
import {engineFlags} from '#src/engine/flags.js'
import {installedName} from '#src/engine/help/man.js'
import {flagList, renderPage} from '#src/engine/page/sections.js'
import {exampleOf} from './examples.js'
import {figuresFile, measuredText, readFigures} from './overhead.js'
import {referencePrograms} from './reference.js'
import {root} from './root.js'
import {resolveAnywhere, shownFlags} from './shown.js'
import {loadTools} from './tools.js'

/** The path of a tool's page, from the root. */
export function pagePath(name: string): string {
  return join('man', `${name}.8.md`)
}

/** package.json with the built pages, which npm installs for man(1) and wants to have listed. */
export function withPages(packageText: string): string {
  const pages = readdirSync(join(root, 'man')).filter((file) => file.endsWith('.8.md'))
  const man = pages.map((file) => `man/${installedName(basename(file, '.8.md'))}.8`).sort()
  return JSON.stringify({...(JSON.parse(packageText) as object), man}, null, 2) + '\n'
}

/** A page of ours with its generated sections and figures brought up to date. @throws Error if one of them is not there */
export function renderOwnPage(page: string, name: string, tool: ToolDefinition): string {
  const {flags} = shownFlags(name, tool)
  const resolved = exampleOf(tool, tool.sources[0]) ?? resolveAnywhere(name, flags)
  return withFigures(renderPage(page, name, tool, {flags, resolved}), name)
}

/** A page with what was measured at the end of its section OVERHEAD. */
function withFigures(page: string, name: string): string {
  const measured = measuredText(name, readFigures(figuresFile))
  return page.replace(/^## OVERHEAD\n[^]*?(?=^## )/m, (section) =>
    `${section.replace(/^### Measured\n[^]*/m, '').trimEnd()}\n\n${measured}\n\n`.replace(/\n{3,}$/, '\n\n'),
  )
}

const commonIntroduction =
  'These have the same meaning in every tool that has them. Their letters are on the page of each tool, because letters keep the meaning that they have in the tool of BCC of the same name. The filters work in the kernel; tools whose events belong to no process have none of them.'

/** The page of tstrace itself, with the flags that every tool has and the filters that most have brought up to date. */
export function renderMainPage(page: string): string {
  const filters = [byPid, byTid, byUid, byName, byCgroup].flatMap(({flags}) => Object.entries<Flag>(flags))
  const list = flagList([...filters, ...Object.entries<Flag>(engineFlags)])
  return page.replace(
    /^## COMMON FLAGS\n[^]*?(?=^## )/m,
    () => `## COMMON FLAGS\n\n${commonIntroduction}\n\n${list}\n\n`,
  )
}

async function main(): Promise<void> {
  const main = join(root, pagePath('tstrace'))
  writeFileSync(main, renderMainPage(readFileSync(main, 'utf8')))
  for (const [name, tool] of await loadTools()) {
    const page = join(root, pagePath(name))
    if (existsSync(page)) writeFileSync(page, renderOwnPage(readFileSync(page, 'utf8'), name, tool))
    for (const [path, program] of referencePrograms(name, tool)) writeFileSync(join(root, path), program)
  }
  const described = join(root, 'package.json')
  writeFileSync(described, withPages(readFileSync(described, 'utf8')))
}

if (process.argv[1] === import.meta.filename) await main()
