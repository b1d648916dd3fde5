import {u64} from '../../../program/ctype.js'
import {isSince} from '../context.js'
import {Mistake, type Place, unsupported} from '../mistake.js'
import {arity, given, type ValueFunction} from './arguments.js'
import type {Checker} from './checker.js'
import {NothingAssigned, type ProgramMap} from './maps.js'
import {constant} from './numbers.js'
import {named} from './type.js'
import type {Value} from './tree.js'

/** Functions that count what is in something. */
export const lengthFunctions: Readonly<Record<string, ValueFunction>> = {
  /** Of a map, how many keys it has; of a stack, how many frames. */
  len(checker, call) {
    arity(call, 1)
    const {place} = call
    const of = given(call, 0)
    if (of.kind === 'map' && of.key === undefined) {
      const map = checker.map(of.name)
      if (map.key === undefined || map.key.length > 0) return keysOf(checker, map, place)
    }
    const value = checker.value(of)
    if (value.type.kind !== 'stack')
      throw new Mistake(
        `len() is for maps with keys and for stacks, not for ${named(value.type)}`,
        of.place,
        value.type.kind === 'text' ? 'that of a text is strlen()' : undefined,
      )
    return {op: 'frames', of: value, type: u64, place}
  },
  strlen(checker, call) {
    arity(call, 1)
    const of = checker.value(given(call, 0))
    if (of.type.kind !== 'text') throw new Mistake(`expected a text, not ${named(of.type)}`, of.place)
    if (of.op === 'literal') return constant(BigInt(of.bytes.length), u64, call.place)
    return {op: 'textLength', of, type: u64, place: call.place}
  },
}

function keysOf(checker: Checker, map: ProgramMap, place: Place): Value {
  if (map.use === undefined || map.key === undefined) throw new NothingAssigned(map, place)
  // The kernel keeps the buckets of a histogram under keys of their own.
  if (map.use.kind === 'hist' || map.use.kind === 'lhist')
    throw unsupported(`len() of ${map.name}, a map of histograms,`, place)
  if (!isSince(checker.world.context, [5, 13])) throw unsupported('len() of a map before Linux 5.13', place)
  return {op: 'keys', map, type: u64, place}
}
