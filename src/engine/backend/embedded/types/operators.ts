import {type CType, s64, sizeOf, u64, wrap} from '../../../program/ctype.js'
import {Mistake, type Place, unsupported} from '../mistake.js'
import type {BinaryOperator, Expression} from '../syntax/ast.js'
import type {Checker} from './checker.js'
import {compare, isComparison} from './comparisons.js'
import {fold} from './fold.js'
import {addressOf, pointedAt} from './members.js'
import {asNumber, bool, constant, convert} from './numbers.js'
import {typeOf} from './typenames.js'
import {
  commonInt,
  type Int,
  isScalar,
  joined,
  literalInt,
  named,
  nameless,
  type PointerValue,
  type Space,
  type Type,
} from './type.js'
import type {ArithmeticOperator, Pointing, Value} from './tree.js'

/** A value that is true or false: any number. */
export function condition(checker: Checker, of: Expression): Value {
  const value = checker.value(of)
  if (isScalar(value.type) && value.type.kind !== 'choice') return value
  throw new Mistake(`${named(value.type)} is neither true nor false`, of.place)
}

/** A value that is a number. */
export function number(checker: Checker, of: Expression): Value {
  return asNumber(checker.value(of))
}

export function unaryValue(checker: Checker, {operator, of, place}: Expression & {kind: 'unary'}): Value {
  if (operator === '*') return pointedAt(checker, checker.value(of), place)
  if (operator === '&') return addressOf(checker.value(of), place)
  if (operator === '!') {
    const value = condition(checker, of)
    if (value.op === 'constant') return constant(value.value === 0n ? 1n : 0n, bool, place)
    return {op: 'unary', operator, of: value, type: bool, place}
  }
  const value = number(checker, of)
  if (operator === '+') return value
  const type: Int = value.type.kind === 'int' ? nameless(value.type) : u64
  if (value.op === 'constant') {
    const result = operator === '-' ? -value.value : ~value.value
    // The least number of 64 bits is written as one that has no room in them.
    const isLeast = operator === '-' && of.kind === 'number' && value.value === 1n << 63n
    return constant(result, type.literal || isLeast ? literalInt(result) : type, place)
  }
  const plain: Int = type.isBool || type.literal ? s64 : type
  const result: Value = {op: 'unary', operator, of: value, type: plain.signed ? s64 : u64, place}
  return plain.bits === 64 ? result : {op: 'convert', of: result, type: plain, place}
}

export function binaryValue(checker: Checker, of: Expression & {kind: 'binary'}): Value {
  const {operator, place} = of
  if (operator === '&&' || operator === '||') {
    const [left, right] = [condition(checker, of.left), condition(checker, of.right)]
    return {op: operator === '&&' ? 'both' : 'any', left, right, type: bool, place}
  }
  return binary(checker, operator, checker.value(of.left), checker.value(of.right), place)
}

/** An operation on two values. */
export function binary(
  checker: Checker,
  operator: Exclude<BinaryOperator, '&&' | '||'>,
  left: Value,
  right: Value,
  place: Place,
): Value {
  if (isComparison(operator)) return compare(operator, left, right, place)
  const [a, b] = [asNumber(left), asNumber(right)]
  const moved = movedPointer(checker, operator, a, b, place)
  if (moved) return moved
  const shifts = operator === '<<' || operator === '>>'
  const common = commonInt(a.type, shifts ? a.type : b.type)
  if (a.op === 'constant' && b.op === 'constant') {
    const folded = fold(operator, wrap(a.value, common), wrap(b.value, common), common)
    const both = isLiteral(a.type) && (isLiteral(b.type) || shifts)
    if (folded !== undefined) return constant(folded, both ? literalInt(wrap(folded, common)) : common, place)
  }
  if ((operator === '/' || operator === '%') && b.op === 'constant' && b.value === 0n)
    throw new Mistake('this divides by 0', place)
  return {op: 'arithmetic', operator, left: a, right: b, type: common, place}
}

function isLiteral(type: Type): boolean {
  return type.kind === 'int' && (type.literal === true || (type.signed && type.bits === 64))
}

