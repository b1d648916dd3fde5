import {Mistake, type Place} from '../mistake.js'

export type Token = Place &
  (
    | {readonly kind: 'number'; readonly value: bigint}
    | {readonly kind: 'text'; readonly value: Buffer}
    | {readonly kind: 'word'; readonly text: string}
    /** `$name`, without the dollar. */
    | {readonly kind: 'variable'; readonly text: string}
    | {readonly kind: 'positional'; readonly number: number}
    /** `@name`, with the `@`. */
    | {readonly kind: 'map'; readonly text: string}
    | {readonly kind: 'sign'; readonly text: string}
    | {readonly kind: 'end'}
  )

/** The longest first, so that `<<=` is not read as `<<`. */
const signs = (
  '<<= >>= ... && || << >> <= >= == != += -= *= /= %= &= |= ^= ++ -- -> .. :: ' +
  '+ - * / % & | ^ ~ ! < > = ( ) { } [ ] , ; : ? . #'
).split(' ')

const space = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*/y
const word = /[A-Za-z_]\w*/y
const map = /@[A-Za-z_0-9]*/y
const variable = /\$([A-Za-z_]\w*)/y
const positional = /\$(\d+|#)/y
const number = /0[xX][\da-fA-F_]+|0[bB][01_]+|\d[\d_]*(?:[eE]\d+)?/y
/** What makes nanoseconds of a number; the sizes of C's integers after it mean nothing here. */
const durations: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
}
const suffix = /^(?:[uU]?[lL]{0,2}|[lL]{1,2}[uU])$/

const escapes: Readonly<Record<string, string>> = {n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\', '0': '\0'}

/** Reads tokens from the text of a program one by one, wherever the parser stands. */
export class Lexer {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** Behind spaces and comments. */
  skip(at: number): number {
    space.lastIndex = at
    const found = space.exec(this.text)?.[0].length ?? 0
    if (this.text.startsWith('/*', at + found))
      throw new Mistake('this comment has no end', {from: at + found, to: at + found + 2})
    return at + found
  }

  /** The token that begins at or after a place. */
  token(before: number): Token {
    const from = this.skip(before)
    const first = this.text[from]
    if (first === undefined) return {kind: 'end', from, to: from}
    if (first === '"') return this.#string(from)
    if (/\d/.test(first)) return this.#number(from)
    const match = (pattern: RegExp): RegExpExecArray | null => {
      pattern.lastIndex = from
      return pattern.exec(this.text)
    }
    const name = match(word)?.[0]
    if (name !== undefined) return {kind: 'word', text: name, from, to: from + name.length}
    const scratch = match(variable)
    if (scratch) return {kind: 'variable', text: scratch[1] ?? '', from, to: from + scratch[0].length}
    const parameter = match(positional)
    if (parameter) {
      const which = parameter[1] === '#' ? 0 : Number(parameter[1])
      if (which === 0 && parameter[1] !== '#')
        throw new Mistake('parameters are counted from $1', {from, to: from + parameter[0].length})
      return {kind: 'positional', number: which, from, to: from + parameter[0].length}
    }
    const named = match(map)?.[0]
    if (named !== undefined) return {kind: 'map', text: named, from, to: from + named.length}
    const sign = signs.find((each) => this.text.startsWith(each, from))
    if (sign !== undefined) return {kind: 'sign', text: sign, from, to: from + sign.length}
    const character = String.fromCodePoint(this.text.codePointAt(from) ?? 0)
    throw new Mistake(`${JSON.stringify(character)} means nothing here`, {from, to: from + character.length})
  }

  #number(from: number): Token {
    number.lastIndex = from
    const digits = number.exec(this.text)?.[0] ?? ''
    word.lastIndex = from + digits.length
    const after = word.exec(this.text)?.[0] ?? ''
    const place = {from, to: from + digits.length + after.length}
    const plain = digits.replaceAll('_', '')
    const [mantissa = '', exponent] = /^0[xX]/.test(plain) ? [plain] : plain.split(/[eE]/)
    const octal = /^0\d+$/.test(mantissa)
    if (mantissa === '' || /^0[xXbB]$/.test(mantissa) || (octal && /[89]/.test(mantissa)))
      throw new Mistake(`${digits} is no number`, place)
    const whole = BigInt(octal ? `0o${mantissa.slice(1)}` : mantissa)
    if (exponent !== undefined && Number(exponent) > 19)
      throw new Mistake(`${digits} does not fit into 64 bits`, place)
    const value = whole * 10n ** BigInt(exponent ?? 0) * (durations[after] ?? 1n)
    if (durations[after] === undefined && !suffix.test(after))
      throw new Mistake(`${JSON.stringify(after)} after a number means nothing`, place)
    if (value >= 1n << 64n) throw new Mistake(`${digits}${after} does not fit into 64 bits`, place)
    return {kind: 'number', value, ...place}
  }

  #string(from: number): Token {
    const parts: Buffer[] = []
    for (let at = from + 1; ;) {
      const next = this.text.slice(at).search(/["\\\n]/)
      const stop = next < 0 ? this.text.length : at + next
      parts.push(Buffer.from(this.text.slice(at, stop)))
      if (this.text[stop] === '"') return {kind: 'text', value: Buffer.concat(parts), from, to: stop + 1}
      if (this.text[stop] !== '\\') throw new Mistake('this text has no closing quote', {from, to: stop})
      const [escape, byte] = this.#escape(stop)
      parts.push(byte)
      at = stop + escape
    }
  }

  /** How long an escape is, and the byte it stands for. */
  #escape(at: number): [number, Buffer] {
    const rest = this.text.slice(at + 1, at + 4)
    const octal = /^[0-7]{1,3}/.exec(rest)?.[0]
    if (octal !== undefined) return [1 + octal.length, Buffer.from([parseInt(octal, 8) & 0xff])]
    const hex = /^x([\da-fA-F]{1,2})/.exec(rest)?.[1]
    if (hex !== undefined) return [2 + hex.length, Buffer.from([parseInt(hex, 16)])]
    const known = escapes[rest[0] ?? '']
    if (known !== undefined) return [2, Buffer.from(known, 'latin1')]
    throw new Mistake(
      `\\${rest[0] ?? ''} is no escape of bpftrace`,
      {from: at, to: at + 2},
      'write \\\\ for a backslash',
    )
  }
}
