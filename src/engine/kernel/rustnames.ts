/**
 * Names of Rust as they are written in the source. Its older compilers mangle them as C++ does, with a hash at the end and
 * escapes for what C++ does not know; newer ones in a way of their own, "v0" (RFC 2603, and the compiler's documentation).
 */

/** A name in the way of v0, without the hashes of crates; undefined if it is none. */
export function demangleRust(mangled: string): string | undefined {
  // What follows a dot was added by the linker or LLVM: `.llvm.1234`.
  const [, text = ''] = /^_?_R([A-Z][^.$]*)/.exec(mangled) ?? []
  if (text === '') return undefined
  try {
    return new Reader(text).symbol()
  } catch (error) {
    if (error instanceof NoName) return undefined
    throw error
  }
}

/** What the demangler of C++ makes of an older name: `<alloc::vec::Vec<T> as core::ops::Drop>::drop`. */
export function unescapeRust(name: string): string {
  if (!/::h[0-9a-f]{16}$/.test(name)) return name
  return name
    .replace(/::h[0-9a-f]{16}$/, '')
    .replaceAll(/(?<=^|::)_(?=\$)/g, '')
    .replaceAll(/\$([A-Za-z0-9]+)\$/g, (whole, code: string) => escapes[code] ?? unicode(code) ?? whole)
    .replaceAll('..', '::')
}

const escapes: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
}

function unicode(code: string): string | undefined {
  const [, digits] = /^u([0-9a-f]+)$/.exec(code) ?? []
  return digits === undefined ? undefined : String.fromCodePoint(parseInt(digits, 16))
}

class NoName extends Error {}

/** Names that refer back to parts of themselves could grow without end. */
const deepest = 200
const longest = 4096

const basicTypes: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  v: '...',
  x: 'i64',
  y: 'u64',
  z: '!',
}

/** Reads a name from its beginning to its end; each method reads one production of the grammar and says what it means. */
class Reader {
  readonly #text: string
  #at = 0
  #depth = 0
  /** Lifetimes that `for<'a>` has named around what is read. */
  #lifetimes = 0

  constructor(text: string) {
    this.#text = text
  }

