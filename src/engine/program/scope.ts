import {bt, word} from './bt.js'
import {
  type CType,
  type IntType,
  type KernelTypes,
  type PointerType,
  s32,
  s64,
  typeName,
  u32,
  u64,
} from './ctype.js'
import {type SavedAtEntry, savedAtEntry} from './entry.js'
import type {FieldValue} from './fields.js'
import {allocationFlag} from './gfp.js'
import {didYouMean, type Place, slip} from './slip.js'
import type {Specifier} from './specifier.js'
import type {Scope} from './translate.js'
import type {Parameter} from './typename.js'
import {constant, isCharacter, type NumberValue, read, readRegister, signOf, type Value} from './value.js'

interface Surroundings {
  readonly index: number
  readonly types: KernelTypes | undefined
  readonly fields: ReadonlyMap<string, FieldValue> | undefined
}

/** How many arguments are in registers, on x86; the others are on the stack, where only debug information finds them. */
const registers = 6

/** What every probe knows, and what a constant of C stands for. */
const common: Readonly<Record<string, () => Value>> = {
  $PID: () => read(bt`pid`, u32),
  $TID: () => read(bt`tid`, u32),
  $UID: () => read(bt`uid`, u32),
  $CPU: () => read(bt`cpu`, u32),
  $COMM: () => ({kind: 'text', text: bt`comm`}),
  NULL: () => constant(0n, u64),
  true: () => constant(1n, s32),
  false: () => constant(0n, s32),
}

/** What the names in a specifier mean. */
export class SpecifierScope implements Scope {
  readonly source: string
  readonly types: KernelTypes | undefined
  readonly memory: 'user' | 'kernel'
  readonly #specifier: Specifier
  readonly #fields: ReadonlyMap<string, FieldValue> | undefined
  readonly #index: number
  readonly #entries: Parameter[] = []
  #usesLatency = false

  constructor(specifier: Specifier, {index, types, fields}: Surroundings) {
    this.source = specifier.source
    this.types = types
    this.memory = specifier.kind === 't' || specifier.library === '' ? 'kernel' : 'user'
    this.#specifier = specifier
    this.#fields = fields
    this.#index = index
  }

