import {choose, compute, computeOne, Statements, Unfit} from './arithmetic.js'
import {type Bt, bt, lit} from './bt.js'
import {type IntType, type KernelTypes, type PointerType, s32, sizeOf, typeName, u64} from './ctype.js'
import type {Expression} from './expression.js'
import {Memory, Unreadable} from './memory.js'
import {type Place, slip} from './slip.js'
import {constant, convert, type NumberValue, truthNumber, type Value} from './value.js'

/** What the names of an expression mean. */
export interface Scope {
  /** The text the expression is part of, for messages. */
  readonly source: string
  readonly types: KernelTypes | undefined
  /** Whose memory a pointer points to that does not say it, and whether bpftrace takes that for granted here. */
  readonly memory: 'user' | 'kernel'
  /** @throws UsageError if there is no such variable */
  readonly variable: (name: string, at: Place) => Value
  /** The value a parameter had at the entry of the function. @throws UsageError if there is none */
  readonly entry: (name: string, at: Place) => Value
  /** A field of the tracepoint. @throws UsageError if there is none */
  readonly argument: (field: string, at: Place) => Value
}

/**
 * Turns expressions of C into bpftrace text that gives the same values on every version. What has to happen before is in
 * `statements`, which go before the first use.
 */
export class Translator {
  readonly statements = new Statements()
  readonly #scope: Scope
  readonly #memory: Memory
  #longestText = 0

  constructor(scope: Scope) {
    this.#scope = scope
    this.#memory = new Memory(scope)
  }

  /** Bytes that bpftrace must hold for a text, so that each comparison sees enough of it. */
  get textRoom(): number {
    return this.#longestText
  }

  /** A condition. */
  condition(expression: Expression): NumberValue {
    return this.#number(expression)
  }

  /** An integer of a type, as C assigns it. */
  integer(expression: Expression, type: IntType | PointerType): NumberValue {
    return convert(this.#number(expression), type)
  }

  /** A text of at most `limit` bytes and one or two more, which tell that it was cut. */
  text(expression: Expression, limit: number): Bt {
    // Up to 0.17 str() reads as many bytes as it is told; later ones count the NUL.
    return this.#text(expression, limit + 2)
  }

  #value(of: Expression): Value {
    switch (of.kind) {
      case 'number':
        return constant(of.value, of.type)
      case 'text':
        throw this.#error('a text is no value here', of, 'compare with STRCMP("text", expression).')
      case 'name':
        return this.#scope.variable(of.name, of)
      case 'entry':
        return this.#scope.entry(of.name, of.nameAt)
      case 'compare':
        return this.#compare(of)
      case 'member':
        return this.#member(of)
      case 'index':
        return this.#index(of)
      case 'unary':
        return this.#unary(of)
      case 'cast':
        return this.#cast(of)
      case 'binary':
        return this.#binary(of)
      case 'choice':
        return this.#fitting(of, () =>
          choose(
            this.#number(of.condition),
            this.#number(of.then),
            this.#number(of.otherwise),
            this.statements,
          ),
        )
      case 'sizeof':
        return this.#sizeof(of)
    }
  }

  /** A value as a number; an array is the address of its first element. */
  #number(of: Expression): NumberValue {
    const value = this.#value(of)
    if (value.kind === 'number') return value
    const isArray = value.kind === 'text' || value.type.kind === 'array'
    if (isArray && value.address !== undefined) return value.address
    if (value.kind === 'text') throw this.#error('this is a text, not a number', of, textHint)
    const what = value.type.kind === 'struct' ? 'a structure' : 'an array'
    throw this.#error(`this is ${what} (${typeName(value.type)}), not a number`, of, 'name one of its parts.')
  }

  #text(of: Expression, room: number): Bt {
    const value = this.#value(of)
    if (value.kind === 'text') return value.text
    const pointer = this.#number(of)
    this.#longestText = Math.max(this.#longestText, room + 1)
    return bt`str(${this.#memory.pointer(pointer)}, ${room})`
  }

  #compare({how, text, of}: Extract<Expression, {kind: 'compare'}>): Value {
    const bytes = Buffer.byteLength(text)
    if (bytes === 0 && how === 'STRPREFIX') return constant(1n, s32)
    const literal = lit(text)
    const room = bytes + 2
    this.#longestText = Math.max(this.#longestText, room + 1)
    const value = this.#text(of, room)
    if (how === 'STRCMP') return truthNumber(bt`${value} == ${literal}`, s32)
    return truthNumber(bt`strncmp(${value}, ${literal}, ${bytes}) == 0`, s32)
  }

  #member(of: Extract<Expression, {kind: 'member'}>): Value {
    if (of.of.kind === 'name' && of.of.name === 'args') return this.#scope.argument(of.field, of.fieldAt)
    const base = of.arrow ? this.#number(of.of) : this.#value(of.of)
    return this.#readable(of.fieldAt, () => this.#memory.member(base, of.field, of.arrow), of.of)
  }

  #index(of: Extract<Expression, {kind: 'index'}>): Value {
    const base = this.#value(of.of)
    const index = this.#number(of.index)
    return this.#readable(of.of, () => this.#memory.element(base, index, this.statements), of.of)
  }

  #unary(of: Extract<Expression, {kind: 'unary'}>): Value {
    if (of.operator === '*') {
      const pointer = this.#number(of.of)
      return this.#readable(of.of, () => this.#memory.target(pointer), of.of)
    }
    if (of.operator !== '&') return computeOne(of.operator, this.#number(of.of))
    const value = this.#value(of.of)
    if (value.address === undefined) throw this.#error('this has no address in memory', of.of)
    return value.address
  }

  #cast(of: Extract<Expression, {kind: 'cast'}>): Value {
    const {type} = of
    const value = this.#number(of.of)
    if (type.kind !== 'int' && type.kind !== 'pointer')
      throw this.#error(`${typeName(type)} is not a type of numbers`, of)
    // A cast does not move memory.
    const user = value.type.kind === 'pointer' && value.type.user === true
    return convert(value, type.kind === 'pointer' && user ? {...type, user} : type)
  }

  #binary(of: Extract<Expression, {kind: 'binary'}>): Value {
    const {operator} = of
    const [left, right] = [this.#number(of.left), this.#number(of.right)]
    return this.#fitting(of, () => {
      const moved = this.#memory.moved(operator, left, right, this.statements)
      return moved ?? compute(operator, left, right, this.statements)
    })
  }

  #sizeof(of: Extract<Expression, {kind: 'sizeof'}>): Value {
    const {types} = this.#scope
    const typeOf = (value: Value): number | undefined =>
      value.kind === 'text' ? value.size : sizeOf(value.type, types)
    const size = 'from' in of.of ? typeOf(new Translator(this.#scope).#value(of.of)) : sizeOf(of.of, types)
    if (size === undefined) throw this.#error('the size of this is not known', of)
    return constant(BigInt(size), u64)
  }

  #fitting(at: Place, make: () => NumberValue): NumberValue {
    try {
      return make()
    } catch (error) {
      if (error instanceof Unfit) throw this.#error(error.message, at)
      throw error
    }
  }

  #readable(field: Place, make: () => Value, base: Place): Value {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      throw this.#error(error.message, error.concerns === 'field' ? field : base, error.hint)
    }
  }

  #error(message: string, place: Place, hint?: string): Error {
    return slip(message, this.#scope.source, place, hint)
  }
}

const textHint = 'its type is char*; to compare it, write STRCMP("text", expression).'
