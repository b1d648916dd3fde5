import type {Counting} from './definition.js'
import {UsageError} from './errors.js'
import {type Column, reported} from './event/column.js'
import type {CountedStack, Report} from './event/report.js'
import type {KeyPart, MapEntry} from './event/snapshot.js'
import {type Stack, type StackOptions, stackText} from './event/stack.js'
import {type Text, textFrom} from './event/text.js'
import type {KernelSymbols} from './kernel/kallsyms.js'
import type {UserSymbols} from './kernel/usersymbols.js'
import type {Format} from './render/formats.js'
import {type Bt, bt, list} from './program/bt.js'

/** What of a stack is counted, and what makes two of them different. */
export interface StackParts {
  readonly kernel: boolean
  readonly user: boolean
  /** Stacks of several processes, or of threads with several names, are counted apart. */
  readonly perProcess: boolean
  /** Stacks of threads with different names are counted apart, whatever their process. */
  readonly perName?: boolean
  /** Frames of each half; as many as bpftrace keeps, if not given. */
  readonly depth?: number | undefined
}

export interface StackOutput {
  readonly options: StackOptions
  readonly style: 'profile' | 'stackcount'
  readonly banner: string
  readonly notes?: readonly string[] | undefined
  readonly attaching?: Counting['attaching']
  /** The biggest so many. */
  readonly top?: number | undefined
  readonly every?: Counting['every']
  readonly heading?: (interval: Report['interval']) => string
  /** How many different stacks there is room for. */
  readonly storage: number
}

const map = '@stacks'
/** Counts what is counted in the other: what is missing there found no room. */
const all = '@samples'

/** The fields of a stack in JSON and CSV; for people, stacks are no table. */
export const stackColumns: Readonly<Record<string, Column>> = {
  pid: reported(7, 'Process, if stacks of several are counted apart.', {align: 'right'}),
  comm: reported(16, 'Name of the thread, likewise.'),
  kernel: reported(
    0,
    'The stack in the kernel, from the innermost function outwards; null if it could not be kept. Each frame has `function`, `offset`, `module` and `address`.',
  ),
  user: reported(0, 'The stack in user space, likewise.'),
  stack: reported(
    0,
    'Name and both halves in one line, as **--folded** has it, from the outermost function inwards.',
  ),
  count: reported(8, 'How often it was there.', {align: 'right'}),
}

/** What is said to somebody who limits what comes in one piece. */
export const stacksAtOnce = (): UsageError =>
  new UsageError('--limit: stacks come all at once, at the end', {
    hint: '--top N shows the N most frequent, --duration ends the run',
  })

/** Those that a format has when nobody chooses. */
export function usualStackColumns(_flags: unknown, format: Format): readonly string[] {
  return format === 'csv' ? ['pid', 'stack', 'count'] : ['pid', 'comm', 'kernel', 'user', 'count']
}

/**
 * What tells apart the programs of one process id: the start of the process and the number of its execs, added. It
 * takes a process with the same id, started within nanoseconds, to be wrong.
 */
const program = bt`curtask->group_leader->start_time + curtask->self_exec_id`

/**
 * Counts the stack of what runs. The name of the thread is sent as two numbers: texts in keys do not survive
 * bpftrace's JSON. A program is announced when its 1st, 2nd, 4th, 8th ... stack is counted, so that what is needed for
 * the names of its functions is read while it runs, also of what it loads later.
 */
export function countStack(parts: StackParts, send: (values: readonly Bt[]) => Bt): Bt {
  const mode = parts.depth === undefined ? bt`raw` : bt`raw, ${parts.depth}`
  const key = [
    ...(parts.kernel ? [bt`kstack(${mode})`] : []),
    ...(parts.user ? [bt`ustack(${mode})`] : []),
    // Addresses of user space mean something within their process only.
    ...(parts.user || parts.perProcess ? [bt`pid`] : []),
    ...(parts.user ? [bt`$program`] : []),
    ...(namesThreads(parts) ? [bt`((uint64 *)curtask->comm)[0]`, bt`((uint64 *)curtask->comm)[1]`] : []),
  ]
  // In this order: what is in @samples was in @stacks before, if there was room.
  const count = bt`
    @stacks[${list(key)}] = count();
    @samples = count();`
  if (!parts.user) return count
  return bt`
    $program = ${program};
    @seen[pid, $program]++;
    $times = @seen[pid, $program];
    if (($times & ($times - 1)) == 0) {
      ${send([bt`pid`, bt`$program`])}
    }
    ${count}`
}

function namesThreads({perProcess, perName = false}: StackParts): boolean {
  return perProcess || perName
}

