import {s64, u64} from '../../../program/ctype.js'
import {Mistake, type Place} from '../mistake.js'
import type {Expression} from '../syntax/ast.js'
import {nameValue} from './builtins.js'
import {callValue} from './functions.js'
import {element, member, part} from './members.js'
import {NothingAssigned, NotYetKnown, type ProgramMap} from './maps.js'
import {binaryValue, castValue, choiceValue, pointedSize, unaryValue} from './operators.js'
import {partsOf} from './parts.js'
import type {ProbeFacts} from './probe.js'
import {Scope} from './scope.js'
import {offsetOf, sizeOfExpression} from './sizes.js'
import {checkBody} from './statements.js'
import {literalInt, named, type Type} from './type.js'
import type {Action, Changed, Value} from './tree.js'
import type {World} from './world.js'

/** Finds out the types in a clause, as it runs for one probe, and writes down what its names mean. */
export class Checker {
  readonly world: World
  readonly probe: ProbeFacts
  readonly scope: Scope
  /** Whether the code depends on the very probe, so that others of the clause cannot share it. */
  isOwn = false
  /** What names of macros stand for while one is written out. */
  substitutes: ReadonlyMap<string, Expression> = new Map()
  /** How many macros are being written out. */
  macroDepth = 0
  /** How many loops are around. */
  loops = 0
  /** How many rounds of the ranges around the verifier follows one by one. */
  rounds = 1
  /** What this round could not know: an error if no other round does. */
  readonly notYetKnown: NotYetKnown[] = []

  constructor(world: World, probe: ProbeFacts, scope: Scope) {
    this.world = world
    this.probe = probe
    this.scope = scope
  }

  value(of: Expression): Value {
    const {place} = of
    switch (of.kind) {
      case 'number':
        return {op: 'constant', value: of.value, type: literalInt(of.value), place}
      case 'boolean':
        return {op: 'constant', value: of.value ? 1n : 0n, type: {...u64, bits: 8, isBool: true}, place}
      case 'text':
        return this.literal(of.value, place)
      case 'name':
        return nameValue(this, of.name, place)
      case 'variable': {
        const given = this.substitutes.get(`$${of.name}`)
        if (given) return this.outside(() => this.value(given))
        const variable = this.scope.find(of.name)
        if (variable === undefined) throw new NotYetKnown(`nothing was assigned to $${of.name} before`, place)
        return {op: 'variable', variable, type: variable.type, place}
      }
      case 'map':
        return this.#mapValue(of)
      case 'positional':
        return this.#parameter(of.number, place)
      case 'call':
        return callValue(this, of)
      case 'unary':
        return unaryValue(this, of)
      case 'step':
        return this.#step(of)
      case 'binary':
        return binaryValue(this, of)
      case 'choice':
        return choiceValue(this, of)
      case 'cast':
        return castValue(this, of)
      case 'member':
        return member(this, of)
      case 'part':
        return part(this, of)
      case 'index':
        return element(this, of)
      case 'tuple': {
        const parts = of.parts.map((each) => this.value(each))
        return {op: 'tuple', parts, type: {kind: 'tuple', parts: parts.map(({type}) => type)}, place}
      }
      case 'sizeof':
        return {op: 'constant', value: BigInt(sizeOfExpression(this, of)), type: u64, place}
      case 'offsetof':
        return {op: 'constant', value: BigInt(offsetOf(this, of)), type: u64, place}
      case 'block':
        return this.scope.within(() => {
          const body = checkBody(this, of.body)
          const value = this.value(of.value)
          return {op: 'sequence', body, value, type: value.type, place}
        })
    }
  }

  /** A text of the program. */
  literal(bytes: Buffer, place: Place): Value {
    const end = bytes.indexOf(0)
    const kept = end < 0 ? bytes : bytes.subarray(0, end)
    return {op: 'literal', bytes: kept, type: {kind: 'text', room: kept.length + 1}, place}
  }

  /** The map an expression names, through the parameters of macros. */
  map(name: string): ProgramMap {
    const given = this.substitutes.get(name)
    if (given?.kind === 'map') return this.outside(() => this.map(given.name))
    return this.world.maps.named(name)
  }

