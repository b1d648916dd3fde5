import {u32, u64} from '../../../program/ctype.js'
import {didYouMean} from '../../../program/slip.js'
import {isSince} from '../context.js'
import {Mistake, type Place, unsupported} from '../mistake.js'
import type {Expression} from '../syntax/ast.js'
import type {Checker} from './checker.js'
import {bool, constant} from './numbers.js'
import {usdtArgument} from './operands.js'
import {registersOf} from './registers.js'
import {stackValue} from './stacks.js'
import {fromC, type Int, literalInt, type PointerValue, type Type} from './type.js'
import type {Question, Value} from './tree.js'
import {wellKnown} from './wellknown.js'
import {expandMacro} from './macros.js'

/** Builtins that ask the kernel for a number. */
const questions: Readonly<Record<string, readonly [Question, Int]>> = {
  pid: ['pid', u32],
  tid: ['tid', u32],
  uid: ['uid', u64],
  gid: ['gid', u64],
  cpu: ['cpu', u64],
  nsecs: ['nsecs', u64],
  elapsed: ['elapsed', u64],
  rand: ['rand', u64],
  cgroup: ['cgroup', u64],
  jiffies: ['jiffies', u64],
  numaid: ['numa node', u32],
}

const names = [
  ...Object.keys(questions),
  ...[
    'comm',
    'kstack',
    'ustack',
    'curtask',
    'func',
    'probe',
    'username',
    'retval',
    'args',
    'ctx',
    'cpid',
    'ncpus',
  ],
  ...['usermode', 'arg0', 'sarg0', 'ppid', 'pcomm'],
]

/** Names of bpftrace, up to 0.27, that this engine does not have, nor as functions. */
export const notYet = new Set(['leader_comm', 'leader_tid', 'probetype'])

/** What a name stands for: a parameter of a macro, a builtin, or a constant. */
export function nameValue(checker: Checker, name: string, place: Place): Value {
  const given = checker.substitutes.get(name)
  if (given !== undefined) return {...checker.outside(() => checker.value(given)), place}
  const question = questions[name]
  if (question !== undefined) return ask(...question, place)
  const [, stacked, number] = /^(s?)arg(\d+)$/.exec(name) ?? []
  if (number !== undefined) return argument(checker, Number(number), stacked === 's', place)
  switch (name) {
    case 'comm':
      return {op: 'comm', type: {kind: 'text', room: 16}, place}
    case 'username':
      return {op: 'convert', of: ask('uid', u64, place), type: {kind: 'username'}, place}
    case 'kstack':
    case 'ustack':
      return stackValue(checker, name, [], place)
    case 'curtask':
      return task(checker, place)
    case 'probe': {
      checker.isOwn = true
      // One number for each label in the whole program: keys of a map may come from several probes.
      const labels = checker.world.labels.add(checker.probe.label)
      const value = BigInt([...labels].indexOf(checker.probe.label))
      return {op: 'constant', value, type: {kind: 'choice', texts: [...labels]}, place}
    }
    case 'func':
      return functionValue(checker, place)
    case 'retval':
      return returned(checker, place)
    case 'ctx':
      return {
        op: 'contextAddress',
        offset: 0,
        type: {kind: 'pointer', to: {kind: 'opaque', name: 'void'}, space: 'kernel'},
        place,
      }
    case 'ppid':
    case 'pcomm':
      return parent(checker, name === 'ppid' ? 'tgid' : 'comm', place)
    case 'cpid':
      return constant(BigInt(checker.world.context.child), u64, place)
    case 'ncpus':
      return constant(BigInt(checker.world.context.cpus), u64, place)
    case 'args':
      throw unsupported('args as a whole', place)
    case 'usermode': {
      const segment = register(checker, 'cs', place)
      return {op: 'compare', operator: '==', signed: false, type: bool, place, ...bits(segment, place)}
    }
  }
  return named(checker, name, place)
}

function bits(left: Value, place: Place): {left: Value; right: Value} {
  const three = constant(3n, u64, place)
  return {left: {op: 'arithmetic', operator: '&', left, right: three, type: u64, place}, right: three}
}

export function ask(question: Question, type: Type, place: Place): Value {
  return {op: 'question', question, type, place}
}

/** A macro, a constant of the program, of the kernel, or of the headers that programs use to include. */
function named(checker: Checker, name: string, place: Place): Value {
  const {constants, context, enumerations, macros, types} = checker.world
  const macro = macros.get(name)
  if (macro !== undefined) return expandMacro(checker, macro, [], place)
  const own = constants.get(name)
  if (own !== undefined) {
    const value = checker.outside(() => checker.value(own))
    const names = enumerations.names.get(name)
    if (names === undefined || value.op !== 'constant') return {...value, place}
    return constant(value.value, {...literalInt(value.value), names}, place)
  }
  const value = context.constant(name) ?? wellKnown(name)
  if (value !== undefined)
    return constant(value, {...u64, signed: true, ...(value >= 0n && {literal: true})}, place)
  if (notYet.has(name)) throw unsupported(`the builtin ${name}`, place)
  const hint =
    types === undefined ? 'this kernel does not describe its types (no BTF)' : didYouMean(name, names)
  throw new Mistake(`nobody knows what ${name} is`, place, hint)
}

function task(checker: Checker, place: Place): Value {
  const type = checker.world.types?.named('struct task_struct')
  const pointer: PointerValue = {
    kind: 'pointer',
    to: type ?? {kind: 'opaque', name: 'struct task_struct'},
    space: 'kernel',
  }
  return ask('task', pointer, place)
}

