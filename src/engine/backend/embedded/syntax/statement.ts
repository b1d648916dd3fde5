import {Mistake, type Place} from '../mistake.js'
import type {ChangeOperator, Expression, Statement, Target} from './ast.js'
import {ExpressionParser} from './expression.js'
import type {Reader} from './reader.js'
import {parseTypeName} from './typename.js'

const changes: readonly string[] = ['<<=', '>>=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=']

/** How deep blocks may be nested. */
const deepest = 100

/** Reads statements and the expressions in them. */
export class StatementParser {
  readonly expressions: ExpressionParser
  readonly #reader: Reader
  #depth = 0

  constructor(reader: Reader) {
    this.#reader = reader
    this.expressions = new ExpressionParser(reader, () => this.valueBlock())
  }

  /** `{ ... }` */
  block(): Statement[] {
    const {body, value} = this.valueBlock()
    if (value === undefined) return [...body]
    return [...body, {kind: 'expression', of: value, place: value.place}]
  }

  /** `{ ... }`; a last expression without a semicolon is its value. */
  valueBlock(): {body: Statement[]; value?: Expression} {
    const reader = this.#reader
    if (++this.#depth > deepest) throw new Mistake('blocks are nested too deep', reader.token)
    reader.expectSign('{')
    const body: Statement[] = []
    let value: Expression | undefined
    while (!reader.isSign('}')) {
      if (reader.takeSign(';')) continue
      const statement = this.#statement()
      const ended = reader.takeSign(';')
      if (!ended && reader.isSign('}') && statement.kind === 'expression') value = statement.of
      else body.push(statement)
      if (!ended && !reader.isSign('}') && !endsByItself(statement)) throw reader.unexpected('a semicolon')
    }
    reader.next()
    this.#depth--
    return value === undefined ? {body} : {body, value}
  }

  #statement(): Statement {
    const reader = this.#reader
    const start = reader.token
    if (reader.isSign('{')) return {kind: 'block', body: this.block(), place: this.#since(start)}
    if (start.kind === 'word') {
      switch (start.text) {
        case 'if':
          return this.#if()
        case 'while': {
          reader.next()
          const condition = this.expressions.parse()
          return {kind: 'while', condition, body: this.block(), place: this.#since(start)}
        }
        case 'unroll': {
          reader.next()
          const times = this.expressions.parse()
          return {kind: 'unroll', times, body: this.block(), place: this.#since(start)}
        }
        case 'for':
          return this.#for()
        case 'let':
          return this.#let()
        case 'return': {
          reader.next()
          const value = reader.isSign(';', '}') ? {} : {value: this.expressions.parse()}
          return {kind: 'return', ...value, place: this.#since(start)}
        }
        case 'break':
        case 'continue':
          reader.next()
          return {kind: start.text, place: this.#since(start)}
      }
    }
    return this.#simple()
  }

  #simple(): Statement {
    const reader = this.#reader
    const of = this.expressions.parse()
    const {token} = reader
    if (token.kind !== 'sign') return {kind: 'expression', of, place: of.place}
    const plain = token.text === '='
    if (!plain && !changes.includes(token.text)) return {kind: 'expression', of, place: of.place}
    const discards = plain && of.kind === 'name' && of.name === '_'
    const target = discards ? undefined : targetOf(of)
    reader.next()
    const value = this.expressions.parse()
    // `_ = f();` says that the value of f() is of no account.
    if (target === undefined) return {kind: 'expression', of: value, place: value.place}
    const place = this.#since(of.place)
    if (plain) return {kind: 'assignment', target, value, place}
    return {kind: 'assignment', target, operator: token.text.slice(0, -1) as ChangeOperator, value, place}
  }

  #if(): Statement {
    const reader = this.#reader
    const start = reader.next()
    const condition = this.expressions.parse()
    const then = this.block()
    let otherwise: Statement[] = []
    if (reader.takeWord('else')) otherwise = reader.isWord('if') ? [this.#if()] : this.block()
    return {kind: 'if', condition, then, otherwise, place: this.#since(start)}
  }

  #for(): Statement {
    const reader = this.#reader
    const start = reader.next()
    const parentheses = reader.takeSign('(')
    const {token} = reader
    if (token.kind !== 'variable') throw reader.unexpected('a variable')
    reader.next()
    reader.expectSign(':')
    const first = this.expressions.parse()
    let over: Extract<Statement, {kind: 'for'}>['over']
    if (reader.takeSign('..')) over = {kind: 'range', from: first, to: this.expressions.parse()}
    else over = targetOf(first)
    if (parentheses) reader.expectSign(')')
    return {kind: 'for', variable: token.text, over, body: this.block(), place: this.#since(start)}
  }

  #let(): Statement {
    const reader = this.#reader
    const start = reader.next()
    const {token} = reader
    if (token.kind !== 'variable') throw reader.unexpected('a variable')
    reader.next()
    const type = reader.takeSign(':') ? {type: parseTypeName(reader)} : {}
    const value = reader.takeSign('=') ? {value: this.expressions.parse()} : {}
    return {kind: 'let', name: token.text, ...type, ...value, place: this.#since(start)}
  }

  #since(place: Place): Place {
    return this.#reader.since(place)
  }
}

/** Whether a statement needs no semicolon. */
function endsByItself({kind}: Statement): boolean {
  return ['if', 'while', 'unroll', 'for', 'block'].includes(kind)
}

function targetOf(of: Expression): Target {
  if (of.kind === 'variable' || of.kind === 'map') return of
  throw new Mistake('only variables ($name) and maps (@name) can be assigned to', of.place)
}
