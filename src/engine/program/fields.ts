import {UsageError} from '../errors.js'
import {char, type CType, type KernelTypes, unknown} from './ctype.js'
import {Cursor} from './cursor.js'
import {parseType} from './typename.js'

/** A field of a tracepoint as the kernel's `format` file describes it. */
export interface TracepointField {
  readonly name: string
  /** The type as C writes it, without the length of an array: `const char *`, `pid_t`. */
  readonly type: string
  /** Elements of an array, 0 where the number is not plain; undefined for a single value. */
  readonly length: number | undefined
  /** Bytes, all elements of an array included. */
  readonly size: number
  readonly signed: boolean
  /** Where in the record it is. */
  readonly offset: number
  /** Whether the field only says where the data is (`__data_loc`). */
  readonly isElsewhere: boolean
  /** Whether that place is counted from the end of the field (`__rel_loc`), not from the beginning of the record. */
  readonly isRelative?: true
}

/** What an expression can do with a field of a tracepoint. */
export interface FieldValue {
  readonly type: CType
  /** Whether only str() finds the data. */
  readonly isElsewhere: boolean
}

/** The fields of a tracepoint by name, with what their types mean. */
export function fieldValues(
  category: string,
  fields: readonly TracepointField[],
  types: KernelTypes | undefined,
): ReadonlyMap<string, FieldValue> {
  // What a process passes to a system call points to its own memory.
  const user = category === 'syscalls'
  return new Map(
    fields.map((field) => {
      const {name, length, isElsewhere} = field
      const one = elementType(field, types)
      const type: CType = length === undefined ? one : {kind: 'array', of: one, length}
      if (isElsewhere && one !== char) return [name, {type: unknown(`${field.type}[]`), isElsewhere: false}]
      return [name, {type: type.kind === 'pointer' && user ? {...type, user} : type, isElsewhere}]
    }),
  )
}

function elementType(
  {type, length, size, signed, isElsewhere}: TracepointField,
  types: KernelTypes | undefined,
): CType {
  if (/^(const |unsigned |signed )*char$/.test(type) && (length !== undefined || isElsewhere)) return char
  try {
    const cursor = new Cursor(type)
    const known = parseType(cursor, types)
    if (cursor.token.kind === 'end') return known
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
  }
  // An enumeration or a type this kernel does not describe: as wide as it is there.
  const bits = ([8, 16, 32, 64] as const).find((each) => each === (size * 8) / Math.max(length ?? 1, 1))
  return bits === undefined ? unknown(type) : {kind: 'int', bits, signed}
}
