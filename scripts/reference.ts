import {join} from 'node:path'
import type {Source, ToolDefinition} from '#src/engine/definition.js'
import {select} from '#src/engine/event/select.js'
import {generateProgram} from '#src/engine/generate.js'
import {exampleByHand} from './examples.js'
import {resolveAnywhere, type Shown, shownFlags} from './shown.js'
import {defaultFlags} from './tools.js'

/** What a tool is shown with in a further program, where that of its source does not show it. */
interface Variant {
  /** A specifier of argdist's -H or -C. */
  readonly specifier?: {readonly letter: 'H' | 'C'; readonly text: string}
  /** A field of a tracepoint that not every kernel has, as `tcp:tcp_retransmit_skb:err`. */
  readonly lacks?: string
}

/** By tool and by what comes after the tool in the file's name. All of the tool's first source. */
const variants: Readonly<Record<string, Readonly<Record<string, Variant>>>> = {
  argdist: {
    kprobe: histogram('p::vfs_write(struct file *file, char *buf, size_t count):size_t:count'),
    uprobe: histogram('p:c:malloc(size_t size):size_t:size'),
    usdt: {specifier: {letter: 'C', text: 'u:stdc++:throw()'}},
  },
  tcpretrans: {'tracepoint-without-err': {lacks: 'tcp:tcp_retransmit_skb:err'}},
}

function histogram(text: string): Variant {
  return {specifier: {letter: 'H', text}}
}

/**
 * The reference programs of a tool, by path from the root: what a plain `bpftrace` runs, without any flag
 * where that is possible, one for each event source. The first source's has the name of the tool alone.
 */
export function referencePrograms(name: string, tool: ToolDefinition): Map<string, string> {
  const made: [path: string, program: string][] = tool.sources.map((source, index) => {
    const path = pathOf(index === 0 ? name : `${name}-${source.name}`)
    return [path, referenceProgram(name, tool, source, path)]
  })
  for (const [ending, variant] of Object.entries(variants[name] ?? {})) {
    const path = pathOf(`${name}-${ending}`)
    made.push([path, referenceProgram(name, tool, tool.sources[0], path, variant)])
  }
  return new Map(made)
}

function pathOf(name: string): string {
  return join('scripts-bt', `${name}.bt`)
}

function referenceProgram(
  name: string,
  tool: ToolDefinition,
  source: Source,
  path: string,
  {specifier, lacks}: Variant = {},
): string {
  const {flags, typed} = specifier === undefined ? shownFlags(name, tool) : shownSpecifier(tool, specifier)
  const example = exampleByHand(tool, source)
  const resolved = example ?? resolveAnywhere(name, flags)
  const command = `tstrace ${name} ${example?.pattern.text ?? typed}`.trim()
  const selection = select(tool.columns, tool.show(flags, 'table'), tool.keep?.(flags)?.reads)
  // Without the condition that leaves out tstrace itself, the program needs no parameters.
  const program = generateProgram(tool, source, {
    ...{flags, selection, resolved},
    includeSelf: true,
    tracesCommand: false,
    hasField: (tracepoint, field) => `${tracepoint}:${field}` !== lacks,
  })
  const counting = tool.counting?.(flags, resolved)
  const further = variants[name] ?? {}
  const [lacking] = Object.keys(further).filter((ending) => further[ending]?.lacks !== undefined)
  return [
    `// What \`${command}\` runs from the event source ${source.name}. Made by \`npm run pages\`: do not edit.`,
    example === undefined && specifier === undefined
      ? `// As root: bpftrace ${path} (take out the probes that your kernel does not have)`
      : `// As root: bpftrace ${path} (with the probes that you want)`,
    ...(lacks !== undefined
      ? [`// For kernels that do not have the field ${lacks}.`]
      : lacking !== undefined && source === tool.sources[0]
        ? [
            `// If your kernel does not have the field ${further[lacking]?.lacks}: ${pathOf(`${name}-${lacking}`)}`,
          ]
        : []),
    ...(counting === undefined
      ? [
          `// For texts longer than 63 bytes: BPFTRACE_MAX_STRLEN=160, or BPFTRACE_STRLEN=160 before bpftrace 0.20.`,
          `// Each row is (kind, nsecs, ${selection.sent.join(', ')}); @sent counts the rows.`,
        ]
      : [
          ...(rawStack.test(program)
            ? [
                '// tstrace itself asks for the addresses, as kstack(raw), and names them.',
                '// With bpftrace 0.17, set BPFTRACE_NO_USER_SYMBOLS=1: it reads all names anew for each address.',
              ]
            : []),
          `// Ctrl-C prints what was counted. tstrace adds a probe that prints it each interval.`,
        ]),
    program.replaceAll(new RegExp(rawStack, 'g'), '$1'),
  ].join('\n')
}

/** Up to 0.17 bpftrace has no raw stacks, and whoever runs it by hand wants to read names. */
const rawStack = /\b([ku]stack)\(raw\)/

function shownSpecifier(tool: ToolDefinition, {letter, text}: NonNullable<Variant['specifier']>): Shown {
  const flags = letter === 'H' ? {histogram: [text]} : {count: [text]}
  return {flags: {...defaultFlags(tool), ...flags}, typed: `-${letter} '${text}'`}
}
