import {s64, u64} from '../../../program/ctype.js'
import {didYouMean} from '../../../program/slip.js'
import {isSince} from '../context.js'
import {Mistake, unsupported} from '../mistake.js'
import {arity, type Call, given, literalText, type ValueFunction} from './arguments.js'
import {nameValue, notYet as namesNotYet, probedAddress, register} from './builtins.js'
import type {Checker} from './checker.js'
import {expandMacro} from './macros.js'
import {lengthFunctions} from './lengths.js'
import {networkFunctions} from './networks.js'
import {getopt} from './options.js'
import {asNumber, bool, constant} from './numbers.js'
import {asPointer} from './operators.js'
import {deletion} from './deletion.js'
import {stackValue} from './stacks.js'
import {textFunctions} from './texts.js'
import type {Int, PointerValue, Type} from './type.js'
import type {Value} from './tree.js'
import {signalNumber} from './signals.js'

/** The value of a call. */
export function callValue(checker: Checker, call: Call): Value {
  const macro = checker.world.macros.get(call.name)
  if (macro !== undefined) return expandMacro(checker, macro, call.args, call.place)
  const known = functions[call.name]
  if (known !== undefined) return known(checker, call)
  if (notYet.has(call.name)) throw unsupported(`${call.name}()`, call.place)
  if (aggregations.has(call.name))
    throw new Mistake(`${call.name}() can only be assigned to a map: @name = ${call.name}(...)`, call.place)
  if (call.args.length === 0) return nameValue(checker, call.name, call.place)
  throw new Mistake(
    `there is no function ${call.name}`,
    call.place,
    didYouMean(call.name, [...Object.keys(functions), ...notYet, ...aggregations]),
  )
}

/** What a map counts into. */
export const aggregations: ReadonlySet<string> = new Set([
  'count',
  'sum',
  'min',
  'max',
  'avg',
  'stats',
  'hist',
  'lhist',
  'tseries',
])

/** Functions of bpftrace, up to 0.27, that this engine does not have. */
const notYet = new Set([
  ...namesNotYet,
  ...[
    'assert',
    'assert_str',
    'assert_userspace_probe',
    'bpf_task_from_pid',
    'check_key',
    'config',
    'container_of',
  ],
  ...['default_str', 'default_str_length', 'dw_ustack', 'elf_info', 'elf_is_exe', 'fail', 'find'],
  ...['has_cgroup', 'has_cpid', 'is_array', 'is_err', 'is_integer', 'is_literal', 'is_ptr'],
  ...['is_str', 'is_unsigned', 'is_unsigned_integer', 'iter_next', 'kfunc_allowed', 'kfunc_exist', 'memcmp'],
  ...['memcmp_record', 'path', 'percpu_kaddr', 'print_unsafe', 'signal_name', 'skboutput', 'socket_cookie'],
  ...['static_assert', 'str_concat', 'strcap', 'strstr', 'syscall_name', 'unwatch', 'usdt_arg'],
  ...['write_user'],
])

const symbol =
  (type: Type): ValueFunction =>
  (checker, call) => {
    arity(call, 1)
    const of = asNumber(checker.value(given(call, 0)))
    if (type.kind === 'usym') return {op: 'usym', address: of, type, place: call.place}
    return {op: 'convert', of, type, place: call.place}
  }

const inSpace =
  (space: 'user' | 'kernel'): ValueFunction =>
  (checker, call) => {
    arity(call, 1)
    const pointer = asPointer(checker, checker.value(given(call, 0)))
    const to = pointer.type.to.kind === 'opaque' && pointer.type.to.name === 'void' ? u64 : pointer.type.to
    const type: PointerValue = {...pointer.type, to: pointer.op === 'convert' ? to : pointer.type.to, space}
    return {op: 'convert', of: pointer, type, place: call.place}
  }

const asked =
  (name: string): ValueFunction =>
  (checker, call) => {
    const [which] = call.args
    if (which !== undefined) {
      if (which.kind !== 'name' || which.name !== 'init')
        throw unsupported(`${name}() of a namespace`, call.place)
    }
    return nameValue(checker, name, call.place)
  }

