import type {ToolDefinition} from '#src/engine/definition.js'
import type {FlagTable, FlagValues} from '#src/engine/flag.js'
import type {KernelTypes} from '#src/engine/program/ctype.js'
import {fieldValues, type TracepointField} from '#src/engine/program/fields.js'
import type {AttachPoint} from '#src/engine/program/probe.js'
import {parseSpecifier, type Purpose} from '#src/engine/program/specifier.js'
import type {FoundSpecifier} from '#src/engine/specifiers.js'
import {exceptionProbe} from './examples.js'
import {defaultFlags} from './tools.js'

/** Flags, and how one types them. */
export interface Shown {
  readonly flags: FlagValues<FlagTable>
  readonly typed: string
}

/** What a tool is shown with that does nothing unless it is told what to trace. */
const shown: Readonly<Record<string, Shown>> = {
  argdist: {
    flags: {histogram: ['t:syscalls:sys_exit_read():long:args->ret:args->ret>0']},
    typed: "-H 't:syscalls:sys_exit_read():long:args->ret:args->ret>0'",
  },
}

/** The flags a tool's program and its page are shown with, and how one types them: none, where that is possible. */
export function shownFlags(name: string, tool: ToolDefinition): Shown {
  const {flags, typed} = shown[name] ?? {flags: {}, typed: ''}
  return {flags: {...defaultFlags(tool), ...flags}, typed}
}

/** What stands for the machine where none is looked at. */
export interface ShownMachine {
  /** The C library. */
  readonly libc: string
  readonly types: KernelTypes | undefined
}

const usual: ShownMachine = {libc: '/usr/lib/x86_64-linux-gnu/libc.so.6', types: undefined}

/** What a tool's `resolve` finds on a machine that has all that is named. */
export function resolveAnywhere(
  name: string,
  flags: FlagValues<FlagTable>,
  machine: Partial<ShownMachine> = {},
): unknown {
  if (name !== 'argdist') return undefined
  const {count = [], histogram = []} = flags as Partial<Record<'count' | 'histogram', readonly string[]>>
  const find = (purpose: Purpose) => (source: string) =>
    foundSpecifier(source, purpose, {...usual, ...machine})
  return [...count.map(find('count')), ...histogram.map(find('histogram'))]
}

function foundSpecifier(source: string, purpose: Purpose, {libc, types}: ShownMachine): FoundSpecifier {
  const specifier = parseSpecifier(source, purpose, types)
  const {kind, library, name} = specifier
  const points: readonly AttachPoint[] = [
    kind === 't'
      ? {kind: 'tracepoint', category: library, event: name}
      : kind === 'u'
        ? library === 'stdc++'
          ? exceptionProbe(name)
          : {kind: 'usdt', path: libc, provider: 'libc', name}
        : library === ''
          ? {kind: 'kprobe', name}
          : {kind: 'uprobe', path: libc, name, address: 1},
  ]
  const fields = tracepoints[`${library}:${name}`]
  return {specifier, purpose, points, types, fields: fields && fieldValues(library, fields, types)}
}

const field = (name: string, type: string, size: number, length?: number): TracepointField => ({
  ...{name, type, length, size},
  signed: true,
  offset: 16,
  isElsewhere: false,
})

/** As the kernel describes them. */
const tracepoints: Readonly<Record<string, readonly TracepointField[]>> = {
  'syscalls:sys_exit_read': [field('ret', 'long', 8)],
  'syscalls:sys_enter_openat': [
    ...[field('dfd', 'int', 8), field('filename', 'const char *', 8)],
    field('flags', 'int', 8),
  ],
  'sched:sched_switch': [field('prev_comm', 'char', 16, 16), field('next_prio', 'int', 4)],
}
