import {Mistake, type Place, unsupported} from '../mistake.js'
import type {Clause, Enumeration, Expression, Macro, MapDeclaration, Program, Setting} from './ast.js'
import {parseEnumeration} from './enumeration.js'
import {preprocess} from './preprocess.js'
import {parseProbes} from './probes.js'
import {Reader} from './reader.js'
import {StatementParser} from './statement.js'
import {StructureParser} from './structure.js'

/** Reads the text of a whole program. @throws Mistake with the place of what is not understood */
export function parse(source: string): Program {
  const {text, defines} = preprocess(source)
  const parser = new ProgramParser(text)
  for (const [name, {value, from}] of defines) parser.define(name, value, from)
  return parser.parse()
}

class ProgramParser {
  readonly #reader: Reader
  readonly #statements: StatementParser
  readonly #clauses: Clause[] = []
  readonly #structures: StructureParser
  readonly #enumerations: Enumeration[] = []
  readonly #constants = new Map<string, Expression>()
  readonly #settings: Setting[] = []
  readonly #macros = new Map<string, Macro>()
  readonly #maps: MapDeclaration[] = []

  constructor(text: string) {
    this.#reader = new Reader(text)
    this.#statements = new StatementParser(this.#reader)
    this.#structures = new StructureParser(this.#reader, this.#statements.expressions)
  }

  parse(): Program {
    const reader = this.#reader
    while (reader.token.kind !== 'end') if (!reader.takeSign(';')) this.#item()
    for (const enumeration of this.#structures.enumerations) this.#addEnumeration(enumeration)
    return {
      clauses: this.#clauses,
      structures: this.#structures.structures,
      enumerations: this.#enumerations,
      constants: this.#constants,
      settings: this.#settings,
      macros: this.#macros,
      maps: this.#maps,
    }
  }

  /** A `#define`; one whose text is no expression is known, but an error where it is used. */
  define(name: string, value: string, from: number): void {
    try {
      const reader = new Reader(' '.repeat(from) + value)
      const expression = new StatementParser(reader).expressions.parse()
      if (reader.token.kind === 'end') this.#constants.set(name, expression)
    } catch (error) {
      if (!(error instanceof Mistake)) throw error
    }
  }

  #item(): void {
    const reader = this.#reader
    const {token} = reader
    const next = token.kind === 'word' ? reader.peek() : undefined
    const named = next?.kind === 'word'
    if (reader.isWord('struct', 'union') && named) this.#structures.parse()
    else if (reader.isWord('enum'))
      this.#addEnumeration(parseEnumeration(reader, this.#statements.expressions))
    else if (reader.isWord('config') && next?.kind === 'sign' && next.text === '=') this.#config()
    else if (reader.isWord('macro') && named) this.#macro()
    else if (reader.isWord('let') && next?.kind === 'map') this.#map()
    else if (reader.isWord('fn', 'subprog') && named)
      throw unsupported('a function of the program (fn)', token)
    else if (reader.isWord('import')) throw unsupported('import', token)
    else if (reader.isWord('typedef')) throw unsupported('typedef', token)
    else this.#clause()
  }

  #addEnumeration(enumeration: Enumeration): void {
    this.#enumerations.push(enumeration)
    for (const [name, value] of enumeration.constants) this.#constants.set(name, value)
  }

  #clause(): void {
    const reader = this.#reader
    const start = reader.token
    const {probes, end} = parseProbes(reader.text, start.from)
    reader.seek(end)
    const predicate = reader.takeSign('/') ? this.#statements.expressions.predicate() : undefined
    if (predicate !== undefined) reader.expectSign('/')
    const body = this.#statements.block()
    const place = reader.since(start)
    this.#clauses.push({probes, ...(predicate && {predicate}), body, place})
  }

  #config(): void {
    const reader = this.#reader
    reader.next()
    reader.expectSign('=')
    reader.expectSign('{')
    while (!reader.takeSign('}')) {
      const start = reader.token
      const {text: name} = reader.expectWord('the name of a setting')
      reader.expectSign('=')
      const value = reader.next()
      if (value.kind === 'number')
        this.#settings.push({name, value: Number(value.value), place: reader.since(start)})
      else if (value.kind === 'word')
        this.#settings.push({name, value: value.text, place: reader.since(start)})
      else if (value.kind === 'text')
        this.#settings.push({name, value: value.value.toString(), place: reader.since(start)})
      else throw new Mistake('expected the value of a setting', value)
      if (!reader.takeSign(';') && !reader.isSign('}')) throw reader.unexpected('a semicolon')
    }
  }

  #macro(): void {
    const reader = this.#reader
    const start = reader.next()
    const {text: name} = reader.expectWord('the name of a macro')
    reader.expectSign('(')
    const parameters: Macro['parameters'][number][] = []
    while (!reader.isSign(')')) {
      const token = reader.next()
      if (token.kind === 'variable') parameters.push({sort: '$', name: token.text})
      else if (token.kind === 'map') parameters.push({sort: '@', name: token.text})
      else if (token.kind === 'word') parameters.push({sort: '', name: token.text})
      else throw new Mistake('expected the name of a parameter', token)
      if (!reader.takeSign(',')) break
    }
    reader.expectSign(')')
    const block = this.#statements.valueBlock()
    const place: Place = reader.since(start)
    this.#macros.set(name, {name, parameters, ...block, place})
  }

  #map(): void {
    const reader = this.#reader
    const start = reader.next()
    const map = reader.next()
    reader.expectSign('=')
    const {text: type} = reader.expectWord('a type of map')
    reader.expectSign('(')
    const entries = reader.next()
    if (entries.kind !== 'number') throw new Mistake('expected how many keys', entries)
    reader.expectSign(')')
    const name = map.kind === 'map' ? map.text : ''
    this.#maps.push({name, type, entries: Number(entries.value), place: reader.since(start)})
  }
}
