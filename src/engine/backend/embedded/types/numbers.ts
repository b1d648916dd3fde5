import {u64, wrap} from '../../../program/ctype.js'
import {Mistake, type Place} from '../mistake.js'
import {type Int, isNumber, named, type Type} from './type.js'
import type {Value} from './tree.js'

export const bool: Int = {kind: 'int', bits: 8, signed: false, isBool: true}

export function constant(value: bigint, type: Int, place: Place): Value {
  return {op: 'constant', value: wrap(value, type), type, place}
}

/** A value that is a number. */
export function asNumber(value: Value): Value {
  if (isNumber(value.type)) return value
  if (value.type.kind === 'ksym' || value.type.kind === 'errno' || value.type.kind === 'cgroup')
    return {op: 'convert', of: value, type: u64, place: value.place}
  throw new Mistake(`expected a number, not ${named(value.type)}`, value.place)
}

/** A value as another type: numbers are cut to it. */
export function convert(value: Value, type: Type, place: Place): Value {
  if (value.op === 'constant' && type.kind === 'int') return constant(value.value, type, place)
  if (value.type.kind === 'int' && type.kind === 'int' && !type.isBool && type.bits === 64)
    return {op: 'convert', of: value, type, place}
  return {op: 'convert', of: value, type, place}
}
