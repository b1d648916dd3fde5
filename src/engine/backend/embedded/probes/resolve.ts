import {didYouMean} from '../../../program/slip.js'
import type {KernelTypes} from '../../../program/ctype.js'
import type {CompileContext} from '../context.js'
import {Mistake, unsupported} from '../mistake.js'
import {programTypes} from '../helpers.js'
import type {ProbeName} from '../syntax/ast.js'
import type {ProbeFacts} from '../types/probe.js'
import {resolveKernel, resolveFentry, resolveIterator} from './functions.js'
import {timed, counted} from './timers.js'
import {resolveRawTracepoints, resolveTracepoints} from './tracepoints.js'
import {resolveUser, resolveUsdt} from './user.js'

/** What resolving a probe may ask. */
export interface Resolving {
  readonly context: CompileContext
  readonly types: KernelTypes | undefined
  /** What is to be said of the program; grows. */
  readonly warnings: Set<string>
}

/** Probes of one attach point; none where nothing is there. */
type Resolve = (probe: ProbeName, words: readonly string[], resolving: Resolving) => readonly ProbeFacts[]

/** bpftrace's words and their short forms. */
export const aliases: Readonly<Record<string, string>> = {
  ...{t: 'tracepoint', rt: 'rawtracepoint', k: 'kprobe', kr: 'kretprobe', u: 'uprobe', ur: 'uretprobe'},
  ...{f: 'fentry', kfunc: 'fentry', fr: 'fexit', kretfunc: 'fexit', U: 'usdt', p: 'profile', i: 'interval'},
  ...{s: 'software', h: 'hardware', it: 'iter', BEGIN: 'begin', END: 'end'},
}

const kinds: Readonly<Record<string, Resolve>> = {
  begin: once('begin'),
  end: once('end'),
  tracepoint: resolveTracepoints,
  rawtracepoint: resolveRawTracepoints,
  kprobe: resolveKernel('kprobe'),
  kretprobe: resolveKernel('kretprobe'),
  fentry: resolveFentry('fentry'),
  fexit: resolveFentry('fexit'),
  iter: resolveIterator,
  uprobe: resolveUser('uprobe'),
  uretprobe: resolveUser('uretprobe'),
  usdt: resolveUsdt,
  profile: timed('profile'),
  interval: timed('interval'),
  software: counted('software'),
  hardware: counted('hardware'),
}

const notYet = new Set(['watchpoint', 'w', 'asyncwatchpoint', 'aw', 'self', 'bench', 'test', 'uprobe_multi'])

/** What a probe of the program stands for on this machine. @throws Mistake for one that cannot be anywhere */
export function resolveProbe(probe: ProbeName, resolving: Resolving): readonly ProbeFacts[] {
  const [word = '', ...rest] = probe.words
  const name = aliases[word] ?? word
  const resolve = kinds[name]
  if (resolve !== undefined)
    return resolve(
      probe,
      rest.map((each) => parameter(each, resolving, probe)),
      resolving,
    )
  if (notYet.has(word)) throw unsupported(`a probe of kind ${word}`, probe.place)
  throw new Mistake(`there is no kind of probe ${word}`, probe.place, didYouMean(word, Object.keys(kinds)))
}

/** `$1` in a probe. */
function parameter(word: string, {context}: Resolving, probe: ProbeName): string {
  return word.replace(/\$(\d+)/g, (_, number: string) => {
    const given = context.parameters[Number(number) - 1]
    if (given === undefined) throw new Mistake(`$${number} was not given`, probe.place)
    return given
  })
}

function once(kind: 'begin' | 'end'): Resolve {
  return ({place}, words) => {
    if (words.length > 0) throw new Mistake(`${kind.toUpperCase()} has no parts`, place)
    const label = kind.toUpperCase()
    return [{kind, label, attachment: {kind}, programType: programTypes.rawTracepoint, space: 'kernel'}]
  }
}