const functions: Readonly<Record<string, ValueFunction>> = {
  ...textFunctions,
  ...networkFunctions,
  ...lengthFunctions,
  ksym: symbol({kind: 'ksym'}),
  usym: symbol({kind: 'usym'}),
  uptr: inSpace('user'),
  kptr: inSpace('kernel'),
  pid: asked('pid'),
  tid: asked('tid'),
  kaddr: (checker, call) => {
    arity(call, 1)
    const name = literalText(checker, call, 0)
    const address = checker.world.context.kernelAddress(name)
    if (address === undefined) throw new Mistake(`the kernel has no symbol ${name}`, call.place)
    return constant(address, u64, call.place)
  },
  uaddr: (checker, call) => {
    arity(call, 1)
    const name = literalText(checker, call, 0)
    const {attachment} = checker.probe
    if (attachment.kind !== 'uprobe' && attachment.kind !== 'uretprobe')
      throw new Mistake('uaddr() is for uprobes', call.place)
    const {path} = attachment
    checker.isOwn = true
    const found = checker.world.context.userSymbol(path, name)
    if (found === undefined) throw new Mistake(`${path} has no symbol ${name}`, call.place)
    if (checker.probe.kind === 'usdt' && attachment.offsets.length > 1)
      throw unsupported('uaddr() in a USDT probe that is in several places', call.place)
    // A file is moved as a whole, so that where the probe is tells where everything else of it is.
    const probed = checker.world.context.userAddress(path, attachment.offsets[0] ?? 0) ?? 0
    const of: Value = {
      op: 'arithmetic',
      operator: '+',
      left: probedAddress(checker, call.place),
      right: constant(BigInt.asUintN(64, found.address - BigInt(probed)), u64, call.place),
      type: u64,
      place: call.place,
    }
    // What is of no such size may be anything.
    const to = {...s64, bits: [1, 2, 4].includes(found.size) ? found.size * 8 : 64} as Int
    return {op: 'convert', of, type: {kind: 'pointer', to, space: 'user'}, place: call.place}
  },
  reg: (checker, call) => {
    arity(call, 1)
    return register(checker, literalText(checker, call, 0), call.place)
  },
  kstack: (checker, call) => stackValue(checker, 'kstack', call.args, call.place),
  ustack: (checker, call) => stackValue(checker, 'ustack', call.args, call.place),
  nsecs: (checker, call) => {
    arity(call, 0, 1)
    const mode = call.args[0]?.kind === 'name' ? call.args[0].name : 'boot'
    const question = {boot: 'nsecs', monotonic: 'nsecs monotonic', tai: 'nsecs tai', sw_tai: 'nsecs tai'}[
      mode
    ]
    if (question === undefined) throw unsupported(`nsecs(${mode})`, call.place)
    if (mode === 'tai' && !isSince(checker.world.context, [6, 1]))
      throw unsupported('nsecs(tai) before Linux 6.1', call.place)
    return {op: 'question', question: question as 'nsecs', type: u64, place: call.place}
  },
  has_key: (checker, call) => {
    arity(call, 2)
    const [of] = call.args
    // Not in bpftrace, which has no way to a map of somebody else.
    if (of?.kind === 'text') {
      const [path, key] = [literalText(checker, call, 0), asNumber(checker.value(given(call, 1)))]
      return {op: 'pinnedHas', path, key, type: bool, place: call.place}
    }
    if (of?.kind !== 'map' || of.key !== undefined)
      throw new Mistake('has_key() wants a map (@name), or the path of a pinned one in quotes', call.place)
    const map = checker.map(of.name)
    const key = checker.key(map, [given(call, 1)], call.place)
    return {op: 'has', map, key, type: bool, place: call.place}
  },
  /** Whether there was such a key. */
  delete: (checker, call) => {
    const {map, key} = deletion(checker, call)
    return {op: 'delete', map, key, type: bool, place: call.place}
  },
  cgroupid: (checker, call) => {
    arity(call, 1)
    const path = literalText(checker, call, 0)
    const id = checker.world.context.cgroupId(path)
    if (id === undefined) throw new Mistake(`there is no cgroup at ${path}`, call.place)
    return constant(id, u64, call.place)
  },
  cgroup_path: (checker, call) => {
    arity(call, 1, 2)
    const filter = call.args.length > 1 ? {filter: literalText(checker, call, 1)} : {}
    const of = asNumber(checker.value(given(call, 0)))
    return {op: 'convert', of, type: {kind: 'cgroup', ...filter}, place: call.place}
  },
  strerror: (checker, call) => {
    arity(call, 1)
    return {
      op: 'convert',
      of: asNumber(checker.value(given(call, 0))),
      type: {kind: 'errno'},
      place: call.place,
    }
  },
  strftime: (checker, call) => {
    arity(call, 2)
    const format = literalText(checker, call, 0)
    const of = asNumber(checker.value(given(call, 1)))
    return {op: 'convert', of, type: {kind: 'time', format}, place: call.place}
  },
  bswap: (checker, call) => {
    arity(call, 1)
    const of = asNumber(checker.value(given(call, 0)))
    const bytes = of.type.kind === 'int' ? of.type.bits / 8 : 8
    if (bytes === 1) return of
    const type: Type = of.type.kind === 'int' ? {kind: 'int', bits: of.type.bits, signed: false} : u64
    return {op: 'swap', of, bytes: bytes as 2 | 4 | 8, type, place: call.place}
  },
  signal: (checker, call) => signalValue(checker, call, false),
  signal_thread: (checker, call) => signalValue(checker, call, true),
  getopt,
}

function signalValue(checker: Checker, call: Call, thread: boolean): Value {
  arity(call, 1)
  checker.world.unsafe.add(`${call.name}()`)
  const value = checker.value(given(call, 0))
  const {place} = call
  if (value.op !== 'literal') return {op: 'signal', number: asNumber(value), thread, type: s64, place}
  const name = value.bytes.toString()
  const number = signalNumber(name)
  if (number === undefined) throw new Mistake(`there is no signal ${name}`, value.place)
  return {op: 'signal', number: constant(BigInt(number), s64, place), thread, type: s64, place}
}
