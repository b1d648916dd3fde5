import {type Place, slip} from './slip.js'

/** A token of a specifier, with its place in the text. */
export type Token = Place &
  (
    | {readonly kind: 'name' | 'sign'; readonly text: string}
    | {readonly kind: 'number'; readonly text: string; readonly value: bigint; readonly suffix: string}
    | {readonly kind: 'char'; readonly text: string; readonly value: bigint}
    | {readonly kind: 'string'; readonly text: string; readonly value: string}
    | {readonly kind: 'end'; readonly text: ''}
  )

const space = /\s+/y
const name = /[A-Za-z_][A-Za-z0-9_]*|\$[A-Za-z0-9_]*/y
const number = /\.?[0-9](?:[A-Za-z0-9_.]|(?<=[eEpP])[+-])*/y
const integer = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)([uU]?[lL]{0,2}|[lL]{1,2}[uU]?)$/
const sign = /->|<<|>>|<=|>=|==|!=|&&|\|\||\.\.\.|[-+*/%<>=!&|^~?:,.()[\]]/y
const quoted = /(["'])((?:[^\\\n]|\\[^\n])*?)\1/y

/**
 * The tokens of a text from a place on, up to a `#` or `;` outside of quotes or the end of the text, where a token of kind
 * `end` stands.
 *
 * @throws UsageError with a caret for what is no token of C, and for floating-point numbers.
 */
export function lex(text: string, start = 0): Token[] {
  const tokens: Token[] = []
  let at = start
  const match = (form: RegExp): string | undefined => {
    form.lastIndex = at
    return form.exec(text)?.[0]
  }
  while (at < text.length && text[at] !== '#' && text[at] !== ';') {
    const blank = match(space)
    if (blank !== undefined) {
      at += blank.length
      continue
    }
    const token = match(name) ?? match(number) ?? match(quoted) ?? match(sign)
    if (token === undefined) throw noToken(text, at)
    tokens.push(tokenOf(text, token, at))
    at += token.length
  }
  return [...tokens, {kind: 'end', text: '', from: at, to: at}]
}

function tokenOf(text: string, token: string, from: number): Token {
  const place = {from, to: from + token.length}
  if (/^[A-Za-z_$]/.test(token)) return {kind: 'name', text: token, ...place}
  if (/^\.?[0-9]/.test(token)) return {kind: 'number', text: token, ...integerOf(text, token, from), ...place}
  if (token.startsWith('"')) {
    return {kind: 'string', text: token, value: stringOf(text, token, from), ...place}
  }
  if (token.startsWith("'")) return {kind: 'char', text: token, value: charOf(text, token, from), ...place}
  return {kind: 'sign', text: token, ...place}
}

function integerOf(text: string, token: string, from: number): {value: bigint; suffix: string} {
  const [, digits, suffix = ''] = integer.exec(token) ?? []
  const to = from + token.length
  if (digits === undefined) {
    const hint = /^(0[xX])?[0-9a-fA-F]*\.|^[0-9]+[eE]/.test(token)
      ? 'the kernel has no floating-point numbers; use integers.'
      : 'an integer is decimal, 0x hexadecimal, 0b binary or 0 octal, and may end in U, L, UL, LL or ULL.'
    throw slip(`'${token}' is not an integer`, text, {from, to}, hint)
  }
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits)
  if (value >= 2n ** 64n)
    throw slip(`${token} does not fit into 64 bits`, text, {from, to}, `the largest is ${2n ** 64n - 1n}.`)
  return {value, suffix: suffix.toLowerCase()}
}

/** A character's number, negative from 0x80 on, as `char` is signed where C was taught. */
function charOf(text: string, token: string, from: number): bigint {
  const bytes = unescape(text, token, from)
  if (bytes.length !== 1)
    throw slip(
      'a character in quotes is one byte',
      text,
      {from, to: from + token.length},
      bytes.length === 0 ? "write '\\0' for the byte 0." : 'a text is in double quotes.',
    )
  return BigInt(bytes.readInt8(0))
}

/** A text that the kernel could hold: UTF-8 without NUL. */
function stringOf(text: string, token: string, from: number): string {
  const bytes = unescape(text, token, from)
  const value = bytes.toString('utf8')
  if (Buffer.from(value, 'utf8').equals(bytes) && !value.includes('\0')) return value
  const message = value.includes('\0') ? 'a text ends at its first NUL byte' : 'a text is UTF-8'
  throw slip(message, text, {from, to: from + token.length})
}

const escapes: Record<string, number> = {
  ...{n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27},
  ...{'\\': 92, '"': 34, "'": 39, '?': 63},
}

/** The bytes between the quotes of a literal. */
function unescape(text: string, token: string, from: number): Buffer {
  const parts: Buffer[] = []
  for (const [all, escape] of token
    .slice(1, -1)
    .matchAll(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|[^])|[^\\]+/g) as Iterable<[string, string | undefined]>) {
    if (escape === undefined) parts.push(Buffer.from(all, 'utf8'))
    else parts.push(Buffer.of(escapeOf(text, token, from, escape)))
  }
  return Buffer.concat(parts)
}

function escapeOf(text: string, token: string, from: number, escape: string): number {
  const code = /^[0-7]/.test(escape)
    ? parseInt(escape, 8)
    : /^x./.test(escape)
      ? parseInt(escape.slice(1), 16)
      : escapes[escape]
  if (code === undefined || code > 255)
    throw slip(
      `\\${escape} is not an escape of C`,
      text,
      {from, to: from + token.length},
      'a backslash itself is written \\\\.',
    )
  return code
}

function noToken(text: string, at: number): Error {
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const to = at + char.length
  if (char === '"' || char === "'")
    return slip('this quote is not closed', text, {from: at, to}, `close it with ${char}.`)
  const hint = char === '@' ? 'there are no maps here.' : undefined
  return slip(`there is no place for ${JSON.stringify(char)} here`, text, {from: at, to}, hint)
}