/** How a tool that counts stacks reports them. */
export function stackCounting(parts: StackParts, output: StackOutput): Counting {
  return {
    maps: [
      // Read first, so that nothing is taken for missing that came between the two.
      {name: all, key: []},
      {
        name: map,
        key: [
          ...(parts.kernel ? (['stack'] as const) : []),
          ...(parts.user ? (['stack'] as const) : []),
          ...(parts.user || parts.perProcess ? (['int'] as const) : []),
          ...(parts.user ? (['int'] as const) : []),
          ...(namesThreads(parts) ? (['int', 'int'] as const) : []),
        ],
      },
    ],
    mapKeys: output.storage,
    every: output.every,
    layout: 'blocks',
    banner: output.banner,
    notes: output.notes,
    attaching: output.attaching,
    collect: async () => {
      const symbols = await readSymbols()
      let withoutRoom = 0
      return {
        tellsMissed: true,
        message: ([pid, program]) => symbols.user.see(Number(pid), idText(program)),
        report: (interval) => {
          const before = withoutRoom
          withoutRoom = Math.max(before, total(interval.ever(all)) - total(interval.ever(map)))
          const noRoom = withoutRoom - before
          const known = interval.counts(map).map((entry) => stackOf(entry, parts, symbols))
          const notKept = total(known.filter(({stack}) => isMissed(stack)))
          const {options, style, heading} = output
          const unknown = noRoom === 0 ? [] : [{stack: missedStack(parts), count: noRoom}]
          const stacks = merge([...known, ...unknown], options)
          return {
            interval,
            ...(heading && {heading: heading(interval)}),
            sections: [
              {kind: 'stacks', stacks: stacks.slice(-(output.top ?? stacks.length)), options, style},
            ],
            missed: {noRoom, notKept},
          }
        },
        close: () => symbols.user.close(),
      }
    },
  }
}

interface Symbols {
  readonly kernel: KernelSymbols
  readonly user: UserSymbols
}

/** Loaded by tools that have stacks only. */
async function readSymbols(): Promise<Symbols> {
  const [{KernelSymbols}, {UserSymbols}, {native}] = await Promise.all([
    import('./kernel/kallsyms.js'),
    import('./kernel/usersymbols.js'),
    import('./kernel/native.js'),
  ])
  const {demangle} = await native()
  return {kernel: new KernelSymbols(), user: new UserSymbols(demangle)}
}

/** Those that look the same as one; the most frequent is the last. */
function merge(stacks: readonly CountedStack[], options: StackOptions): CountedStack[] {
  const byText = new Map<string, {stack: Stack; count: number}>()
  for (const {stack, count} of stacks) {
    const text = stackText(stack, options)
    const same = byText.get(text)
    if (same === undefined) byText.set(text, {stack, count})
    else same.count += count
  }
  return [...byText.values()].sort((a, b) => a.count - b.count)
}

/** A counted stack with the names of its functions. */
function stackOf({key, count}: MapEntry, parts: StackParts, symbols: Symbols): CountedStack {
  let at = 0
  const kernel = parts.kernel ? (key[at++] as readonly bigint[]) : undefined
  const user = parts.user ? (key[at++] as readonly bigint[]) : undefined
  const pid = parts.user || parts.perProcess ? Number(key[at++]) : 0
  const program = parts.user ? idText(key[at++]) : ''
  const comm = namesThreads(parts) ? threadName(key.slice(at)) : ''
  const owner = {comm, ...(parts.perProcess && {pid})}
  // Something always runs: if there is no frame at all, the stack was not kept.
  if (kernel?.length === 0 && user?.length === 0) return {stack: {...missedStack(parts), ...owner}, count}
  const stack = {
    ...owner,
    ...(kernel && {kernel: symbols.kernel.frames(kernel)}),
    ...(user && {user: symbols.user.frames(pid, user, program)}),
  }
  return {stack, count}
}

/** What nobody knows anything about. */
function missedStack({kernel, user}: StackParts): Stack {
  return {comm: '[unknown]', ...(kernel && {kernel: 'missed'}), ...(user && {user: 'missed'})}
}

function isMissed({kernel, user}: Stack): boolean {
  return kernel === 'missed' || user === 'missed'
}

function total(counted: readonly {readonly count: number}[]): number {
  return counted.reduce((sum, {count}) => sum + count, 0)
}

/** The name of a thread from two numbers of eight bytes each, as they lie in memory (little-endian). */
function threadName(parts: readonly KeyPart[]): Text {
  const bytes = Buffer.alloc(16)
  parts.forEach((part, index) =>
    bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(part as number | bigint)), index * 8),
  )
  const end = bytes.indexOf(0)
  return textFrom(bytes.subarray(0, end < 0 ? bytes.length : end))
}

/** A number as text: one that a double cannot hold comes as a bigint in a key, and as its digits in a message. */
function idText(part: KeyPart | undefined): string {
  return typeof part === 'object' ? '' : String(part)
}
