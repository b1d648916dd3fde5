import {compute, type Statements, Unfit} from './arithmetic.js'
import {type Bt, bt, word} from './bt.js'
import {type CType, type Field, type KernelTypes, type PointerType, s32, sizeOf, typeName} from './ctype.js'
import type {Binary} from './expression.js'
import {didYouMean} from './slip.js'
import {as, constant, intOf, isCharacter, type NumberValue, operand, read, type Value} from './value.js'

/** Memory that cannot be read as it was asked for; the message says why. */
export class Unreadable extends Error {
  /** Which part of `base->field` is wrong. */
  readonly concerns: 'base' | 'field'
  readonly hint: string | undefined

  constructor(message: string, concerns: 'base' | 'field', hint?: string) {
    super(message)
    this.concerns = concerns
    this.hint = hint
  }
}

interface Surroundings {
  readonly types: KernelTypes | undefined
  readonly memory: 'user' | 'kernel'
}

/** Reads what pointers point to: members, elements, targets. */
export class Memory {
  readonly #types: KernelTypes | undefined
  readonly #usual: 'user' | 'kernel'

  constructor({types, memory}: Surroundings) {
    this.#types = types
    this.#usual = memory
  }

  /** An address with the memory it is in; a plain number is one, too. */
  pointer(value: NumberValue): Bt {
    return this.#space(value.type) === 'user' ? bt`uptr(${value.text})` : bt`kptr(${value.text})`
  }

