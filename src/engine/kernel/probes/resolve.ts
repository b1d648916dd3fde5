import {MachineError, UsageError} from '../../errors.js'
import {closest, near, withMoreWords} from '../../near.js'
import type {Pattern} from '../../program/pattern.js'
import type {Machine} from '../machine.js'
import {type Found, leftOutLines} from './found.js'
import {findFunctions, readKernelLists} from './functions.js'
import {findTarget} from './targets.js'
import {findTracepoints, readTracepoints} from './tracepoints.js'
import {findUsdt, findUserFunctions} from './user.js'

export interface ResolveOptions {
  /** The process whose files are meant by libraries and programs; ours if not given. */
  readonly pid?: number | undefined
  /** So many probes at most. */
  readonly limit: number
  /** The flag that changes the limit, as `--max-probes`; for the hint. */
  readonly limitFlag: string
}

/**
 * What a pattern stands for on this machine. Nothing is attached.
 *
 * @throws MachineError if nothing matches that can be traced; UsageError if it is more than the limit
 */
export async function resolvePattern(
  pattern: Pattern,
  machine: Machine,
  {pid, limit, limitFlag}: ResolveOptions,
): Promise<Found> {
  const found = await find(pattern, machine, pid)
  const {probes, leftOut, known, where} = found
  const what = whats[pattern.kind]
  if (probes.length === 0 && leftOut.length > 0) {
    throw new MachineError(`no ${what} that matches '${pattern.text}' can be traced`, {
      context: leftOutLines(leftOut),
    })
  }
  if (probes.length === 0) {
    const close = suggestions(pattern, known)
    throw new MachineError(
      `no ${what}${where === undefined ? '' : ` of ${where}`} matches '${pattern.text}'`,
      {
        ...(close.length > 0 ? {hint: `is it ${close.join(' or ')}?`} : {}),
      },
    )
  }
  if (probes.length > limit) {
    throw new UsageError(
      `'${pattern.text}' matches ${probes.length} ${what}s, more than the limit of ${limit}`,
      {
        hint: `narrow the pattern, or raise the limit with ${limitFlag} ${probes.length}: each takes time to attach and to detach`,
      },
    )
  }
  return found
}

const whats: Readonly<Record<Pattern['kind'], string>> = {
  kernel: 'kernel function',
  user: 'function',
  tracepoint: 'tracepoint',
  usdt: 'USDT probe',
}

async function find(pattern: Pattern, machine: Machine, pid: number | undefined): Promise<Found> {
  switch (pattern.kind) {
    case 'kernel':
      return findFunctions(pattern.name, readKernelLists(machine))
    case 'tracepoint':
      return findTracepoints(pattern.category, pattern.event, readTracepoints(machine))
    case 'user':
      return findUserFunctions(pattern.name, findTarget(pattern.target, pid))
    case 'usdt':
      return findUsdt(pattern.provider, pattern.name, findTarget(pattern.target, pid))
  }
}

/** Names that may have been meant; of a pattern that stands for several, begins of names. */
function suggestions(pattern: Pattern, known: () => Iterable<string>): string[] {
  const typed =
    pattern.kind === 'tracepoint' ? `${pattern.category.text}:${pattern.event.text}` : pattern.name.text
  const start = typed.replace(/[*?[(|.\\].*$/s, '')
  const names = new Set(known())
  if (start === typed) return [...near(typed, names), ...withMoreWords(typed, names)].slice(0, 3)
  const starts = new Set([...names].map((name) => name.slice(0, start.length)))
  return closest(start, starts).map((close) => `${close}*`)
}
