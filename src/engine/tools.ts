import type {Command, Config} from './oclif.js'
import {type ToolDefinition, toolApi, toolMark} from './definition.js'
import {RunError, UsageError} from './errors.js'
import {isIt} from './near.js'
import type {Words} from './words.js'

/** The names and summaries of all tools, those of plugins included; no tool is loaded for it. */
export function listTools(config: Config): {name: string; summary: string}[] {
  return config.commands
    .filter((command) => 'tstrace' in command)
    .map(({id, summary}) => ({name: id, summary: summary ?? ''}))
    .sort((a, b) => a.name.localeCompare(b.name))
}

/**
 * The definitions of the tools named, or of all. Of all, those of plugins that cannot be loaded are left out.
 *
 * @param tell is told which those are
 * @throws UsageError for a name that is no tool
 * @throws RunError for a tool named that cannot be loaded
 */
export async function loadTools(
  config: Config,
  tell: Pick<Words, 'important'>,
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
    try {
      tools.set(name, await definitionOf(command))
    } catch (error) {
      if (!(error instanceof RunError) || names !== undefined) throw error
      tell.important(error.message)
    }
  }
  return tools
}

/** @throws RunError if it cannot be loaded, or its plugin's manifest is not that of its tool */
async function definitionOf(command: Command.Loadable): Promise<ToolDefinition> {
  const loaded = (await command.load()) as unknown as {[toolMark]?: ToolDefinition; tstrace?: {api: number}}
  const definition = loaded[toolMark]
  if (definition === undefined || loaded.tstrace?.api !== toolApi)
    throw new RunError(`the tool '${command.id}' was made for another version of tstrace`)
  return definition
}
