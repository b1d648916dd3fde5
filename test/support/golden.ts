import type {Job} from '#src/engine/backend/backend.js'
import {allFlags} from '#src/engine/define.js'
import type {HasField, Source, ToolDefinition} from '#src/engine/definition.js'
import {select} from '#src/engine/event/select.js'
import {generateProgram} from '#src/engine/generate.js'
import type {FoundPattern} from '#src/engine/probing.js'
import {exampleOf, takesPattern} from '../../scripts/examples.js'
import {resolveAnywhere} from '../../scripts/shown.js'
import {defaultFlags} from '../../scripts/tools.js'
import {cases, type Given, patterns} from './goldencases.js'
import {fileTypes} from './kerneltypes.js'

/** What of the kernel a program attaches to, besides tracepoints; a source may need several. */
export const attachesTo = {
  fentry: /^k(ret)?func:/m,
  kprobe: /^k(ret)?probe:/m,
  hardwareCounters: /^hardware:/m,
} as const

/** The largest row of the golden programs: as many numbers and texts as all columns of opensnoop have. */
export const largestRow = {numbers: 13, texts: 2}

/** A golden program, with what a backend has to know of it. */
export type GoldenProgram = Pick<Job, 'program' | 'maps' | 'mapKeys' | 'textRoom'>

/**
 * The golden programs of a tool by file name: each combination from each source.
 * @param hasField for programs that are to run on this machine; without it, one that has every field
 * @param libc the C library of the machine
 */
export async function goldenPrograms(
  name: string,
  tool: ToolDefinition,
  hasField: HasField = () => true,
  libc?: string,
): Promise<Map<string, GoldenProgram>> {
  const programs = new Map<string, GoldenProgram>()
  for (const [label, {lacks = [], found, ...given}] of Object.entries(cases[name] ?? {})) {
    const flags = {...defaultFlags(tool), ...(await parse(tool, given))}
    const shown =
      typeof flags['columns'] === 'string' ? flags['columns'].split(',') : tool.show(flags, 'table')
    const anywhere = resolveAnywhere(name, flags, {types: fileTypes, ...(libc && {libc})})
    const selection = select(tool.columns, shown, tool.keep?.(flags)?.reads)
    for (const source of tool.sources) {
      const example = found === undefined ? exampleOf(tool, source) : patternFor(found, source)
      if (takesPattern(tool) && example === undefined) continue
      const resolved = example ?? anywhere
      const program = generateProgram(tool, source, {
        ...{flags, selection, resolved},
        includeSelf: flags['include-self'] === true,
        tracesCommand: given['command'] === true,
        hasField: (tracepoint, field) =>
          hasField(tracepoint, field) && !lacks.includes(`${tracepoint}:${field}`),
      })
      const {maps = [], mapKeys, textRoom} = tool.counting?.(flags, resolved) ?? {}
      programs.set(`${label}.${source.name}.bt`, {program, maps, mapKeys, textRoom})
    }
  }
  return programs
}

function patternFor(label: keyof typeof patterns, {name}: Source): FoundPattern | undefined {
  return (patterns[label] as Readonly<Record<string, FoundPattern>>)[name]
}

async function parse(tool: ToolDefinition, given: Given): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    const parser = allFlags(tool)[name]?.parse ?? ((text: string) => text)
    if (value === true) values[name] = true
    else if (typeof value === 'string') values[name] = await parser(value, name)
    else values[name] = await Promise.all(value.map((text) => Promise.resolve(parser(text, name))))
  }
  return values
}
