import {isIPv4, isIPv6} from 'node:net'
import {s64, u8} from '../../../program/ctype.js'
import {Mistake} from '../mistake.js'
import {arity, given, literalText, type ValueFunction} from './arguments.js'
import {asNumber, constant} from './numbers.js'
import {asPointer} from './operators.js'
import {bytesOf, isNumber, named} from './type.js'
import type {Value} from './tree.js'

const [v4, v6] = [2n, 10n]

/** Functions for addresses of networks. */
export const networkFunctions: Readonly<Record<string, ValueFunction>> = {
  /** ntop(address), ntop(family, address); the address is a number, or 4 or 16 bytes in memory. */
  ntop(checker, call) {
    arity(call, 1, 2)
    const {place} = call
    const of = checker.value(given(call, call.args.length - 1))
    const bytes = bytesOf(of.type)
    const isPlain =
      isNumber(of.type) || ((of.op === 'memory' || of.type.kind === 'array') && (bytes === 4 || bytes === 16))
    if (!isPlain && of.type.kind !== 'record')
      throw new Mistake(`ntop() wants a number, or 4 or 16 bytes, not ${named(of.type)}`, of.place)
    const family =
      call.args.length === 2
        ? asNumber(checker.value(given(call, 0)))
        : constant(bytes === 16 ? v6 : v4, s64, place)
    return {op: 'inet', family, of, type: {kind: 'inet'}, place}
  },
  /** The 4 or 16 bytes of an address that the program names. */
  pton(checker, call) {
    arity(call, 1)
    const text = literalText(checker, call, 0)
    const bytes = addressBytes(text)
    if (bytes === undefined) throw new Mistake(`${text} is no address of IPv4 or IPv6`, call.place)
    const type = {kind: 'array', of: u8, length: bytes.length, bytes: bytes.length} as const
    return {op: 'bytes', bytes, type, place: call.place}
  },
  macaddr(checker, call) {
    arity(call, 1)
    const of: Value = checker.value(given(call, 0))
    return {op: 'mac', address: asPointer(checker, of), type: {kind: 'mac'}, place: call.place}
  },
}

/** An address as the network has it. */
function addressBytes(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number))
  if (!isIPv6(text) || text.includes('%')) return undefined
  // The last 4 bytes may be written as those of IPv4.
  const groups = text.replace(/\d+\.\d+\.\d+\.\d+$/, (last) => {
    const [a = 0, b = 0, c = 0, d = 0] = last.split('.').map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [before = [], after = []] = groups
    .split('::')
    .map((half) => half.split(':').filter((each) => each !== ''))
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  return Buffer.from([...before, ...zeros, ...after].map((each) => each.padStart(4, '0')).join(''), 'hex')
}
