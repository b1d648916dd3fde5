import {BugError} from '../errors.js'

/**
 * A piece of bpftrace program text. Only `bt` and `lit` make one, so a value that comes from a user
 * cannot become program text: it enters as a number or as an escaped string literal.
 */
export class Bt {
  readonly #text: string

  private constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }

  /** Whether there is nothing in it, as when a hole's condition was false. */
  get isEmpty(): boolean {
    return this.#text.trim() === ''
  }

  /** @internal The only door; `bt.ts` keeps the key. */
  static make(key: symbol, text: string): Bt {
    if (key !== makeKey) throw new BugError('program text is made with bt`...` and lit() only')
    return new Bt(text)
  }
}

const makeKey = Symbol('bt')
const make = (text: string): Bt => Bt.make(makeKey, text)

/** Where the processor is, by its name for that register. */
export const instructionPointer = make(process.arch === 'arm64' ? 'reg("pc")' : 'reg("ip")')

/** What a hole of `bt` takes. `false` and `undefined` leave the hole empty, so that a part can be optional. */
export type Hole = Bt | number | bigint | false | undefined | readonly (Bt | false | undefined)[]

/**
 * Program text. Holes take integers, other pieces, lists of pieces (one per line) and `false`.
 * A piece of several lines keeps the indentation of its hole; lines left empty by a hole vanish.
 *
 * @throws BugError for a hole of another kind, such as a plain string.
 */
export function bt(strings: TemplateStringsArray, ...holes: readonly Hole[]): Bt {
  let text = ''
  strings.raw.forEach((part, index) => {
    text += part
    if (index < holes.length) text += indentAs(text, render(holes[index]))
  })
  return make(dedent(text))
}

/**
 * A bpftrace string literal with the bytes of `text`. Everything outside printable ASCII is written as
 * three octal digits: bpftrace has no `\u`, and a `\x` escape would swallow hex digits that follow it.
 *
 * @throws BugError if the text holds a NUL, which would end the literal early.
 */
export function lit(text: string): Bt {
  if (text.includes('\0')) throw new BugError('a bpftrace string literal cannot hold a NUL byte')
  let body = ''
  for (const byte of Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(byte)
    if (char === '"' || char === '\\') body += `\\${char}`
    else if (byte >= 0x20 && byte <= 0x7e) body += char
    else body += `\\${byte.toString(8).padStart(3, '0')}`
  }
  return make(`"${body}"`)
}

/**
 * A name as one word of the program, for names that were looked up on this machine, such as a field of a structure.
 *
 * @throws BugError for anything but one C identifier.
 */
export function word(name: string): Bt {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new BugError(`'${name}' is not one word of a program`)
  return make(name)
}

/** Joins conditions with `&&`, each in parentheses when there are several; empty when there is none. */
export function all(conditions: readonly (Bt | false | undefined)[]): Bt {
  return joinConditions(conditions, ' && ')
}

/** Joins conditions with `||`, each in parentheses when there are several; empty when there is none. */
export function any(conditions: readonly (Bt | false | undefined)[]): Bt {
  return joinConditions(conditions, ' || ')
}

/** Joins expressions with commas: the inside of a tuple or an argument list. */
export function list(parts: readonly Bt[]): Bt {
  return make(parts.map(String).join(', '))
}

/** What `lit` makes. */
const literal = /"(?:[^"\\]|\\.)*"/g

function joinConditions(conditions: readonly (Bt | false | undefined)[], operator: string): Bt {
  const parts = conditions.filter((part): part is Bt => part instanceof Bt && !part.isEmpty).map(String)
  const isJoined = (part: string): boolean => /&&|\|\|/.test(part.replace(literal, ''))
  const wrap = (part: string): string => (parts.length > 1 && isJoined(part) ? `(${part})` : part)
  return make(parts.map(wrap).join(operator))
}

function render(hole: Hole): string {
  if (hole === false || hole === undefined) return ''
  if (hole instanceof Bt) return hole.toString()
  if (typeof hole === 'bigint') return hole.toString()
  if (typeof hole === 'number') {
    if (!Number.isSafeInteger(hole)) throw new BugError(`${hole} is not an integer a program can hold`)
    return hole.toString()
  }
  if (Array.isArray(hole)) return (hole as readonly Hole[]).map(render).filter(Boolean).join('\n')
  throw new BugError(`a hole of bt takes integers, lit() and bt pieces, not ${typeof hole}`)
}

/** Indents the later lines of `piece` as the line it is put on. */
function indentAs(before: string, piece: string): string {
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const indent = /^\s*/.exec(line)?.[0] ?? ''
  return piece.replaceAll('\n', `\n${indent}`)
}

function dedent(text: string): string {
  if (!text.includes('\n')) return text
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const indents = lines.slice(text.startsWith('\n') ? 0 : 1).map((line) => /^\s*/.exec(line)?.[0].length ?? 0)
  const least = Math.min(...indents)
  return lines
    .map((line) => (/^\s/.test(line) ? line.slice(Math.min(least, line.length)) : line))
    .join('\n')
    .trimEnd()
}