  /** `base.name`, or `base->name`. */
  member(base: Value, name: string, arrow: boolean): Value {
    const structure = arrow ? this.target(this.#asPointer(base)) : base
    if (structure.kind === 'number' && structure.type.kind === 'pointer' && !arrow)
      throw new Unreadable('this is a pointer', 'base', `write -> for the field ${name}.`)
    if (structure.kind !== 'memory' || structure.type.kind !== 'struct')
      throw new Unreadable('this has no fields', 'base', castHint)
    const {type, address, named, pointed} = structure
    const fields = this.#types?.fields(type)
    const field = fields?.get(name)
    if (field === undefined)
      throw new Unreadable(
        `${type.name} has no field ${name}`,
        'field',
        didYouMean(name, fields?.keys() ?? []),
      )
    const own = pointed ? bt`${pointed}->${word(name)}` : named && bt`${named}.${word(name)}`
    return this.#place(field, {...(address && {address: this.#at(address, field)}), ...(own && {named: own})})
  }

  /** `base[index]` */
  element(base: Value, index: NumberValue, statements: Statements): Value {
    if (base.kind === 'memory' && base.address === undefined && base.type.kind === 'array')
      return this.#place({type: base.type.of, offset: 0}, {named: bt`${base.named}[${index.text}]`})
    const moved = this.moved('+', this.#asPointer(base), index, statements)
    if (moved === undefined) throw new Unreadable('this is neither an array nor a pointer', 'base')
    return this.target(moved)
  }

  /** What a pointer points to. */
  target(pointer: NumberValue): Value {
    const {type} = pointer
    if (type.kind !== 'pointer') throw new Unreadable('this is not a pointer', 'base', castHint)
    const {to} = type
    if (to.kind === 'opaque')
      throw new Unreadable(`nobody knows what is in ${to.name}`, 'base', this.#hintFor(to.name))
    // bpftrace knows the structures of the kernel by name, and reads the memory that is usual for the probe.
    if (to.kind !== 'struct') return this.#place({type: to, offset: 0}, {address: pointer})
    const tag = /^struct (.+)/.exec(to.name)?.[1]
    const pointed =
      tag !== undefined && this.#space(type) === this.#usual
        ? bt`((struct ${word(tag)} *)${operand(pointer)})`
        : undefined
    return {kind: 'memory', type: to, address: pointer, ...(pointed && {pointed})}
  }

  /** A pointer that was moved by so many elements, or the number of elements between two; undefined for plain numbers. */
  moved(
    operator: Binary,
    left: NumberValue,
    right: NumberValue,
    statements: Statements,
  ): NumberValue | undefined {
    if (operator !== '+' && operator !== '-') return undefined
    const [pointer, by] = right.type.kind === 'pointer' && operator === '+' ? [right, left] : [left, right]
    if (pointer.type.kind !== 'pointer') return undefined
    const one = pointer.type.to.kind === 'opaque' ? 1 : sizeOf(pointer.type.to, this.#types)
    if (one === undefined || (pointer.type.to.kind === 'opaque' && pointer.type.to.name !== 'void'))
      throw new Unfit(`the size of ${typeName(pointer.type.to)} is not known`)
    if (by.type.kind === 'pointer') throw new Unfit('the difference of pointers: cast both to u64')
    const size = constant(BigInt(one), intOf(pointer.type))
    const {text, is, isAtom} = compute(
      operator,
      {...pointer, type: intOf(pointer.type)},
      one === 1 ? by : compute('*', by, size, statements),
      statements,
    )
    return {kind: 'number', type: pointer.type, text, ...(is && {is}), ...(isAtom && {isAtom})}
  }

  #hintFor(name: string): string {
    if (name === 'void') return castHint
    if (this.#types === undefined) return 'this kernel does not describe its types (no BTF).'
    const names = [...this.#types.names()].filter((each) => each.includes(' ') === name.includes(' '))
    return didYouMean(name, names) ?? castHint
  }

  #space(type: CType): 'user' | 'kernel' {
    return type.kind === 'pointer' && type.user ? 'user' : this.#usual
  }

  #asPointer(value: Value): NumberValue {
    if (value.kind === 'number') return value
    if (value.address === undefined) throw new Unreadable('this has no address in memory', 'base')
    if (value.kind === 'text' || value.type.kind === 'array') return value.address
    throw new Unreadable('this is a structure, not a pointer', 'base', 'write . for its fields.')
  }

  #at(address: NumberValue, {offset, type}: Field): NumberValue {
    const pointer: PointerType = {...pointerOf(address), to: type}
    if (offset === 0) return {...address, type: pointer}
    return {kind: 'number', type: pointer, text: bt`${as(address, 'uint64')} + ${offset}`}
  }

  /** The value at a place in memory. */
  #place(field: Field, where: {address?: NumberValue; named?: Bt}): Value {
    const {type, bitField} = field
    const {address, named} = where
    if (type.kind === 'struct') return {kind: 'memory', type, ...where}
    if (type.kind === 'array') {
      const first = address && {...address, type: {...pointerOf(address), to: type.of}}
      if (isCharacter(type.of) && named !== undefined)
        return {kind: 'text', text: named, size: type.length, ...(first && {address: first})}
      return {kind: 'memory', type, ...(first && {address: first}), ...(named && {named})}
    }
    if (type.kind === 'opaque') throw new Unreadable(`nobody knows what is in ${type.name}`, 'field')
    // A pointer found in memory of the process points there, too.
    const of = type.kind === 'pointer' && address && pointerOf(address).user ? {...type, user: true} : type
    if (bitField !== undefined) return this.#bits(bitField, of, where)
    if (named !== undefined) return {...read(named, of), ...(address && {address})}
    if (address === undefined) throw new Unreadable('this has no address in memory', 'base')
    return {...read(this.#load(address, intOf(of).bits), of), address}
  }

  #load(address: NumberValue, bits: number): Bt {
    return bt`*(uint${bits} *)${this.pointer(address)}`
  }

  #bits(
    {offset, size}: {offset: number; size: number},
    type: CType,
    {address, named}: {address?: NumberValue; named?: Bt},
  ): NumberValue {
    if (type.kind !== 'int') throw new Unreadable('this bit field is not an integer', 'field')
    // C makes an int of what an int can hold, whatever the field's own type.
    const own = size < 32 ? s32 : type
    const mask = (1n << BigInt(size)) - 1n
    const bits = [8, 16, 32, 64].find((each) => each >= offset + size) ?? 64
    const raw = named ?? (address && bt`((uint64)${this.#load(address, bits)} >> ${offset})`)
    if (raw === undefined) throw new Unreadable('this has no address in memory', 'base')
    const plain = bt`(int64)(${raw} & ${mask})`
    if (!type.signed) return {kind: 'number', type: own, text: plain, is: 'int64', isAtom: true}
    const sign = 1n << BigInt(size - 1)
    return {
      kind: 'number',
      type: own,
      text: bt`((${plain} ^ (int64)${sign}) - (int64)${sign})`,
      is: 'int64',
      isAtom: true,
    }
  }
}

const castHint = 'cast it to a pointer to something known, such as (struct file *).'

function pointerOf(address: NumberValue): PointerType {
  if (address.type.kind === 'pointer') return address.type
  return {kind: 'pointer', to: {kind: 'opaque', name: 'void'}}
}
