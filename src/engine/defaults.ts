import {allFlags} from './define.js'
import type {ToolDefinition} from './definition.js'
import type {FlagTable, FlagValues} from './flag.js'

/** The values of a tool's flags when none is given. */
export function defaultFlags(tool: ToolDefinition): FlagValues<FlagTable> {
  return Object.fromEntries(
    Object.entries(allFlags(tool)).map(([name, {value}]) => [name, value === undefined ? false : undefined]),
  )
}
