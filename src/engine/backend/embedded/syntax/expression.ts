import {Mistake, type Place} from '../mistake.js'
import type {BinaryOperator, Expression, Statement} from './ast.js'
import type {Reader} from './reader.js'
import {isCast, isTypeWord, parseTypeName} from './typename.js'

/** From the loosest to the tightest, as in C. */
const levels: readonly (readonly BinaryOperator[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
]

/** How deep parentheses and operators may be nested. */
const deepest = 200

/** Reads `{ ... }` as a block with a value; the parser of statements gives it. */
export type ParseBlock = (reader: Reader) => {body: readonly Statement[]; value?: Expression}

/** Reads expressions. */
export class ExpressionParser {
  readonly #reader: Reader
  readonly #block: ParseBlock
  #depth = 0
  /** Whether a slash with a brace behind it ends the expression, as that of a predicate does. */
  #inPredicate = false

  constructor(reader: Reader, block: ParseBlock) {
    this.#reader = reader
    this.#block = block
  }

  parse(): Expression {
    if (++this.#depth > deepest)
      throw new Mistake('this is nested too deep', this.#reader.token, 'use a variable for a part of it')
    try {
      return this.#choice()
    } finally {
      this.#depth--
    }
  }

  /** The expression between the slashes of a predicate, of which the first is taken. */
  predicate(): Expression {
    this.#inPredicate = true
    const condition = this.parse()
    this.#inPredicate = false
    return condition
  }

  /** Expressions with commas between them, up to a closing sign, which is taken. */
  list(close: string): Expression[] {
    const list: Expression[] = []
    const predicate = this.#inPredicate
    this.#inPredicate = false
    while (!this.#reader.isSign(close)) {
      list.push(this.parse())
      if (!this.#reader.takeSign(',')) break
    }
    this.#reader.expectSign(close)
    this.#inPredicate = predicate
    return list
  }

  #choice(): Expression {
    const condition = this.#binary(0)
    if (!this.#reader.takeSign('?')) return condition
    const then = this.parse()
    this.#reader.expectSign(':')
    const otherwise = this.parse()
    return {kind: 'choice', condition, then, otherwise, place: this.#since(condition.place)}
  }

  #binary(level: number): Expression {
    const operators = levels[level]
    if (operators === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const {token} = this.#reader
      if (token.kind !== 'sign' || this.#endsPredicate()) return left
      const operator = operators.find((each) => each === token.text)
      if (operator === undefined) return left
      this.#reader.next()
      const right = this.#binary(level + 1)
      left = {kind: 'binary', operator, left, right, place: this.#since(left.place)}
    }
  }

  #endsPredicate(): boolean {
    if (!this.#inPredicate || !this.#reader.isSign('/')) return false
    const next = this.#reader.peek()
    return next.kind === 'sign' && next.text === '{'
  }

  #unary(): Expression {
    const reader = this.#reader
    const start = reader.token
    if (++this.#depth > deepest) throw new Mistake('this is nested too deep', start)
    try {
      for (const operator of ['-', '!', '~', '*', '&', '+'] as const)
        if (reader.takeSign(operator)) {
          const of = this.#unary()
          return {kind: 'unary', operator, of, place: this.#since(start)}
        }
      for (const [sign, by] of [
        ['++', 1],
        ['--', -1],
      ] as const)
        if (reader.takeSign(sign)) {
          const of = this.#unary()
          return {kind: 'step', by, before: false, of, place: this.#since(start)}
        }
      if (isCast(reader)) {
        reader.next()
        const type = parseTypeName(reader)
        reader.expectSign(')')
        const of = this.#unary()
        return {kind: 'cast', type, of, place: this.#since(start)}
      }
      return this.#postfix(this.#primary())
    } finally {
      this.#depth--
    }
  }

  #postfix(first: Expression): Expression {
    const reader = this.#reader
    let of = first
    for (;;) {
      if (reader.takeSign('->')) {
        of = {
          kind: 'member',
          of,
          name: reader.expectWord('the name of a member').text,
          place: this.#since(first.place),
        }
      } else if (reader.isSign('.')) {
        of = this.#dot(of)
      } else if (reader.takeSign('[')) {
        const [index, ...more] = this.list(']')
        if (index === undefined || more.length > 0) throw new Mistake('expected one index', reader.last)
        of = {kind: 'index', of, index, place: this.#since(first.place)}
      } else if (reader.isSign('++', '--')) {
        const by = reader.isSign('++') ? 1 : -1
        reader.next()
        of = {kind: 'step', by, before: true, of, place: this.#since(first.place)}
      } else return of
    }
  }

  /** `.name`, `.0`; the lexer takes `.1.0` as it is, digit by digit. */
  #dot(of: Expression): Expression {
    const reader = this.#reader
    reader.next()
    const {token} = reader
    if (token.kind === 'number') {
      reader.next()
      return {kind: 'part', of, index: Number(token.value), place: this.#since(of.place)}
    }
    return {
      kind: 'member',
      of,
      name: reader.expectWord('the name of a member').text,
      place: this.#since(of.place),
    }
  }

  #primary(): Expression {
    const reader = this.#reader
    const {token} = reader
    switch (token.kind) {
      case 'number':
        reader.next()
        return {kind: 'number', value: token.value, place: token}
      case 'text': {
        // Texts side by side are one, as in C.
        const parts: Buffer[] = []
        for (let each = reader.token; each.kind === 'text'; each = reader.token) {
          parts.push(each.value)
          reader.next()
        }
        return {kind: 'text', value: Buffer.concat(parts), place: this.#since(token)}
      }
      case 'variable':
        reader.next()
        return {kind: 'variable', name: token.text, place: token}
      case 'positional':
        reader.next()
        return {kind: 'positional', number: token.number, place: token}
      case 'map':
        reader.next()
        return {
          kind: 'map',
          name: token.text,
          key: reader.takeSign('[') ? this.list(']') : undefined,
          place: this.#since(token),
        }
      case 'word':
        return this.#word(token.text, token)
      case 'sign':
        if (token.text === '(') return this.#parentheses(token)
        if (token.text === '{') {
          const {body, value} = this.#block(reader)
          if (value === undefined) throw new Mistake('this block has no value', this.#since(token))
          return {kind: 'block', body, value, place: this.#since(token)}
        }
        break
      case 'end':
    }
    throw reader.unexpected('a value')
  }

  #parentheses(start: Place): Expression {
    this.#reader.next()
    const parts = this.list(')')
    const trailing = /,\s*\)$/.test(this.#reader.text.slice(start.from, this.#reader.last.to))
    const [only] = parts
    if (only !== undefined && parts.length === 1 && !trailing) return {...only, place: this.#since(start)}
    return {kind: 'tuple', parts, place: this.#since(start)}
  }

  #word(name: string, start: Place): Expression {
    const reader = this.#reader
    reader.next()
    if (name === 'true' || name === 'false')
      return {kind: 'boolean', value: name === 'true', place: this.#since(start)}
    if (!reader.isSign('(')) return {kind: 'name', name, place: this.#since(start)}
    reader.next()
    if (name === 'sizeof' || name === 'offsetof') {
      const {token} = reader
      const isType = token.kind === 'word' && isTypeWord(token.text)
      const of = isType ? parseTypeName(reader) : this.parse()
      if (name === 'sizeof') {
        reader.expectSign(')')
        return {kind: 'sizeof', of, place: this.#since(start)}
      }
      reader.expectSign(',')
      const members = [reader.expectWord('the name of a member').text]
      while (reader.takeSign('.')) members.push(reader.expectWord('the name of a member').text)
      reader.expectSign(')')
      return {kind: 'offsetof', of, members, place: this.#since(start)}
    }
    return {kind: 'call', name, args: this.list(')'), place: this.#since(start)}
  }

  #since(place: Place): Place {
    return this.#reader.since(place)
  }
}
