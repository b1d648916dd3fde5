import {s64} from '../../../program/ctype.js'
import {Mistake} from '../mistake.js'
import {arity, given, type ValueFunction} from './arguments.js'
import {asNumber, constant} from './numbers.js'
import {asPointer} from './operators.js'
import {isNumber, named} from './type.js'
import type {Value} from './tree.js'

const [v4, v6] = [2n, 10n]

/** Functions for addresses of networks. */
export const networkFunctions: Readonly<Record<string, ValueFunction>> = {
  /** ntop(address), ntop(family, address); the address is a number, or 4 or 16 bytes in memory. */
  ntop(checker, call) {
    arity(call, 1, 2)
    const {place} = call
    const of = checker.value(given(call, call.args.length - 1))
    const size = of.type.kind === 'array' ? of.type.bytes : of.type.kind === 'text' ? of.type.room : undefined
    const isPlain = isNumber(of.type) || (of.op === 'memory' && (size === 4 || size === 16))
    if (!isPlain && of.type.kind !== 'record')
      throw new Mistake(`ntop() wants a number, or 4 or 16 bytes, not ${named(of.type)}`, of.place)
    const bytes = of.type.kind === 'record' ? of.type.bytes : size
    const family =
      call.args.length === 2
        ? asNumber(checker.value(given(call, 0)))
        : constant(bytes === 16 ? v6 : v4, s64, place)
    return {op: 'inet', family, of, type: {kind: 'inet'}, place}
  },
  macaddr(checker, call) {
    arity(call, 1)
    const of: Value = checker.value(given(call, 0))
    return {op: 'mac', address: asPointer(checker, of), type: {kind: 'mac'}, place: call.place}
  },
}