  /** The values of a key; `[(a, b)]` is `[a, b]`. Their types are made known to the map. */
  key(map: ProgramMap, key: readonly Expression[] | undefined, place: Place): Value[] {
    const [only, ...more] = (key ?? []).map((each) => this.value(each))
    let parts = only === undefined ? [] : [only, ...more]
    if (only?.type.kind === 'tuple' && more.length === 0) parts = partsOf(only)
    for (const {type, place: at} of parts)
      if (type.kind === 'record' || type.kind === 'array')
        throw new Mistake(`${named(type)} cannot be a key`, at)
    this.world.maps.key(
      map,
      parts.map(({type}) => type),
      place,
    )
    return parts
  }

  /** What ++ and compound assignments change. */
  changed(of: Expression): Changed & {readonly type: Type} {
    if (of.kind === 'variable') {
      const value = this.value(of)
      if (value.op === 'variable') return {kind: 'variable', variable: value.variable, type: value.type}
    }
    if (of.kind === 'map') {
      const map = this.map(of.name)
      const key = this.key(map, of.key, of.place)
      if (map.use === undefined) this.world.maps.value(map, s64, of.place)
      if (map.use?.kind !== 'value')
        throw new Mistake(`${map.name} is used for ${map.use?.kind ?? ''}()`, of.place)
      return {kind: 'map', map, key, type: map.value ?? s64}
    }
    throw new Mistake('only variables ($name) and maps (@name) can be changed', of.place)
  }

  /** What can be known in this round, or undefined. */
  attempt<T>(ask: () => T): T | undefined {
    try {
      return ask()
    } catch (error) {
      if (!(error instanceof NotYetKnown)) throw error
      this.notYetKnown.push(error)
      return undefined
    }
  }

  /** Runs with the names that hold outside of the macro that is being written out. */
  outside<T>(run: () => T): T {
    const kept = this.substitutes
    this.substitutes = new Map()
    try {
      return run()
    } finally {
      this.substitutes = kept
    }
  }

  body(statements: Parameters<typeof checkBody>[1]): Action[] {
    return checkBody(this, statements)
  }

  #mapValue(of: Expression & {kind: 'map'}): Value {
    const {place} = of
    const map = this.map(of.name)
    const key = this.key(map, of.key, place)
    if (map.use === undefined) throw new NothingAssigned(map, place)
    if (map.use.kind === 'hist' || map.use.kind === 'lhist')
      throw new Mistake(`${map.name} is a histogram, whose counts only print() shows`, place)
    if (map.use.kind === 'value' && map.value === undefined) throw new NothingAssigned(map, place)
    const signed = 'signed' in map.use && map.use.signed
    return {op: 'map', map, key, type: map.value ?? (signed ? s64 : u64), place}
  }

  #step(of: Expression & {kind: 'step'}): Value {
    const target = this.changed(of.of)
    const {type} = target
    if (type.kind !== 'int' && type.kind !== 'pointer')
      throw new Mistake(`${named(type)} cannot be counted`, of.place)
    const size = type.kind === 'pointer' ? pointedSize(this, type) : 1
    return {op: 'step', target, by: BigInt(of.by * size), before: of.before, type, place: of.place}
  }

  /** `$1`: a number where it can be one, 0 where it is missing. `str($1)` asks for the text. */
  #parameter(number: number, place: Place): Value {
    const {parameters} = this.world.context
    if (number === 0) return {op: 'constant', value: BigInt(parameters.length), type: literalInt(0n), place}
    const given = parameters[number - 1] ?? '0'
    if (!/^-?(0[xX][\da-fA-F]+|\d+)$/.test(given))
      throw new Mistake(
        `$${number} is ${JSON.stringify(given)}, which is no number`,
        place,
        `write str($${number})`,
      )
    const value = given.startsWith('-') ? -BigInt(given.slice(1)) : BigInt(given)
    if (value >= 1n << 64n || value < -(1n << 63n))
      throw new Mistake(`$${number} is ${given}, which does not fit into 64 bits`, place)
    return {op: 'constant', value, type: literalInt(value), place}
  }
}
