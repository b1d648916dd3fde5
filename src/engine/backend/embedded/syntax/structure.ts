import {Mistake, unsupported} from '../mistake.js'
import type {Enumeration, Member, Structure, TypeName} from './ast.js'
import {parseEnumeration} from './enumeration.js'
import type {ExpressionParser} from './expression.js'
import type {Reader} from './reader.js'
import {parseLengths, parseTypeName} from './typename.js'

/** `struct name` and what it is, or `struct {`, behind the first word; attributes may come between. */
const description = /^\s*(?:__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)\s*)*\w*\s*\{/

/** Reads what a program describes by itself. */
export class StructureParser {
  /** Those that are described in others come before these. */
  readonly structures: Structure[] = []
  /** Those of members. */
  readonly enumerations: Enumeration[] = []
  readonly #reader: Reader
  readonly #expressions: ExpressionParser

  constructor(reader: Reader, expressions: ExpressionParser) {
    this.#reader = reader
    this.#expressions = expressions
  }

  /** `struct name { ... };`, of which the words `struct name` come next; `struct name;` says nothing. */
  parse(): void {
    const reader = this.#reader
    const isNamed = /^\s*\w+\s*;/.test(reader.text.slice(reader.token.to))
    if (isNamed) parseTypeName(reader)
    else this.#body()
    reader.takeSign(';')
  }

  /** `struct name { ... }` or, in another structure, `struct { ... }`; gives the type. */
  #body(): TypeName {
    const reader = this.#reader
    const start = reader.next()
    const tag = reader.text.slice(start.from, start.to)
    let isPacked = takePacked(reader)
    // Nothing that a program can write.
    const name = reader.isSign('{') ? `at ${start.from}` : reader.expectWord('the name of a structure').text
    reader.expectSign('{')
    const members: Member[] = []
    while (!reader.takeSign('}')) members.push(...this.#members())
    isPacked = takePacked(reader) || isPacked
    const place = reader.since(start)
    this.structures.push({name: `${tag} ${name}`, isUnion: tag === 'union', isPacked, members, place})
    return {words: [tag, name], pointers: 0, lengths: [], place}
  }

  /** `enum name { ... }` or `enum { ... }` of a member; gives the type. */
  #enumeration(): TypeName {
    const start = this.#reader.token
    const {name = `enum at ${start.from}`, constants} = parseEnumeration(this.#reader, this.#expressions)
    this.enumerations.push({name, constants})
    return {words: [name], pointers: 0, lengths: [], place: this.#reader.since(start)}
  }

  /** `unsigned char a, *b, c[4];`, and structures within, with a name and without. */
  #members(): Member[] {
    const reader = this.#reader
    refuseAttribute(reader)
    const isDescribed =
      reader.isWord('struct', 'union', 'enum') && description.test(reader.text.slice(reader.token.to))
    const isEnumeration = reader.isWord('enum')
    const type = !isDescribed ? parseTypeName(reader) : isEnumeration ? this.#enumeration() : this.#body()
    if (reader.takeSign(';')) {
      // The members of one without a name are those of the structure around; all else declares no member.
      const isUnnamed = isDescribed && !isEnumeration && type.words[1]?.startsWith('at ')
      return isUnnamed ? [{name: '', type, lengths: []}] : []
    }
    const members: Member[] = []
    let {pointers} = type
    do {
      while (reader.takeSign('*')) pointers++
      if (reader.isSign('(')) members.push(this.#functionPointer())
      else {
        const name = reader.isSign(':') ? '' : reader.expectWord('the name of a member').text
        const lengths = parseLengths(reader, () => this.#expressions.parse())
        const bits = reader.takeSign(':') ? this.#expressions.parse() : undefined
        members.push({name, type: {...type, pointers}, lengths, ...(bits && {bits})})
      }
      refuseAttribute(reader)
      pointers = 0
    } while (reader.takeSign(','))
    reader.expectSign(';')
    return members
  }

  /** `(*name)(int, char *)`, what comes behind the type that the function returns. */
  #functionPointer(): Member {
    const reader = this.#reader
    const start = reader.token
    reader.expectSign('(')
    reader.expectSign('*')
    const {text: name} = reader.expectWord('the name of a member')
    const lengths = parseLengths(reader, () => this.#expressions.parse())
    reader.expectSign(')')
    if (reader.isSign('[')) throw unsupported('a pointer to an array', reader.since(start))
    reader.expectSign('(')
    for (let open = 1; open > 0;) {
      const token = reader.next()
      if (token.kind === 'end') throw new Mistake('expected a closing parenthesis', token)
      if (token.kind === 'sign') open += token.text === '(' ? 1 : token.text === ')' ? -1 : 0
    }
    return {name, type: {words: ['void'], pointers: 1, lengths: [], place: reader.since(start)}, lengths}
  }
}

/** Whether `__attribute__((packed))` came next. */
function takePacked(reader: Reader): boolean {
  let isPacked = false
  while (reader.isWord('__attribute__')) {
    const start = reader.next()
    reader.expectSign('(')
    reader.expectSign('(')
    const {text} = reader.expectWord('the name of an attribute')
    if (!['packed', '__packed__'].includes(text) || !reader.isSign(')'))
      throw unsupported('an attribute of a structure that is not packed alone', reader.since(start))
    reader.expectSign(')')
    reader.expectSign(')')
    isPacked = true
  }
  return isPacked
}

function refuseAttribute(reader: Reader): void {
  if (reader.isWord('__attribute__')) throw unsupported('an attribute of a member', reader.token)
}