/** Something of the process that started this one. */
function parent(checker: Checker, name: string, place: Place): Value {
  const own: Expression = {kind: 'name', name: 'curtask', place}
  const of: Expression = {kind: 'member', of: own, name: 'real_parent', place}
  return checker.outside(() => checker.value({kind: 'member', of, name, place}))
}

/** A register by the name that the kernel has for it. */
export function register(checker: Checker, name: string, place: Place): Value {
  const {probe} = checker
  const {arch} = checker.world.context
  if (
    ![
      'kprobe',
      'kretprobe',
      'uprobe',
      'uretprobe',
      'usdt',
      'profile',
      'software',
      'hardware',
      'interval',
    ].includes(probe.kind)
  )
    throw new Mistake(`a probe of kind ${probe.kind} has no registers`, place)
  const registers = registersOf(arch)
  const offset = registers?.offsets[name]
  if (offset === undefined)
    throw new Mistake(
      `${arch} has no register ${name}`,
      place,
      didYouMean(name, Object.keys(registers?.offsets ?? {})),
    )
  return {op: 'context', offset, cell: {bytes: 8, signed: false}, type: u64, place}
}

function argument(checker: Checker, number: number, onStack: boolean, place: Place): Value {
  const {probe} = checker
  const registers = registersOf(checker.world.context.arch)
  if (registers === undefined) throw unsupported(`arg${number} on this architecture`, place)
  if (probe.kind === 'rawtracepoint' && !onStack)
    return {op: 'context', offset: number * 8, cell: {bytes: 8, signed: false}, type: u64, place}
  if (probe.kind === 'usdt' && !onStack) {
    const operand = probe.operands?.[number]
    if (operand === undefined)
      throw new Mistake(`${probe.label} has ${probe.operands?.length ?? 0} arguments`, place)
    checker.isOwn = true
    return usdtArgument(checker, operand, place)
  }
  if (!['kprobe', 'uprobe'].includes(probe.kind))
    throw new Mistake(
      `a probe of kind ${probe.kind} has no arg${number}`,
      place,
      probe.args === undefined ? undefined : 'its arguments have names: args.NAME',
    )
  if (onStack) {
    const address = {
      op: 'convert',
      of: register(checker, registers.stack, place),
      type: {kind: 'pointer', to: u64, space: probe.space},
      place,
    } as const
    const offset = (number + registers.before) * 8
    return {op: 'load', address, offset, cell: {bytes: 8, signed: false}, type: u64, place}
  }
  const name = registers.args[number]
  if (name === undefined)
    throw new Mistake(
      `only arg0 to arg${registers.args.length - 1} are in registers`,
      place,
      'those after them are sarg0, sarg1 ...',
    )
  return register(checker, name, place)
}

function returned(checker: Checker, place: Place): Value {
  const {probe} = checker
  const {arch} = checker.world.context
  if (probe.kind === 'fexit' && probe.returned) {
    checker.isOwn = true
    const {type, slot} = probe.returned
    const known = fromC(type, 'kernel', checker.world.types) ?? u64
    if (known.kind !== 'int' && known.kind !== 'pointer') throw unsupported('a returned structure', place)
    const bytes = known.kind === 'int' ? ((known.bits / 8) as 1 | 2 | 4 | 8) : 8
    const signed = known.kind === 'int' && known.signed
    return {op: 'context', offset: slot * 8, cell: {bytes, signed}, type: known, place}
  }
  if (probe.kind !== 'kretprobe' && probe.kind !== 'uretprobe')
    throw new Mistake(`a probe of kind ${probe.kind} has no retval`, place)
  return register(checker, registersOf(arch)?.result ?? 'ax', place)
}

/** `func`: the function the probe is in, as a symbol. */
function functionValue(checker: Checker, place: Place): Value {
  const {context} = checker.world
  const {probe} = checker
  switch (probe.kind) {
    case 'kprobe':
    case 'kretprobe':
    case 'fentry':
    case 'fexit': {
      if (isSince(context, [5, 15])) return ask('function', {kind: 'ksym'}, place)
      if (probe.kind === 'kprobe' && probe.attachment.kind === 'kprobe' && probe.attachment.offset === 0) {
        // On x86 the trap of a probe is one byte long, and behind it is where the processor stands.
        const ip = register(checker, registersOf(context.arch)?.instruction ?? 'ip', place)
        const trap = constant(context.arch === 'x64' ? 1n : 0n, u64, place)
        return {op: 'arithmetic', operator: '-', left: ip, right: trap, type: {kind: 'ksym'}, place}
      }
      const names = 'functions' in probe.attachment ? probe.attachment.functions : []
      const address = names.length === 1 ? context.kernelAddress(names[0] ?? '') : undefined
      if (address === undefined) throw unsupported('func where a function returns, before Linux 5.15,', place)
      checker.isOwn = true
      return {op: 'constant', value: address, type: {kind: 'ksym'}, place}
    }
    case 'uprobe':
    case 'uretprobe':
    case 'usdt':
      return {op: 'usym', address: probedAddress(checker, place), type: {kind: 'usym'}, place}
    default:
      throw new Mistake(`a probe of kind ${probe.kind} is in no function`, place)
  }
}

/** Where in the process the instruction is that a probe of user space is on, and the function's first where it returns. */
export function probedAddress(checker: Checker, place: Place): Value {
  const {context} = checker.world
  if (checker.probe.kind !== 'uretprobe')
    return register(checker, registersOf(context.arch)?.instruction ?? 'ip', place)
  // "bpf: Add support for bpf_get_func_ip helper for uprobe program", 6.6: before, it says 0.
  if (!isSince(context, [6, 6]))
    throw unsupported('func or uaddr() where a function of a process returns, before Linux 6.6,', place)
  return ask('function', u64, place)
}
