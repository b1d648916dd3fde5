import {type CType, type KernelTypes, sizeOf} from '../../../program/ctype.js'
import type {Held, Shape} from '../object.js'
import type {ProgramMap} from '../types/maps.js'
import {isCharacter, offsetsOf, storedSize, type Type} from '../types/type.js'

export interface ShapeFacts {
  readonly types: KernelTypes | undefined
  /** The map of stacks of a depth. */
  readonly stackMap: (depth: number) => number
}

/** How a value of a type is read where it is stored. */
export function shapeOf(type: Type, facts: ShapeFacts): Shape {
  switch (type.kind) {
    case 'int':
      if (type.names !== undefined) return {kind: 'enum', bytes: 8, names: type.names}
      return {kind: 'int', bytes: 8, signed: type.signed, ...(type.isBool && {bool: true})}
    case 'pointer':
      return {kind: 'pointer'}
    case 'ksym':
      return {kind: 'symbol', of: 'kernel'}
    case 'usym':
      return {kind: 'symbol', of: 'user'}
    case 'text':
      return {kind: 'text', bytes: type.room}
    case 'buffer':
      return {kind: 'buffer', bytes: storedSize(type)}
    case 'tuple': {
      const offsets = offsetsOf(type.parts)
      const parts = type.parts.map((part, index) => ({
        offset: offsets[index] ?? 0,
        shape: shapeOf(part, facts),
      }))
      return {kind: 'tuple', bytes: storedSize(type), parts}
    }
    case 'record':
      return shapeOfC(type.type, facts)
    case 'array':
      return {kind: 'array', of: shapeOfC(type.of, facts), length: type.length}
    case 'stack':
      return {kind: 'stack', of: type.of, map: facts.stackMap(type.depth), depth: type.depth, form: type.form}
    case 'inet':
      return {kind: 'address'}
    default:
      return type
  }
}

/** How C keeps a value. */
function shapeOfC(type: CType, facts: ShapeFacts): Shape {
  switch (type.kind) {
    case 'int':
      if (type.names !== undefined) return {kind: 'enum', bytes: type.bits / 8, names: type.names}
      return {
        kind: 'int',
        bytes: (type.bits / 8) as 1 | 2 | 4 | 8,
        signed: type.signed,
        ...(type.isBool && {bool: true}),
      }
    case 'array':
      if (isCharacter(type.of)) return {kind: 'text', bytes: type.length}
      return {kind: 'array', of: shapeOfC(type.of, facts), length: type.length}
    case 'struct': {
      const fields = [...(facts.types?.fields(type) ?? [])]
        // Bit fields have no shape, and what nobody knows the size of has no end.
        .filter(([, field]) => field.bitField === undefined && sizeOf(field.type, facts.types) !== undefined)
        .map(([name, field]) => ({name, offset: field.offset, shape: shapeOfC(field.type, facts)}))
      return {kind: 'record', bytes: facts.types?.size(type) ?? 0, fields}
    }
    case 'pointer':
      return {kind: 'pointer'}
    case 'opaque':
      return {kind: 'unknown', bytes: type.bytes ?? 0}
  }
}

/** What a map holds, for the runtime. */
export function heldOf({use, value}: ProgramMap, facts: ShapeFacts): Held {
  if (use === undefined || use.kind === 'value')
    return {kind: 'value', shape: shapeOf(value ?? {kind: 'int', bits: 64, signed: true}, facts)}
  return use
}
