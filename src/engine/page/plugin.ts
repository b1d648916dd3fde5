import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {ToolDefinition} from '../definition.js'
import {draftPage} from './draft.js'
import {renderPage} from './sections.js'

/** The page of a plugin's tool: that in its folder `man`, its generated sections made now, or one that says what the definition says. */
export function pluginPage(name: string, tool: ToolDefinition, root: string): string {
  const path = join(root, 'man', `${name}.8.md`)
  return existsSync(path) ? renderPage(readFileSync(path, 'utf8'), name, tool) : draftPage(name, tool)
}
