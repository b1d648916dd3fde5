import {Mistake} from '../mistake.js'
import {named, offsetsOf, type Type} from './type.js'
import type {Value} from './tree.js'

/** The parts of a tuple as values of their own. */
export function partsOf(tuple: Value): Value[] {
  if (tuple.op === 'tuple') return [...tuple.parts]
  if (tuple.type.kind !== 'tuple') return [tuple]
  return tuple.type.parts.map((_, index) => partOf(tuple, index))
}

/** A part of a value that is a tuple. */
export function partOf(tuple: Value, index: number): Value {
  if (tuple.type.kind !== 'tuple') throw new Mistake(`${named(tuple.type)} has no parts`, tuple.place)
  const type = tuple.type.parts[index]
  const count = tuple.type.parts.length
  if (type === undefined)
    throw new Mistake(`there is no part ${index}: they are .0 to .${count - 1}`, tuple.place)
  if (tuple.op === 'tuple') return tuple.parts[index] ?? tuple
  return {op: 'inside', of: tuple, offset: offsetIn(tuple.type.parts, index), type, place: tuple.place}
}

function offsetIn(parts: readonly Type[], index: number): number {
  return offsetsOf(parts)[index] ?? 0
}