  /** The path, and after it the crate that needed this copy, which nobody wants to read. */
  symbol(): string {
    const name = this.#path(true)
    if (this.#at < this.#text.length) this.#path(true)
    if (this.#at < this.#text.length) throw new NoName()
    return name
  }

  /** @param value whether it names a value, whose generic arguments come after `::` */
  #path(value: boolean): string {
    return this.#nested(() => {
      const kind = this.#next()
      switch (kind) {
        case 'C':
          return this.#identifier().name
        case 'M':
          this.#implementation()
          return `<${this.#type()}>`
        case 'X':
          this.#implementation()
          return `<${this.#type()} as ${this.#path(false)}>`
        case 'Y':
          return `<${this.#type()} as ${this.#path(false)}>`
        case 'N': {
          const space = this.#next()
          const within = this.#path(value)
          const {name, number} = this.#identifier()
          if (!/[A-Z]/.test(space)) return name === '' ? within : `${within}::${name}`
          const what = {C: 'closure', S: 'shim'}[space] ?? space
          return `${within}::{${what}${name === '' ? '' : `:${name}`}#${number}}`
        }
        case 'I': {
          const generic = this.#path(value)
          return `${generic}${value ? '::' : ''}<${this.#until(() => this.#argument()).join(', ')}>`
        }
        case 'B':
          return this.#back(() => this.#path(value))
        default:
          throw new NoName()
      }
    })
  }

  /** Where an implementation stands is no part of its name. */
  #implementation(): void {
    this.#disambiguator()
    this.#path(false)
  }

  #argument(): string {
    if (this.#take('L')) return this.#lifetime(this.#number62())
    return this.#take('K') ? this.#constant() : this.#type()
  }

  #type(): string {
    return this.#nested(() => {
      const kind = this.#next()
      const basic = basicTypes[kind]
      if (basic !== undefined) return basic
      switch (kind) {
        case 'A':
          return `[${this.#type()}; ${this.#constant()}]`
        case 'S':
          return `[${this.#type()}]`
        case 'T': {
          const types = this.#until(() => this.#type())
          return types.length === 1 ? `(${types[0]},)` : `(${types.join(', ')})`
        }
        case 'R':
        case 'Q': {
          const lifetime = this.#take('L') ? this.#number62() : 0
          const named = lifetime === 0 ? '' : `${this.#lifetime(lifetime)} `
          return `&${named}${kind === 'Q' ? 'mut ' : ''}${this.#type()}`
        }
        case 'P':
          return `*const ${this.#type()}`
        case 'O':
          return `*mut ${this.#type()}`
        case 'F':
          return this.#bound((binder) => binder + this.#signature())
        case 'D': {
          const traits = this.#bound((binder) => binder + this.#until(() => this.#trait()).join(' + '))
          if (!this.#take('L')) throw new NoName()
          const lifetime = this.#number62()
          return `dyn ${traits}${lifetime === 0 ? '' : ` + ${this.#lifetime(lifetime)}`}`
        }
        case 'B':
          return this.#back(() => this.#type())
        default:
          this.#at--
          return this.#path(false)
      }
    })
  }

  #signature(): string {
    const unsafe = this.#take('U') ? 'unsafe ' : ''
    const abi = !this.#take('K') ? '' : this.#take('C') ? 'C' : this.#plain().replaceAll('_', '-')
    const parameters = this.#until(() => this.#type()).join(', ')
    const result = this.#type()
    const extern = abi === '' ? '' : `extern "${abi}" `
    return `${unsafe}${extern}fn(${parameters})${result === '()' ? '' : ` -> ${result}`}`
  }

  #trait(): string {
    const trait = this.#path(false)
    const bindings: string[] = []
    while (this.#take('p')) bindings.push(`${this.#plain()} = ${this.#type()}`)
    if (bindings.length === 0) return trait
    return trait.endsWith('>')
      ? `${trait.slice(0, -1)}, ${bindings.join(', ')}>`
      : `${trait}<${bindings.join(', ')}>`
  }

  /** Numbers, booleans and characters; there are names with whole structures, which no released compiler makes. */
  #constant(): string {
    return this.#nested(() => {
      if (this.#take('B')) return this.#back(() => this.#constant())
      const kind = this.#next()
      if (kind === 'p') return '_'
      const [, minus = '', digits = ''] = this.#match(/(n?)([0-9a-f]*)_/y)
      const value = BigInt(`0x${digits === '' ? '0' : digits}`)
      if (kind === 'b') return value === 0n ? 'false' : 'true'
      if (kind === 'c') return `'${String.fromCodePoint(Number(value))}'`
      if (!/[ahijlmnostxy]/.test(kind)) throw new NoName()
      return `${minus === '' ? '' : '-'}${value}`
    })
  }

  /** `G` says how many lifetimes the following binds. */
  #bound(read: (binder: string) => string): string {
    const count = this.#take('G') ? this.#number62() + 1 : 0
    if (count > deepest) throw new NoName()
    this.#lifetimes += count
    const names = Array.from({length: count}, (_, at) => this.#lifetime(count - at))
    const text = read(count === 0 ? '' : `for<${names.join(', ')}> `)
    this.#lifetimes -= count
    return text
  }

  /** @param index 0 for an erased one, else counted from the innermost binder outwards */
  #lifetime(index: number): string {
    if (index === 0) return "'_"
    const depth = this.#lifetimes - index
    if (depth < 0) throw new NoName()
    return depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`
  }

  #identifier(): {name: string; number: number} {
    const number = this.#disambiguator()
    return {name: this.#plain(), number}
  }

  #disambiguator(): number {
    return this.#take('s') ? this.#number62() + 1 : 0
  }

  /** A word; one with letters beyond ASCII is shown as it is encoded (RFC 3492). */
  #plain(): string {
    const encoded = this.#take('u')
    const [, length = ''] = this.#match(/(0|[1-9]\d*)_?/y)
    const from = this.#at
    this.#at += Number(length)
    if (this.#at > this.#text.length) throw new NoName()
    const name = this.#text.slice(from, this.#at)
    return encoded ? `punycode{${name.replace(/_(?=[^_]*$)/, '-')}}` : name
  }

  /** Digits, small and large letters: `_` is 0, `0_` is 1. */
  #number62(): number {
    const [, digits = ''] = this.#match(/([0-9a-zA-Z]*)_/y)
    if (digits === '') return 0
    const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
    let value = 0
    for (const digit of digits) value = value * 62 + alphabet.indexOf(digit)
    return value + 1
  }

  /** What stands at an earlier place. */
  #back(read: () => string): string {
    const here = this.#at - 1
    const to = this.#number62()
    if (to >= here) throw new NoName()
    const after = this.#at
    this.#at = to
    const text = read()
    this.#at = after
    return text
  }

  #until(read: () => string): string[] {
    const all: string[] = []
    while (!this.#take('E')) all.push(read())
    return all
  }

  #nested(read: () => string): string {
    if (++this.#depth > deepest) throw new NoName()
    const text = read()
    this.#depth--
    if (text.length > longest) throw new NoName()
    return text
  }

  #match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found === null) throw new NoName()
    this.#at = pattern.lastIndex
    return found
  }

  #take(letter: string): boolean {
    if (this.#text[this.#at] !== letter) return false
    this.#at++
    return true
  }

  #next(): string {
    const letter = this.#text[this.#at++]
    if (letter === undefined) throw new NoName()
    return letter
  }
}
