import {lex, type Token} from './lexer.js'
import {type Place, slip} from './slip.js'

/** A walk over the tokens of a text. */
export class Cursor {
  readonly text: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string, start = 0) {
    this.text = text
    this.#tokens = lex(text, start)
  }

  get token(): Token {
    return this.peek()
  }

  /** A later token; the last one is of kind `end`. */
  peek(ahead = 0): Token {
    const token = this.#tokens[this.#at + ahead] ?? this.#tokens.at(-1)
    if (token === undefined) throw new Error('a list of tokens has an end')
    return token
  }

  /** Where the last token that was taken ends. */
  get taken(): number {
    return this.#tokens[this.#at - 1]?.to ?? this.token.from
  }

  /** Whether the token is this sign or word. */
  is(text: string): boolean {
    return (this.token.kind === 'sign' || this.token.kind === 'name') && this.token.text === text
  }

  next(): Token {
    const token = this.token
    if (token.kind !== 'end') this.#at++
    return token
  }

  /** Takes the token if it is this sign or word. */
  take(text: string): boolean {
    if (!this.is(text)) return false
    this.next()
    return true
  }

  /** Takes this sign. @throws UsageError that says what is there instead, and where */
  expect(sign: string, why: string, hint?: string): Token {
    if (this.is(sign)) return this.next()
    throw this.unexpected(`'${sign}' ${why}`, hint)
  }

  /** The error that the token is not what was expected. */
  unexpected(expected: string, hint?: string): Error {
    const {kind, text, from, to} = this.token
    const found = kind === 'end' ? 'the end' : kind === 'string' ? 'a text' : `'${text}'`
    return this.error(`expected ${expected}, found ${found}`, {from, to}, hint)
  }

  /** An error with a caret under a place. */
  error(message: string, place: Place, hint?: string): Error {
    return slip(message, this.text, place, hint)
  }
}
