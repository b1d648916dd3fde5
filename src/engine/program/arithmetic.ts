import {type Bt, bt} from './bt.js'
import {common, type IntType, promoted, s32, wrap} from './ctype.js'
import type {Binary} from './expression.js'
import {
  as,
  constant,
  convert,
  exactly,
  intOf,
  type NumberValue,
  operand,
  read,
  signOf,
  truth,
  truthNumber,
} from './value.js'

/** Collects the statements an expression needs before it, and names their variables. */
export class Statements {
  readonly #list: Bt[] = []
  #count = 0

  add(statement: Bt): void {
    this.#list.push(statement)
  }

  /** A variable with a first value; bpftrace gives it the type of that value for good. */
  variable(value: Bt): Bt {
    const name = bt`$t${this.#count++}`
    this.add(bt`${name} = ${value};`)
    return name
  }

  get list(): readonly Bt[] {
    return this.#list
  }
}

/** @throws Unfit for an operation C leaves undefined, as a division by the number 0. */
export function compute(
  operator: Binary,
  left: NumberValue,
  right: NumberValue,
  statements: Statements,
): NumberValue {
  switch (operator) {
    case '&&':
    case '||':
      return logical(operator, left, right)
    case '==':
    case '!=':
    case '<':
    case '>':
    case '<=':
    case '>=':
      return compareNumbers(operator, left, right)
    case '<<':
    case '>>':
      return shift(operator, left, right, statements)
    case '/':
    case '%':
      return divide(operator, left, right, statements)
    case '+':
    case '-':
    case '*':
    case '&':
    case '|':
    case '^':
      return combine(operator, left, right)
  }
}

/** An operation that has no result; the message says why. */
export class Unfit extends Error {}

function logical(operator: '&&' | '||', left: NumberValue, right: NumberValue): NumberValue {
  if (left.constant !== undefined && right.constant !== undefined) {
    const [a, b] = [left.constant !== 0n, right.constant !== 0n]
    return constant((operator === '&&' ? a && b : a || b) ? 1n : 0n, s32)
  }
  const [a, b] = [truth(left), truth(right)]
  return truthNumber(operator === '&&' ? bt`(${a}) && (${b})` : bt`(${a}) || (${b})`, s32)
}

function compareNumbers(
  operator: '==' | '!=' | '<' | '>' | '<=' | '>=',
  left: NumberValue,
  right: NumberValue,
): NumberValue {
  const type = common(intOf(left.type), intOf(right.type))
  const [a, b] = [convert(left, type), convert(right, type)]
  if (a.constant !== undefined && b.constant !== undefined) {
    const [x, y] = [a.constant, b.constant]
    const holds = {'==': x === y, '!=': x !== y, '<': x < y, '>': x > y, '<=': x <= y, '>=': x >= y}[operator]
    return constant(holds ? 1n : 0n, s32)
  }
  const [x, y] = [as(a, signOf(type)), as(b, signOf(type))]
  const condition = {
    '==': () => bt`${x} == ${y}`,
    '!=': () => bt`${x} != ${y}`,
    '<': () => bt`${x} < ${y}`,
    '>': () => bt`${x} > ${y}`,
    '<=': () => bt`${x} <= ${y}`,
    '>=': () => bt`${x} >= ${y}`,
  }[operator]()
  return truthNumber(condition, s32)
}

function combine(
  operator: '+' | '-' | '*' | '&' | '|' | '^',
  left: NumberValue,
  right: NumberValue,
): NumberValue {
  const type = common(intOf(left.type), intOf(right.type))
  const [a, b] = [convert(left, type), convert(right, type)]
  if (a.constant !== undefined && b.constant !== undefined) {
    const [x, y] = [a.constant, b.constant]
    const result = {'+': x + y, '-': x - y, '*': x * y, '&': x & y, '|': x | y, '^': x ^ y}[operator]
    return constant(wrap(result, type), type)
  }
  const [x, y] = [as(a, signOf(type)), as(b, signOf(type))]
  const text = {
    '+': () => bt`${x} + ${y}`,
    '-': () => bt`${x} - ${y}`,
    '*': () => bt`${x} * ${y}`,
    '&': () => bt`${x} & ${y}`,
    '|': () => bt`${x} | ${y}`,
    '^': () => bt`${x} ^ ${y}`,
  }[operator]()
  const overflows = operator === '+' || operator === '-' || operator === '*'
  return result(text, type, overflows)
}

/** What an operation gave, its overflow cut off as in a register of the type. */
function result(text: Bt, type: IntType, overflows: boolean): NumberValue {
  if (overflows && type.bits < 64) return read(bt`(${text})`, type)
  return {kind: 'number', type, text, ...(signOf(type) === 'int64' && {is: 'int64' as const})}
}

/** What an operation on unsigned numbers gave. */
function unsignedResult(text: Bt, type: IntType): NumberValue {
  if (type.bits === 64) return {kind: 'number', type, text, is: 'uint64'}
  return {kind: 'number', type, text: bt`(int64)(${text})`, is: 'int64', isAtom: true}
}

