import type {Config} from '@oclif/core'
import {type ToolDefinition, toolApi, toolMark} from './definition.js'
import {UsageError} from './errors.js'
import {isIt} from './near.js'

/** The names and summaries of all tools, those of plugins included; no tool is loaded for it. */
export function listTools(config: Config): {name: string; summary: string}[] {
  return config.commands
    .filter((command) => 'tstrace' in command)
    .map(({id, summary}) => ({name: id, summary: summary ?? ''}))
    .sort((a, b) => a.name.localeCompare(b.name))
}

/** The definitions of the tools named, or of all. @throws UsageError for a name that is no tool */
export async function loadTools(
  config: Config,
  names?: readonly string[],
): Promise<Map<string, ToolDefinition>> {
  const known = listTools(config).map(({name}) => name)
  const tools = new Map<string, ToolDefinition>()
  for (const name of names ?? known) {
    const command = known.includes(name) ? config.findCommand(name) : undefined
    if (command === undefined)
      throw new UsageError(`there is no tool '${name}' (there are ${known.join(', ')})`, {
        hint: isIt(name, known),
      })
    const loaded = (await command.load()) as unknown as {[toolMark]?: ToolDefinition; tstrace?: {api: number}}
    const definition = loaded[toolMark]
    if (definition === undefined || loaded.tstrace?.api !== toolApi) {
      throw new UsageError(`the tool '${name}' was made for another version of tstrace`)
    }
    tools.set(name, definition)
  }
  return tools
}
