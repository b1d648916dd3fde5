import {Mistake, type Place} from '../mistake.js'
import {Lexer, type Token} from './lexer.js'

/** A place in the text of a program, and what comes next. */
export class Reader {
  readonly #lexer: Lexer
  #token: Token
  #last: Place = {from: 0, to: 0}

  constructor(text: string, at = 0) {
    this.#lexer = new Lexer(text)
    this.#token = this.#lexer.token(at)
  }

  /** The next token. */
  get token(): Token {
    return this.#token
  }

  /** The token before. */
  get last(): Place {
    return this.#last
  }

  get text(): string {
    return this.#lexer.text
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.#token
    this.#last = token
    this.#token = this.#lexer.token(token.to)
    return token
  }

  /** Goes on at a place, which may be one before. */
  seek(at: number): void {
    this.#token = this.#lexer.token(at)
  }

  /** The token after the next. */
  peek(): Token {
    return this.#lexer.token(this.#token.to)
  }

  isSign(...signs: readonly string[]): boolean {
    return this.#token.kind === 'sign' && signs.includes(this.#token.text)
  }

  isWord(...words: readonly string[]): boolean {
    return this.#token.kind === 'word' && words.includes(this.#token.text)
  }

  /** Takes a sign if it comes next. */
  takeSign(...signs: readonly string[]): boolean {
    const is = this.isSign(...signs)
    if (is) this.next()
    return is
  }

  /** Takes a word if it comes next. */
  takeWord(...words: readonly string[]): boolean {
    const is = this.isWord(...words)
    if (is) this.next()
    return is
  }

  expectSign(sign: string): Token {
    if (!this.isSign(sign)) throw this.unexpected(sign)
    return this.next()
  }

  expectWord(what: string): Token & {kind: 'word'} {
    const token = this.#token
    if (token.kind !== 'word') throw this.unexpected(what)
    this.next()
    return token
  }

  unexpected(wanted: string): Mistake {
    const {from, to} = this.#token
    if (this.#token.kind !== 'end')
      return new Mistake(`expected ${wanted}, not ${this.text.slice(from, to)}`, this.#token)
    return new Mistake(`expected ${wanted}, but the program ends here`, {from, to: from + 1})
  }

  /** From a place to the end of the last token. */
  since({from}: Place): Place {
    return {from, to: Math.max(from, this.#last.to)}
  }
}
