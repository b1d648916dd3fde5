import {type CType, type IntType, type KernelTypes, s32, s64, u32, u64} from './ctype.js'
import type {Cursor} from './cursor.js'
import type {Place} from './slip.js'
import {beginsType, parseMeasuredType, parseType} from './typename.js'

/** An expression as it was written; what its names mean is not looked at yet. */
export type Expression = Place &
  (
    | {readonly kind: 'number'; readonly value: bigint; readonly type: IntType}
    | {readonly kind: 'text'; readonly value: string}
    | {readonly kind: 'name'; readonly name: string}
    | {readonly kind: 'entry'; readonly name: string; readonly nameAt: Place}
    | {
        readonly kind: 'compare'
        readonly how: 'STRCMP' | 'STRPREFIX'
        readonly text: string
        readonly of: Expression
      }
    | {
        readonly kind: 'member'
        readonly of: Expression
        readonly field: string
        readonly arrow: boolean
        readonly fieldAt: Place
      }
    | {readonly kind: 'index'; readonly of: Expression; readonly index: Expression}
    | {readonly kind: 'unary'; readonly operator: Unary; readonly of: Expression}
    | {readonly kind: 'cast'; readonly type: CType; readonly of: Expression}
    | {
        readonly kind: 'binary'
        readonly operator: Binary
        readonly left: Expression
        readonly right: Expression
      }
    | {
        readonly kind: 'choice'
        readonly condition: Expression
        readonly then: Expression
        readonly otherwise: Expression
      }
    | {readonly kind: 'sizeof'; readonly of: CType | Expression}
  )

const unary = ['-', '+', '!', '~', '*', '&'] as const
export type Unary = (typeof unary)[number]

/** Loosest first, as in C. */
const levels = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
] as const
export type Binary = (typeof levels)[number][number]

/** How deep parentheses and operators may nest: far more than anybody writes, far less than our own stack. */
const deepest = 100

export interface Names {
  readonly types: KernelTypes | undefined
  /** Whether a name is a variable; then it is no type. */
  readonly isVariable: (name: string) => boolean
}

/** Takes one expression of C, up to a comma or colon that is not part of it. */
export function parseExpression(cursor: Cursor, names: Names): Expression {
  return new Parser(cursor, names).expression()
}

class Parser {
  readonly #cursor: Cursor
  readonly #names: Names
  #depth = 0

  constructor(cursor: Cursor, names: Names) {
    this.#cursor = cursor
    this.#names = names
  }

