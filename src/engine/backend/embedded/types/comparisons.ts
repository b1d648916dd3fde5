import {wrap} from '../../../program/ctype.js'
import {Mistake, type Place, unsupported} from '../mistake.js'
import type {BinaryOperator} from '../syntax/ast.js'
import {asNumber, bool, constant} from './numbers.js'
import {partsOf} from './parts.js'
import {commonInt, named} from './type.js'
import type {Comparison, Value} from './tree.js'

export function isComparison(operator: BinaryOperator): operator is Comparison {
  return ['==', '!=', '<', '<=', '>', '>='].includes(operator)
}

/** Values of several parts, which are the same if all of them are. */
const isWhole = ({type}: Value): boolean => ['tuple', 'array', 'buffer'].includes(type.kind)

function compareWholes(operator: Comparison, left: Value, right: Value, place: Place): Value {
  const [a, b] = [left.type, right.type]
  if (operator !== '==' && operator !== '!=')
    throw new Mistake(`${named(a)} cannot be compared with ${operator}`, place)
  const differ = operator === '!='
  if (a.kind === 'tuple' && b.kind === 'tuple' && a.parts.length === b.parts.length) {
    const others = partsOf(right)
    const none: Value = constant(differ ? 0n : 1n, bool, place)
    return partsOf(left)
      .map((part, index) => compare(operator, part, others[index] ?? part, place))
      .reduce(
        (all, each): Value => ({op: differ ? 'any' : 'both', left: all, right: each, type: bool, place}),
        none,
      )
  }
  const bytes =
    a.kind === 'array' && b.kind === 'array' && a.bytes === b.bytes && named(a) === named(b)
      ? a.bytes
      : a.kind === 'buffer' && b.kind === 'buffer'
        ? 4 + Math.min(a.room, b.room)
        : undefined
  if (bytes === undefined) throw new Mistake(`${named(a)} cannot be compared with ${named(b)}`, place)
  return {op: 'sameBytes', left, right, bytes, differ, type: bool, place}
}

/** The text that a value always is: one in the program, or the name of the probe. */
function knownText(value: Value): string | undefined {
  if (value.op === 'literal') return value.bytes.toString('latin1')
  if (value.op === 'constant' && value.type.kind === 'choice') return value.type.texts[Number(value.value)]
  return undefined
}

/** A comparison of two values. */
export function compare(operator: Comparison, left: Value, right: Value, place: Place): Value {
  const [a, b] = [knownText(left), knownText(right)]
  if (a !== undefined && b !== undefined && (operator === '==' || operator === '!='))
    return constant((a === b) === (operator === '==') ? 1n : 0n, bool, place)
  if ([left, right].some(({type}) => type.kind === 'stack'))
    throw unsupported('a comparison of stacks', place)
  const texts = [left.type, right.type].filter(({kind}) => kind === 'text')
  if (texts.length === 2) {
    if (operator !== '==' && operator !== '!=') throw unsupported('the order of texts', place)
    const rooms = [left, right].map(({type}) => (type.kind === 'text' ? type.room : 0))
    return {
      op: 'sameText',
      left,
      right,
      length: Math.max(...rooms),
      differ: operator === '!=',
      type: bool,
      place,
    }
  }
  if (isWhole(left) || isWhole(right)) return compareWholes(operator, left, right, place)
  if (texts.length === 1)
    throw new Mistake(`${named(left.type)} cannot be compared with ${named(right.type)}`, place)
  const [one, other] = [asNumber(left), asNumber(right)]
  const common = commonInt(one.type, other.type)
  if (one.op === 'constant' && other.op === 'constant')
    return constant(
      holds(operator, wrap(one.value, common), wrap(other.value, common)) ? 1n : 0n,
      bool,
      place,
    )
  return {op: 'compare', operator, left: one, right: other, signed: common.signed, type: bool, place}
}

function holds(operator: Comparison, a: bigint, b: bigint): boolean {
  switch (operator) {
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
  }
}
