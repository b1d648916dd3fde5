import {join} from 'node:path'
import type {Source, ToolDefinition} from '#src/engine/definition.js'
import {select} from '#src/engine/event/select.js'
import {generateProgram} from '#src/engine/generate.js'
import {resolveAnywhere, shownFlags} from './shown.js'
import {exampleOf} from './examples.js'

/**
 * The reference programs of a tool, by path from the root: what a plain `bpftrace` runs, without any flag
 * where that is possible, one for each event source. The first source's has the name of the tool alone.
 */
export function referencePrograms(name: string, tool: ToolDefinition): Map<string, string> {
  return new Map(
    tool.sources.map((source, index) => {
      const path = join('scripts-bt', index === 0 ? `${name}.bt` : `${name}-${source.name}.bt`)
      return [path, referenceProgram(name, tool, source, path)]
    }),
  )
}

function referenceProgram(name: string, tool: ToolDefinition, source: Source, path: string): string {
  const {flags, typed} = shownFlags(name, tool)
  const example = exampleOf(tool, source)
  const resolved = example ?? resolveAnywhere(name, flags)
  const command = `tstrace ${name} ${example?.pattern.text ?? typed}`.trim()
  const selection = select(tool.columns, tool.show(flags), tool.keep?.(flags)?.reads)
  // Without the condition that leaves out tstrace itself, the program needs no parameters.
  const program = generateProgram(tool, source, {
    ...{flags, selection, resolved},
    includeSelf: true,
    tracesCommand: false,
  })
  const counting = tool.counting?.(flags, resolved)
  return [
    `// What \`${command}\` runs from the event source ${source.name}. Made by \`npm run pages\`: do not edit.`,
    example === undefined
      ? `// As root: bpftrace ${path} (take out the probes that your kernel does not have)`
      : `// As root: bpftrace ${path} (with the probes that you want)`,
    ...(counting === undefined
      ? [
          `// For texts longer than 63 bytes: BPFTRACE_MAX_STRLEN=160, or BPFTRACE_STRLEN=160 before bpftrace 0.20.`,
          `// Each row is (kind, nsecs, ${selection.sent.join(', ')}); @sent counts the rows.`,
        ]
      : [
          ...(/stack\(raw/.test(program) ? ['// With bpftrace 0.17, write perf for raw.'] : []),
          `// Ctrl-C prints what was counted. tstrace adds a probe that prints it each interval.`,
        ]),
    program,
  ].join('\n')
}
