import type {CType, Field, IntType, KernelTypes} from '../../../program/ctype.js'
import {Mistake} from '../mistake.js'
import type {Enumeration, Program} from '../syntax/ast.js'
import {constantValue} from './constants.js'

/** The enumerations of a program. */
export interface Enumerations {
  /** Their types, by `enum name`. */
  readonly types: ReadonlyMap<string, IntType>
  /** Of each constant, how the values of its enumeration are called. */
  readonly names: ReadonlyMap<string, ReadonlyMap<bigint, string>>
}

/** @throws Mistake where the value of a constant is not known beforehand */
export function enumerationsOf({enumerations, constants}: Program): Enumerations {
  const types = new Map<string, IntType>()
  const names = new Map<string, ReadonlyMap<bigint, string>>()
  for (const enumeration of enumerations) {
    const values = valuesOf(enumeration, constants)
    for (const [name] of enumeration.constants) names.set(name, values)
    if (enumeration.name !== undefined) types.set(enumeration.name, typeOf(values))
  }
  return {types, names}
}

/** The types of the kernel, and before them these. */
export function withEnumerations(
  {types}: Enumerations,
  kernel: KernelTypes | undefined,
): KernelTypes | undefined {
  if (types.size === 0) return kernel
  return {
    named: (name): CType | undefined => types.get(name) ?? kernel?.named(name),
    fields: (type) => kernel?.fields(type) ?? new Map<string, Field>(),
    size: (type) => kernel?.size(type) ?? 0,
    returned: (name) => kernel?.returned(name),
    names: () => [...types.keys(), ...(kernel?.names() ?? [])],
  }
}

/** The first name of each value. */
function valuesOf({constants}: Enumeration, all: Program['constants']): ReadonlyMap<bigint, string> {
  const values = new Map<bigint, string>()
  for (const [name, of] of constants) {
    const value = constantValue(of, all)
    if (value === undefined) throw new Mistake(`the value of ${name} must be known beforehand`, of.place)
    if (!values.has(value)) values.set(value, name)
  }
  return values
}

/** As C keeps it: in 32 bits where they are enough, with a sign where one is needed. */
function typeOf(names: ReadonlyMap<bigint, string>): IntType {
  const values = [...names.keys()]
  const signed = values.some((value) => value < 0n)
  const fits = (bits: number): boolean =>
    values.every((value) => (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value)
  return {kind: 'int', bits: fits(32) ? 32 : 64, signed, names}
}