/** The shift of bpftrace is that of unsigned numbers, on all versions; C and BCC keep the sign. */
function shift(
  operator: '<<' | '>>',
  left: NumberValue,
  right: NumberValue,
  statements: Statements,
): NumberValue {
  const type = promoted(intOf(left.type))
  const a = convert(left, type)
  const by = right.constant
  if (by !== undefined && (by < 0n || by >= BigInt(type.bits)))
    throw new Unfit(`a number of ${type.bits} bits cannot be shifted by ${by}`)
  if (a.constant !== undefined && by !== undefined)
    return constant(wrap(operator === '<<' ? a.constant << by : a.constant >> by, type), type)
  // As a processor does it with a count that is too large.
  const count = by === undefined ? bt`(${as(right, 'uint64')} & ${type.bits - 1})` : bt`${by}`
  if (operator === '<<') return result(bt`${as(a, signOf(type))} << ${count}`, type, true)
  if (!type.signed) return unsignedResult(bt`${as(a, 'uint64')} >> ${count}`, type)
  const value = statements.variable(exactly(a, 'int64'))
  const shifted = statements.variable(bt`(int64)((uint64)${value} >> ${count})`)
  statements.add(bt`if (${value} < 0) { ${shifted} = -1 - (int64)((uint64)(-1 - ${value}) >> ${count}); }`)
  return {kind: 'number', type, text: shifted, is: 'int64', isAtom: true}
}

/** The division of bpftrace is that of unsigned numbers, on all versions; C rounds towards 0. */
function divide(
  operator: '/' | '%',
  left: NumberValue,
  right: NumberValue,
  statements: Statements,
): NumberValue {
  const type = common(intOf(left.type), intOf(right.type))
  const [a, b] = [convert(left, type), convert(right, type)]
  if (b.constant === 0n) throw new Unfit('this divides by 0')
  if (a.constant !== undefined && b.constant !== undefined)
    return constant(wrap(operator === '/' ? a.constant / b.constant : a.constant % b.constant, type), type)
  const over = (x: Bt, y: Bt): Bt => (operator === '/' ? bt`${x} / ${y}` : bt`${x} % ${y}`)
  if (!type.signed) return unsignedResult(over(exactly(a, 'uint64'), exactly(b, 'uint64')), type)
  const [x, y] = [statements.variable(exactly(a, 'int64')), statements.variable(exactly(b, 'int64'))]
  const [up, down] = [magnitude(x, statements), magnitude(y, statements)]
  const quotient = statements.variable(bt`(int64)(${over(up, down)})`)
  const negative = operator === '/' ? bt`(${x} ^ ${y}) < 0` : bt`${x} < 0`
  statements.add(bt`if (${negative}) { ${quotient} = 0 - ${quotient}; }`)
  return {kind: 'number', type, text: quotient, is: 'int64', isAtom: true}
}

/** The absolute value of a signed variable as an unsigned one, so that that of the lowest number is right, too. */
function magnitude(value: Bt, statements: Statements): Bt {
  const absolute = statements.variable(bt`(uint64)${value}`)
  statements.add(bt`if (${value} < 0) { ${absolute} = (uint64)(0 - ${value}); }`)
  return absolute
}

/** The operators with one operand; those of memory are elsewhere. */
export function computeOne(operator: '-' | '+' | '~' | '!', of: NumberValue): NumberValue {
  if (operator === '!') {
    if (of.constant !== undefined) return constant(of.constant === 0n ? 1n : 0n, s32)
    return truthNumber(of.truth === undefined ? bt`${operand(of)} == 0` : bt`!(${of.truth})`, s32)
  }
  const type = promoted(intOf(of.type))
  const value = convert(of, type)
  if (operator === '+') return value
  // Subtracted from 0 or -1, because signs of bpftrace work on the narrow type: -(int32)2 is 4294967294.
  return combine('-', constant(operator === '-' ? 0n : -1n, type), value)
}

/** `condition ? then : otherwise`. */
export function choose(
  condition: NumberValue,
  then: NumberValue,
  otherwise: NumberValue,
  statements: Statements,
): NumberValue {
  const pointer = [then.type, otherwise.type].find((each) => each.kind === 'pointer')
  const type = pointer ?? common(intOf(then.type), intOf(otherwise.type))
  const [a, b] = [convert(then, type), convert(otherwise, type)]
  if (condition.constant !== undefined) return condition.constant !== 0n ? a : b
  const kind = signOf(type)
  // Not its own `?:`, which on 0.23 takes the wrong branch when one of them looks into a map.
  const chosen = statements.variable(exactly(b, kind))
  statements.add(bt`if (${truth(condition)}) { ${chosen} = ${exactly(a, kind)}; }`)
  return {kind: 'number', type, text: chosen, is: kind, isAtom: true}
}