  expression(): Expression {
    if (++this.#depth > deepest) throw this.#cursor.error('this is nested too deep', this.#cursor.token)
    const condition = this.#binary(0)
    let whole = condition
    if (this.#cursor.take('?')) {
      const then = this.expression()
      this.#cursor.expect(':', "between the two values of '?'")
      const otherwise = this.expression()
      whole = {kind: 'choice', condition, then, otherwise, from: condition.from, to: otherwise.to}
    }
    this.#depth--
    return whole
  }

  #binary(level: number): Expression {
    const operators: readonly Binary[] | undefined = levels[level]
    if (operators === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (let count = 0; ; count++) {
      const operator = operators.find((sign) => this.#cursor.is(sign))
      if (operator === undefined) return left
      if (count >= deepest) throw this.#cursor.error('this is too long', this.#cursor.token)
      this.#cursor.next()
      const right = this.#binary(level + 1)
      left = {kind: 'binary', operator, left, right, from: left.from, to: right.to}
    }
  }

  #unary(): Expression {
    const cursor = this.#cursor
    const {from} = cursor.token
    if (++this.#depth > deepest) throw cursor.error('this is nested too deep', cursor.token)
    let result: Expression
    const operator = unary.find((sign) => cursor.is(sign))
    if (operator !== undefined) {
      cursor.next()
      const of = this.#unary()
      result = {kind: 'unary', operator, of, from, to: of.to}
    } else if (cursor.is('sizeof')) {
      result = this.#sizeof()
    } else if (cursor.is('(') && this.#isCast()) {
      cursor.next()
      const type = parseType(cursor, this.#names.types)
      cursor.expect(')', 'after the type of a cast')
      const of = this.#unary()
      result = {kind: 'cast', type, of, from, to: of.to}
    } else result = this.#postfix()
    this.#depth--
    return result
  }

  /** Whether a parenthesis opens a cast; an unknown name is a type where only a cast makes sense. */
  #isCast(): boolean {
    const cursor = this.#cursor
    if (this.#beginsType(1)) return true
    const name = cursor.peek(1)
    if (name.kind !== 'name' || name.text.startsWith('$') || this.#names.isVariable(name.text)) return false
    let ahead = 2
    while (cursor.peek(ahead).text === '*' && cursor.peek(ahead).kind === 'sign') ahead++
    const after = cursor.peek(ahead + 1)
    return cursor.peek(ahead).text === ')' && ['name', 'number', 'char', 'string'].includes(after.kind)
  }

  #beginsType(ahead: number): boolean {
    return beginsType(this.#cursor, ahead, this.#names.types, this.#names.isVariable)
  }

  #sizeof(): Expression {
    const cursor = this.#cursor
    const {from} = cursor.next()
    if (cursor.is('(') && this.#beginsType(1)) {
      cursor.next()
      const of = parseMeasuredType(cursor, this.#names.types)
      const {to} = cursor.expect(')', 'after the type of sizeof')
      return {kind: 'sizeof', of, from, to}
    }
    const of = this.#unary()
    return {kind: 'sizeof', of, from, to: of.to}
  }

  #postfix(): Expression {
    const cursor = this.#cursor
    let of = this.#primary()
    for (let count = 0; ; count++) {
      if (count >= deepest) throw cursor.error('this is too long', cursor.token)
      const {from} = of
      if (cursor.is('->') || cursor.is('.')) {
        const arrow = cursor.next().text === '->'
        const {kind, text, from: fieldFrom, to} = cursor.token
        if (kind !== 'name' || text.startsWith('$')) throw cursor.unexpected('the name of a field')
        cursor.next()
        of = {kind: 'member', of, field: text, arrow, fieldAt: {from: fieldFrom, to}, from, to}
      } else if (cursor.take('[')) {
        const index = this.expression()
        const {to} = cursor.expect(']', 'after an index')
        of = {kind: 'index', of, index, from, to}
      } else return of
    }
  }

  #primary(): Expression {
    const cursor = this.#cursor
    const {token} = cursor
    const {from, to} = token
    switch (token.kind) {
      case 'number':
        cursor.next()
        return {kind: 'number', value: token.value, type: literalType(token), from, to}
      case 'char':
        cursor.next()
        return {kind: 'number', value: token.value, type: s32, from, to}
      case 'string':
        cursor.next()
        return {kind: 'text', value: token.value, from, to}
      case 'name':
        return this.#name()
      case 'sign':
        if (token.text === '(') {
          cursor.next()
          const inner = this.expression()
          const close = cursor.expect(')', 'to close the parenthesis')
          return {...inner, from, to: close.to}
        }
        break
      case 'end':
        break
    }
    throw cursor.unexpected('an expression', 'such as a parameter, $retval or a number.')
  }

  #name(): Expression {
    const cursor = this.#cursor
    const {from, to, text} = cursor.next()
    if (text === '$entry') {
      cursor.expect('(', 'after $entry', '$entry(x) is the value that the parameter x had at the beginning.')
      const {kind, text: name, ...nameAt} = cursor.token
      if (kind !== 'name' || name.startsWith('$'))
        throw cursor.unexpected('the name of a parameter', '$entry(x) takes a parameter of the signature.')
      cursor.next()
      const close = cursor.expect(')', 'after the parameter of $entry')
      return {kind: 'entry', name, nameAt, from, to: close.to}
    }
    if (text === 'STRCMP' || text === 'STRPREFIX') {
      cursor.expect('(', `after ${text}`, comparison(text))
      const literal = cursor.token
      if (literal.kind !== 'string') throw cursor.unexpected('a text in double quotes', comparison(text))
      cursor.next()
      cursor.expect(',', `after the text of ${text}`, comparison(text))
      const of = this.expression()
      const close = cursor.expect(')', `to end ${text}`, comparison(text))
      return {kind: 'compare', how: text, text: literal.value, of, from, to: close.to}
    }
    if (cursor.is('('))
      throw cursor.error(`${text} is not a function here`, {from, to}, 'there are STRCMP and STRPREFIX.')
    return {kind: 'name', name: text, from, to}
  }
}

const comparison = (name: string): string => `write ${name}("text", expression).`

/** The type of a literal in C: the first one of int, long and their unsigned kinds that can hold it. */
function literalType({text, value, suffix}: {text: string; value: bigint; suffix: string}): IntType {
  const isLong = suffix.includes('l')
  const isUnsigned = suffix.includes('u')
  const isDecimal = /^[1-9]/.test(text)
  const candidates = [
    ...(isLong || isUnsigned ? [] : [s32]),
    ...(isLong || (isDecimal && !isUnsigned) ? [] : [u32]),
    ...(isUnsigned ? [] : [s64]),
    u64,
  ]
  return candidates.find((type) => value < 2n ** BigInt(type.bits - (type.signed ? 1 : 0))) ?? u64
}