  /** What has to be kept from the entry of the function until it returns; complete once all is translated. */
  get saved(): SavedAtEntry | undefined {
    if (!this.#usesLatency && this.#entries.length === 0) return undefined
    const values = this.#entries.map((parameter) => this.#argument(parameter, parameter))
    return savedAtEntry(this.#index, this.#usesLatency, values)
  }

  variable(name: string, at: Place): Value {
    const {kind, parameters} = this.#specifier
    const parameter = parameters.find((each) => each.name === name)
    if (parameter !== undefined) {
      if (kind === 'p') return this.#argument(parameter, at)
      throw this.#error(
        `${name} is gone when the function returns`,
        at,
        `$entry(${name}) is its value at the entry.`,
      )
    }
    if (kind === 'r' && name === '$retval') return readRegister(bt`retval`, this.#returned())
    if (kind === 'r' && name === '$latency') {
      this.#usesLatency = true
      return {kind: 'number', type: u64, text: bt`$latency`, is: 'uint64', isAtom: true}
    }
    const number = kind === 'u' ? /^arg([1-9])$/.exec(name)?.[1] : undefined
    if (number !== undefined) return read(bt`arg${Number(number) - 1}`, s64)
    const value = Object.hasOwn(common, name) ? common[name]?.() : undefined
    // As older documents of BCC write fields.
    if (value === undefined && name !== 'args' && kind === 't' && this.#fields?.has(name) === true)
      return this.argument(name, at)
    if (value !== undefined) return value
    const known = this.#constant(name)
    if (known !== undefined) return constant(known, [s32, u32, s64].find((type) => holds(type, known)) ?? u64)
    throw this.#error(`there is no ${name} here`, at, this.#why(name))
  }

  entry(name: string, at: Place): Value {
    const {kind, parameters} = this.#specifier
    if (kind !== 'r')
      throw this.#error('$entry is for the return of a function', at, `write ${name}, or trace r: instead.`)
    const parameter = parameters.find((each) => each.name === name)
    if (parameter === undefined) {
      const names = parameters.flatMap((each) => each.name ?? [])
      const hint = didYouMean(name, names) ?? 'the signature has to name it, as in (int n).'
      throw this.#error(`the signature has no parameter ${name}`, at, hint)
    }
    this.#argument(parameter, at)
    if (!this.#entries.includes(parameter)) this.#entries.push(parameter)
    const type = valueType(parameter.type)
    const number = this.#entries.indexOf(parameter)
    return {kind: 'number', type, text: bt`$entry${number}`, is: signOf(type), isAtom: true}
  }

  argument(name: string, at: Place): Value {
    if (this.#specifier.kind !== 't')
      throw this.#error('args-> is for tracepoints', at, 'a function has the parameters of its signature.')
    const field = this.#fields?.get(name)
    if (field === undefined) {
      const {library} = this.#specifier
      const hint = didYouMean(name, this.#fields?.keys() ?? []) ?? this.#listFields()
      throw this.#error(`the tracepoint ${library}:${this.#specifier.name} has no field ${name}`, at, hint)
    }
    const {type, isElsewhere} = field
    const text = bt`args->${word(name)}`
    if (isElsewhere) return {kind: 'text', text: bt`str(${text})`}
    if (type.kind === 'array' && isCharacter(type.of)) return {kind: 'text', text}
    if (type.kind === 'array' || type.kind === 'struct') return {kind: 'memory', type, named: text}
    if (type.kind === 'opaque') throw this.#error(`nobody knows what is in ${name}, a ${type.name}`, at)
    return read(text, type)
  }

  /** A constant of the running kernel, for what is traced in it. */
  #constant(name: string): bigint | undefined {
    const constants = (each: string): bigint | undefined => this.types?.constant?.(each)
    if (this.memory === 'user') return undefined
    return constants(name) ?? allocationFlag(name, constants)
  }

  #listFields(): string | undefined {
    return this.#fields === undefined ? undefined : `it has ${[...this.#fields.keys()].join(', ')}.`
  }

  #argument(parameter: Parameter, at: Place): NumberValue {
    const number = this.#specifier.parameters.indexOf(parameter)
    if (number >= registers)
      throw this.#error(
        `the ${number + 1}th parameter cannot be read`,
        at,
        `only the first ${registers} are in registers.`,
      )
    return readRegister(bt`arg${number}`, valueType(parameter.type))
  }

  /** What the kernel says a function returns; or as what it is shown; or the whole register. */
  #returned(): IntType | PointerType {
    const {library, name, captures} = this.#specifier
    const known = library === '' ? this.types?.returned(name) : undefined
    if (known?.kind === 'int' || known?.kind === 'pointer') return known
    const shown = captures.find(({expression}) => expression.kind === 'name' && expression.name === '$retval')
    return shown?.type ?? s64
  }

  #why(name: string): string | undefined {
    const {kind, parameters} = this.#specifier
    if (name === '$retval' || name === '$latency')
      return `${name} is for the return of a function: begin with r.`
    if (/^arg[0-9]$/.test(name) && kind !== 'u')
      return kind === 't'
        ? 'fields of a tracepoint are args->field.'
        : 'name the parameter in the signature, as in (int n).'
    if (name === 'args') return kind === 't' ? 'name a field, as in args->ret.' : undefined
    const own = parameters.flatMap((each) => each.name ?? [])
    const known = [...own, ...Object.keys(common), ...(kind === 'r' ? ['$retval', '$latency'] : [])]
    const close = didYouMean(name, known) ?? didYouMean(`$${name}`, known)
    if (close === undefined && this.memory === 'kernel' && /^_*[A-Z][A-Z0-9_]+$/.test(name))
      return 'macros of the kernel are not known: write the number.'
    return close ?? (own.length > 0 ? `there is ${own.join(', ')}.` : undefined)
  }

  #error(message: string, at: Place, hint?: string): Error {
    return slip(message, this.source, at, hint)
  }
}

function holds({bits, signed}: IntType, value: bigint): boolean {
  return (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value
}

/** Parameters are values: the parser refuses structures. */
function valueType(type: CType): IntType | PointerType {
  if (type.kind === 'int' || type.kind === 'pointer') return type
  throw new Error(`a parameter of type ${typeName(type)}`)
}
