import {readdirSync} from 'node:fs'
import {basename, join} from 'node:path'
import {type ToolDefinition, toolMark} from '#src/engine/definition.js'
import {root} from './root.js'

export {defaultFlags} from '#src/engine/defaults.js'

/** Every tool of this package by name, in alphabetical order; commands that are no tools are left out. */
export async function loadTools(): Promise<Map<string, ToolDefinition>> {
  const tools = new Map<string, ToolDefinition>()
  for (const file of readdirSync(join(root, 'src', 'commands')).sort()) {
    const name = basename(file, '.ts')
    const {default: command} = (await import(`#src/commands/${name}.js`)) as {
      default: {[toolMark]?: ToolDefinition}
    }
    const tool = command[toolMark]
    if (tool !== undefined) tools.set(name, tool)
  }
  return tools
}
