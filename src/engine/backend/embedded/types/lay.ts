import {type CType, type Field, type KernelTypes, sizeOf, type StructType} from '../../../program/ctype.js'
import {Mistake, unsupported} from '../mistake.js'
import type {Expression, Member, Program, Structure} from '../syntax/ast.js'
import {constantValue} from './constants.js'
import {typeOf} from './typenames.js'

/** Where the members of a structure are; sizes in bytes. */
export interface Laid {
  readonly fields: ReadonlyMap<string, Field>
  readonly size: number
  readonly alignment: number
}

/** What is known before a structure is laid out. */
export interface Known {
  readonly types: KernelTypes
  /** The structures of the program that are laid out already. */
  readonly laid: (type: StructType) => Laid | undefined
  readonly constants: Program['constants']
}

/** Where the members of a structure are, by the rules of C on 64-bit Linux. */
export function lay({members, isUnion, isPacked, place}: Structure, known: Known): Laid {
  const fields = new Map<string, Field>()
  let bit = 0
  let largest = 1
  let most = 0
  for (const member of members) {
    const {name} = member
    const {type, size} = measured(member, known)
    const alignment = isPacked ? 1 : alignmentOf(type, known)
    if (isUnion) bit = 0
    if (member.bits === undefined) {
      const offset = up(Math.ceil(bit / 8), alignment)
      if (name !== '') fields.set(name, {type, offset})
      else if (type.kind === 'struct')
        for (const [inner, field] of known.types.fields(type))
          fields.set(inner, {...field, offset: offset + field.offset})
      bit = (offset + size) * 8
    } else {
      const bits = bitsOf(member.bits, name, size, known)
      // A bit field does not cross the boundary of its type, if it may not; one of no bits ends there.
      const isAcross = Math.floor(bit / (size * 8)) !== Math.floor((bit + bits - 1) / (size * 8))
      if (bits === 0 || (isAcross && !isPacked)) bit = up(bit, size * 8)
      const bitField = {offset: bit & 7, size: bits}
      if (name !== '') fields.set(name, {type, offset: bit >> 3, bitField})
      if (bitField.offset + bits > 64) throw unsupported('a bit field in 9 bytes', member.type.place)
      bit += bits
    }
    // What only leaves bits free asks for no alignment (System V ABI for x86-64).
    if (name !== '' || member.bits === undefined) largest = Math.max(largest, alignment)
    most = Math.max(most, bit)
  }
  if (members.length === 0) throw new Mistake('this structure has no members', place)
  return {fields, size: up(Math.ceil(most / 8), largest), alignment: largest}
}

/** The type of a member and its bytes. */
function measured({name, type: written, lengths}: Member, known: Known): {type: CType; size: number} {
  const {types, laid} = known
  const numbers = lengths.map((length) => length && lengthOf(length, known))
  const type = typeOf({...written, lengths: numbers}, types)
  const element = elementOf(type)
  if (element.kind === 'struct' && element.id < 0 && laid(element) === undefined)
    throw new Mistake(`${element.name} is not whole yet where ${name} holds it`, written.place)
  const size = sizeOf(type, types)
  if (size === undefined) throw new Mistake(`the size of ${name} is not known`, written.place)
  return {type, size}
}

function lengthOf(length: Expression, {constants}: Known): number {
  const value = constantValue(length, constants)
  // Headers may have more constants than are known here.
  if (value === undefined) throw unsupported('such a length of an array', length.place)
  if (value < 0n) throw new Mistake('an array cannot have less than no elements', length.place)
  return Number(value)
}

function bitsOf(bits: Expression, name: string, size: number, {constants}: Known): number {
  const value = constantValue(bits, constants)
  if (value === undefined) throw unsupported('such a number of bits', bits.place)
  if (value < (name === '' ? 0n : 1n) || value > size * 8)
    throw new Mistake(`a bit field of this type has 1 to ${size * 8} bits`, bits.place)
  return Number(value)
}

/** What an array holds in the end, and any other type itself. */
function elementOf(type: CType): CType {
  return type.kind === 'array' ? elementOf(type.of) : type
}

function alignmentOf(type: CType, known: Known): number {
  const element = elementOf(type)
  if (element.kind !== 'struct') return sizeOf(element, known.types) ?? 1
  const fields = [...known.types.fields(element).values()]
  return (
    known.laid(element)?.alignment ?? Math.max(1, ...fields.map((field) => alignmentOf(field.type, known)))
  )
}

const up = (value: number, to: number): number => Math.ceil(value / to) * to
