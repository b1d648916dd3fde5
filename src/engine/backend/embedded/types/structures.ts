import type {Field, KernelTypes, StructType} from '../../../program/ctype.js'
import {Mistake} from '../mistake.js'
import type {Program} from '../syntax/ast.js'
import {type Laid, lay} from './lay.js'

/** The types of the kernel, and before them the structures that the program describes by itself. */
export function withStructures(
  {structures, constants}: Pick<Program, 'structures' | 'constants'>,
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
  for (const structure of structures) all.push(lay(structure, {types, laid, constants}))
  return types
}