/** A pointer plus or minus so many of what it points to. */
function movedPointer(
  checker: Checker,
  operator: ArithmeticOperator,
  left: Value,
  right: Value,
  place: Place,
): Value | undefined {
  if (operator !== '+' && operator !== '-') return undefined
  const [pointer, by] = right.type.kind === 'pointer' && operator === '+' ? [right, left] : [left, right]
  if (pointer.type.kind !== 'pointer' || by.type.kind === 'pointer') return undefined
  const size = pointedSize(checker, pointer.type)
  const factor = constant(BigInt(size), u64, place)
  const bytes = size === 1 ? by : binary(checker, '*', by, factor, place)
  return {op: 'arithmetic', operator, left: pointer, right: bytes, type: pointer.type, place}
}

/** How far a pointer moves by 1, in bytes. */
export function pointedSize(checker: Checker, {to}: PointerValue): number {
  return sizeOf(to, checker.world.types) ?? 1
}

export function choiceValue(checker: Checker, of: Expression & {kind: 'choice'}): Value {
  const chosen = condition(checker, of.condition)
  const [then, otherwise] = [checker.value(of.then), checker.value(of.otherwise)]
  const type = joined(then.type, otherwise.type)
  if (type === undefined)
    throw new Mistake(`this is either ${named(then.type)} or ${named(otherwise.type)}`, of.place)
  if (chosen.op === 'constant') return convert(chosen.value === 0n ? otherwise : then, type, of.place)
  return {op: 'choice', condition: chosen, then, otherwise, type, place: of.place}
}

export function castValue(checker: Checker, {type: name, of, place}: Expression & {kind: 'cast'}): Value {
  const type = typeOf(name, checker.world.types)
  const value = checker.value(of)
  if (type.kind === 'array') return spread(type, value, place)
  if (type.kind === 'struct' || type.kind === 'opaque') {
    if (type.kind === 'struct' && value.type.kind === 'record' && value.type.type.name === type.name)
      return value
    throw unsupported(
      `a cast to ${named({kind: 'pointer', to: type, space: 'either'}).replace(/ \*$/, '')}`,
      place,
    )
  }
  if (type.kind === 'pointer') {
    const from =
      value.type.kind === 'text' || value.type.kind === 'array' ? addressOf(value, place) : asNumber(value)
    return {
      op: 'convert',
      of: from,
      type: {kind: 'pointer', to: type.to, space: spaceOf(checker, from)},
      place,
    }
  }
  if (value.type.kind === 'array' && value.op === 'memory' && value.type.bytes === type.bits / 8) {
    const bytes = (type.bits / 8) as 1 | 2 | 4 | 8
    return {
      op: 'load',
      address: value.address,
      offset: value.offset,
      cell: {bytes, signed: type.signed},
      type,
      place,
    }
  }
  if (value.type.kind === 'array' && value.op !== 'memory' && value.type.bytes === type.bits / 8) {
    const bytes = (type.bits / 8) as 1 | 2 | 4 | 8
    return {op: 'inside', of: value, offset: 0, cell: {bytes, signed: type.signed}, type, place}
  }
  return convert(asNumber(value), type, place)
}

/** `(uint8[4])number`: its bytes; `[]` has as many elements as it takes. */
function spread({of, length}: CType & {kind: 'array'}, value: Value, place: Place): Value {
  const number = asNumber(value)
  const bytes = number.type.kind === 'int' && !number.type.literal ? number.type.bits / 8 : 8
  const one = of.kind === 'int' ? of.bits / 8 : 8
  const count = length === 0 ? bytes / one : length
  if (of.kind !== 'int' || count * one !== bytes)
    throw new Mistake(
      `a number of ${bytes} bytes cannot be cast to ${named({kind: 'array', of, length: count, bytes})}`,
      place,
    )
  return {op: 'spread', of: number, type: {kind: 'array', of, length: count, bytes}, place}
}

/** Which memory the address in a value is in, as far as the value tells. */
export function spaceOf(checker: Checker, value: Value): Space {
  if (value.type.kind === 'pointer') return value.type.space
  switch (value.op) {
    case 'convert':
      return spaceOf(checker, value.of)
    case 'context':
      return checker.probe.space
    case 'question':
      return value.question === 'task' ? 'kernel' : 'either'
    default:
      return 'either'
  }
}

/** A value as an address: a pointer, or a number that is one. */
export function asPointer(checker: Checker, value: Value): Pointing {
  if (value.type.kind === 'pointer') return value as Pointing
  if (value.op === 'memory' || value.op === 'string') return addressOf(value, value.place)
  const {place} = value
  const type = {kind: 'pointer', to: {kind: 'opaque', name: 'void'}, space: spaceOf(checker, value)} as const
  return {op: 'convert', of: asNumber(value), type, place}
}
