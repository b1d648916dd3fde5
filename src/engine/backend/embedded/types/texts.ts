import {s64} from '../../../program/ctype.js'
import {isSince} from '../context.js'
import {Mistake, unsupported} from '../mistake.js'
import type {Expression} from '../syntax/ast.js'
import type {Checker} from './checker.js'
import {arity, type Call, given, literalNumber, type ValueFunction} from './arguments.js'
import {asNumber, bool, constant} from './numbers.js'
import {asPointer} from './operators.js'
import {bytesOf, named} from './type.js'
import type {Value} from './tree.js'

/** Functions that make texts and look into them. */
export const textFunctions: Readonly<Record<string, ValueFunction>> = {
  str(checker, call) {
    arity(call, 1, 2)
    const {place} = call
    const most = checker.world.settings.textRoom
    const limit = call.args[1] === undefined ? undefined : asNumber(checker.value(call.args[1]))
    const text = parameterText(checker, call.args[0])
    if (text !== undefined) {
      if (limit !== undefined && limit.op !== 'constant')
        throw unsupported('str() with a length that is not constant of a text of our own', place)
      const end = limit?.op === 'constant' ? Number(limit.value) : text.length
      return checker.literal(text.subarray(0, Math.min(end, most - 1)), place)
    }
    const of = checker.value(given(call, 0))
    // The length counts the end of the text, as in bpftrace since 0.23; 0.17 reads one byte more.
    const room = limit?.op === 'constant' ? Math.max(1, Math.min(Number(limit.value), most)) : most
    if (of.type.kind === 'text' && of.op !== 'memory') {
      if (limit === undefined) return of
      if (limit.op !== 'constant') {
        if (of.op !== 'string' || of.length !== undefined)
          throw unsupported('str() with a length that is not constant of a text of our own', place)
        return {...of, length: limit, place}
      }
      if (room >= of.type.room) return of
      if (of.op === 'literal') return checker.literal(of.bytes.subarray(0, Number(limit.value)), place)
      if (of.op !== 'string') throw unsupported('str() with a length of a text of our own', place)
      return {...of, type: {kind: 'text', room}, place}
    }
    const length = limit === undefined || limit.op === 'constant' ? {} : {length: limit}
    if (of.type.kind === 'text' && of.op === 'memory') {
      const address = asPointer(checker, of)
      return {
        op: 'string',
        address,
        ...length,
        type: {kind: 'text', room: Math.min(room, of.type.room)},
        place,
      }
    }
    if (of.type.kind === 'tuple' || of.type.kind === 'record')
      throw new Mistake(`str() wants an address, not ${named(of.type)}`, place)
    const address = asPointer(checker, of)
    return {op: 'string', address, ...length, type: {kind: 'text', room}, place}
  },
  buf(checker, call) {
    arity(call, 1, 2)
    const {place} = call
    const of = checker.value(given(call, 0))
    const most = checker.world.settings.textRoom
    const own = of.type.kind === 'record' ? undefined : bytesOf(of.type)
    const wanted = call.args[1] === undefined ? undefined : asNumber(checker.value(call.args[1]))
    if (wanted === undefined && own === undefined)
      throw new Mistake('buf() of an address wants a length', place)
    const length = wanted ?? constant(BigInt(own ?? 0), s64, place)
    const room = length.op === 'constant' ? Math.max(1, Math.min(Number(length.value), most)) : most
    if (of.type.kind === 'text' && of.op !== 'memory' && of.op !== 'string')
      return {op: 'ownBuffer', of, length, type: {kind: 'buffer', room: Math.min(room, of.type.room)}, place}
    return {op: 'buffer', address: asPointer(checker, of), length, type: {kind: 'buffer', room}, place}
  },
  strncmp(checker, call) {
    arity(call, 3)
    const length = Number(literalNumber(checker, call, 2))
    return different(checker, call, length)
  },
  strcmp(checker, call) {
    arity(call, 2)
    return different(checker, call, checker.world.settings.textRoom)
  },
  strcontains(checker, call) {
    arity(call, 2)
    const [text, part] = [checker.value(given(call, 0)), checker.value(given(call, 1))]
    for (const {type, place} of [text, part])
      if (type.kind !== 'text') throw new Mistake(`expected a text, not ${named(type)}`, place)
    if (part.op !== 'literal' && !isSince(checker.world.context, [5, 17]))
      throw unsupported('strcontains() of a text that is not in the program before Linux 5.17', part.place)
    return {op: 'contains', text, part, type: bool, place: call.place}
  },
}

/** The text of `$1`, or of `$1 + 2` what is behind its first two bytes; undefined for all else. */
function parameterText(checker: Checker, of: Expression | undefined): Buffer | undefined {
  if (of?.kind === 'positional' && of.number > 0)
    return Buffer.from(checker.world.context.parameters[of.number - 1] ?? '')
  if (of?.kind !== 'binary' || of.operator !== '+' || of.right.kind !== 'number') return undefined
  return parameterText(checker, of.left)?.subarray(Number(of.right.value))
}

/** 0 if the texts are the same, up to so many bytes; 1 if not. */
function different(checker: Checker, call: Call, length: number): Value {
  const [left, right] = [checker.value(given(call, 0)), checker.value(given(call, 1))]
  for (const {type, place} of [left, right])
    if (type.kind !== 'text') throw new Mistake(`expected a text, not ${named(type)}`, place)
  return {op: 'sameText', left, right, length, differ: true, type: s64, place: call.place}
}
