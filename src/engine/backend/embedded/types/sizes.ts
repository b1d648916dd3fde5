import {type CType, type Field, sizeOf} from '../../../program/ctype.js'
import {didYouMean} from '../../../program/slip.js'
import {Mistake} from '../mistake.js'
import type {Expression, TypeName} from '../syntax/ast.js'
import type {Checker} from './checker.js'
import {bytesOf, storedSize, type Type} from './type.js'
import {typeOf} from './typenames.js'

const isTypeName = (of: TypeName | Expression): of is TypeName => 'words' in of

/** Bytes of a type, or of the type of a value, as C counts them. */
export function sizeOfExpression(checker: Checker, {of, place}: Expression & {kind: 'sizeof'}): number {
  if (!isTypeName(of)) return sizeOfType(checker.value(of).type)
  const size = sizeOf(typeOf(of, checker.world.types), checker.world.types)
  if (size === undefined) throw new Mistake('the size of this type is not known', place)
  return size
}

function sizeOfType(type: Type): number {
  switch (type.kind) {
    case 'int':
      return type.bits / 8
    case 'buffer':
      return type.room
    default:
      return bytesOf(type) ?? storedSize(type)
  }
}

/** `offsetof(struct file, f_path.mnt)` */
export function offsetOf(checker: Checker, {of, members, place}: Expression & {kind: 'offsetof'}): number {
  const {types} = checker.world
  let type: CType | undefined
  if (isTypeName(of)) type = typeOf(of, types)
  else {
    const value = checker.value(of)
    if (value.type.kind === 'record') ({type} = value.type)
    if (value.type.kind === 'pointer') type = value.type.to
  }
  let offset = 0
  for (const name of members) {
    if (type?.kind !== 'struct') throw new Mistake('this has no members', place)
    const fields: ReadonlyMap<string, Field> | undefined = types?.fields(type)
    const field: Field | undefined = fields?.get(name)
    if (field === undefined)
      throw new Mistake(`${type.name} has no member ${name}`, place, didYouMean(name, fields?.keys() ?? []))
    offset += field.offset
    ;({type} = field)
  }
  return offset
}
