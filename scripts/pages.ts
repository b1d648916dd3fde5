import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import type {ToolDefinition} from '#src/engine/definition.js'
import {installedName} from '#src/engine/help/man.js'
import {renderPage} from '#src/engine/page/sections.js'
import {exampleOf} from './examples.js'
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

/** A page of ours with its generated sections brought up to date. @throws Error if one of them is not there */
export function renderOwnPage(page: string, name: string, tool: ToolDefinition): string {
  const {flags} = shownFlags(name, tool)
  const resolved = exampleOf(tool, tool.sources[0]) ?? resolveAnywhere(name, flags)
  return renderPage(page, name, tool, {flags, resolved})
}

async function main(): Promise<void> {
  for (const [name, tool] of await loadTools()) {
    const page = join(root, pagePath(name))
    if (existsSync(page)) writeFileSync(page, renderOwnPage(readFileSync(page, 'utf8'), name, tool))
    for (const [path, program] of referencePrograms(name, tool)) writeFileSync(join(root, path), program)
  }
  const described = join(root, 'package.json')
  writeFileSync(described, withPages(readFileSync(described, 'utf8')))
}

if (process.argv[1] === import.meta.filename) await main()
