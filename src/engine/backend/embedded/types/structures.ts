import {type CType, type Field, type KernelTypes, sizeOf, type StructType} from '../../../program/ctype.js'
import {Mistake} from '../mistake.js'
import type {Structure} from '../syntax/ast.js'
import {typeOf} from './typenames.js'

interface Laid {
  readonly fields: ReadonlyMap<string, Field>
  readonly size: number
}

/** The types of the kernel, and before them the structures that the program describes by itself. */
export function withStructures(
  structures: readonly Structure[],
  kernel: KernelTypes | undefined,
): KernelTypes | undefined {
  if (structures.length === 0) return kernel
  // Ids below 0 are those of the program. All are known beforehand: a pointer may be to a structure that comes later.
  const own = new Map(
    structures.map(({name}, index): [string, StructType] => [name, {kind: 'struct', name, id: -index - 1}]),
  )
  for (const [index, {name, place}] of structures.entries())
    if (own.get(name)?.id !== -index - 1) throw new Mistake(`${name} is described twice`, place)
  const all: Laid[] = []
  const laid = ({id}: StructType): Laid | undefined => (id < 0 ? all[-id - 1] : undefined)
  const types: KernelTypes = {
    named: (name) => own.get(name) ?? kernel?.named(name),
    fields: (type) => laid(type)?.fields ?? kernel?.fields(type) ?? new Map<string, Field>(),
    size: (type) => laid(type)?.size ?? kernel?.size(type) ?? 0,
    returned: (name) => kernel?.returned(name),
    names: () => [...own.keys(), ...(kernel?.names() ?? [])],
  }
  const isComplete = (type: StructType): boolean => type.id >= 0 || laid(type) !== undefined
  for (const structure of structures) all.push(lay(structure, types, isComplete))
  return types
}

/** Where the members of a structure are, by the rules of C on 64-bit Linux. */
function lay(
  {members, isUnion, place}: Structure,
  types: KernelTypes,
  isComplete: (type: StructType) => boolean,
): Laid {
  const fields = new Map<string, Field>()
  let bit = 0
  let largest = 1
  let most = 0
  for (const member of members) {
    const type = typeOf(member.type, types)
    const element = elementOf(type)
    if (element.kind === 'struct' && !isComplete(element))
      throw new Mistake(`${element.name} is not whole yet where ${member.name} holds it`, member.type.place)
    const size = sizeOf(type, types)
    if (size === undefined) throw new Mistake(`the size of ${member.name} is not known`, member.type.place)
    const alignment = alignmentOf(type, types)
    largest = Math.max(largest, alignment)
    if (isUnion) bit = 0
    if (member.bits === undefined) {
      const offset = up(Math.ceil(bit / 8), alignment)
      if (member.name !== '') fields.set(member.name, {type, offset})
      else if (type.kind === 'struct')
        for (const [name, field] of types.fields(type))
          fields.set(name, {...field, offset: offset + field.offset})
      else throw new Mistake('this member has no name', member.type.place)
      bit = (offset + size) * 8
    } else {
      // A bit field does not cross the boundary of its type.
      if (Math.floor(bit / (size * 8)) !== Math.floor((bit + member.bits - 1) / (size * 8)))
        bit = up(bit, size * 8)
      fields.set(member.name, {type, offset: bit >> 3, bitField: {offset: bit & 7, size: member.bits}})
      bit += member.bits
    }
    most = Math.max(most, bit)
  }
  if (members.length === 0) throw new Mistake('this structure has no members', place)
  return {fields, size: up(Math.ceil(most / 8), largest)}
}

/** What an array holds in the end, and any other type itself. */
function elementOf(type: CType): CType {
  return type.kind === 'array' ? elementOf(type.of) : type
}

function alignmentOf(type: CType, types: KernelTypes): number {
  if (type.kind === 'array') return alignmentOf(type.of, types)
  if (type.kind !== 'struct') return sizeOf(type, types) ?? 1
  return Math.max(1, ...[...types.fields(type).values()].map((field) => alignmentOf(field.type, types)))
}

const up = (value: number, to: number): number => Math.ceil(value / to) * to
