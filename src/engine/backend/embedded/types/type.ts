import {
  type CType,
  type IntType,
  type KernelTypes,
  s64,
  sizeOf,
  type StructType,
  typeName,
  u64,
} from '../../../program/ctype.js'

/** Which memory an address belongs to; `either` where only the address itself tells. */
export type Space = 'kernel' | 'user' | 'either'

/** An integer; that of a literal that is not negative goes with those that have a sign and with those that have none. */
export type Int = IntType & {readonly literal?: true}

export type StackForm = 'bpftrace' | 'perf' | 'raw'

/**
 * What a value of the language is. Those of the first group are held by a register; in maps, keys and tuples each takes 8
 * bytes, an integer extended by its sign. The others live in memory, rounded up to 8 bytes.
 */
export type Type =
  | Int
  | {readonly kind: 'pointer'; readonly to: CType; readonly space: Space}
  | {readonly kind: 'ksym'}
  | {readonly kind: 'time'; readonly format: string}
  | {readonly kind: 'cgroup'; readonly filter?: string}
  | {readonly kind: 'username'}
  | {readonly kind: 'errno'}
  | {readonly kind: 'choice'; readonly texts: readonly string[]}
  | MemoryType

export type MemoryType =
  /** Bytes up to a NUL, which has room too; `length` is that of an array in memory, which may do without the NUL. */
  | {readonly kind: 'text'; readonly room: number; readonly length?: number}
  | {readonly kind: 'tuple'; readonly parts: readonly Type[]}
  | {readonly kind: 'record'; readonly type: StructType; readonly bytes: number}
  | {readonly kind: 'array'; readonly of: CType; readonly length: number; readonly bytes: number}
  | {readonly kind: 'buffer'; readonly room: number}
  | {readonly kind: 'stack'; readonly of: 'kernel' | 'user'; readonly depth: number; readonly form: StackForm}
  | {readonly kind: 'usym'}
  | {readonly kind: 'inet'}
  | {readonly kind: 'mac'}

export type PointerValue = Extract<Type, {kind: 'pointer'}>

const inMemory = ['text', 'tuple', 'record', 'array', 'buffer', 'stack', 'usym', 'inet', 'mac']

/** Whether a register holds a value of the type. */
export function isScalar(type: Type): type is Exclude<Type, MemoryType> {
  return !inMemory.includes(type.kind)
}

/** Whether a type is a number in an operation. */
export function isNumber(type: Type): type is Int | PointerValue {
  return type.kind === 'int' || type.kind === 'pointer'
}

export const round8 = (bytes: number): number => (bytes + 7) & ~7

/** Bytes that a value takes in maps, keys, tuples and variables. */
export function storedSize(type: Type): number {
  switch (type.kind) {
    case 'text':
      return round8(type.room)
    case 'tuple':
      return type.parts.reduce((sum, part) => sum + storedSize(part), 0)
    case 'record':
    case 'array':
      return round8(type.bytes)
    case 'buffer':
      return round8(4 + type.room)
    case 'stack':
    case 'usym':
      return 16
    case 'inet':
      return 24
    default:
      return 8
  }
}

/** How many bytes a value in memory has there, of which a text uses those up to a NUL. */
export function bytesOf(type: Type): number | undefined {
  if (type.kind === 'text') return type.length ?? type.room
  return type.kind === 'array' || type.kind === 'record' ? type.bytes : undefined
}

/** Where in a tuple its parts are. */
export function offsetsOf(parts: readonly Type[]): number[] {
  let offset = 0
  return parts.map((part) => {
    const at = offset
    offset += storedSize(part)
    return at
  })
}

/** What a value of a type of C is, as memory holds it. */
export function fromC(type: CType, space: Space, types: KernelTypes | undefined): Type | undefined {
  switch (type.kind) {
    case 'int':
      return type
    case 'pointer':
      return {kind: 'pointer', to: type.to, space: type.user ? 'user' : space}
    case 'array': {
      const bytes = sizeOf(type, types)
      if (bytes === undefined) return undefined
      if (isCharacter(type.of)) return {kind: 'text', room: type.length + 1, length: type.length}
      return {kind: 'array', of: type.of, length: type.length, bytes}
    }
    case 'struct': {
      const bytes = sizeOf(type, types)
      return bytes === undefined ? undefined : {kind: 'record', type, bytes}
    }
    case 'opaque':
      return undefined
  }
}

export function isCharacter(type: CType): boolean {
  return type.kind === 'int' && type.bits === 8 && (type.signed || type.isCharacter === true)
}

/** How a type is called in a message, in bpftrace's words. */
export function named(type: Type): string {
  switch (type.kind) {
    case 'int':
      return type.isBool ? 'bool' : `${type.signed ? '' : 'u'}int${type.bits}`
    case 'pointer':
      return `${typeName(type.to)} *`
    case 'text':
      return `string[${type.room}]`
    case 'tuple':
      return `(${type.parts.map(named).join(', ')})`
    case 'record':
      return type.type.name
    case 'array':
      return `${typeName(type.of)}[${type.length}]`
    case 'buffer':
      return `buffer[${type.room}]`
    case 'stack':
      return type.of === 'kernel' ? 'kstack' : 'ustack'
    case 'choice':
      return 'string'
    case 'time':
      return 'timestamp'
    default:
      return type.kind
  }
}

/**
 * The type that holds the values of both; undefined if there is none. Integers: the wider one if both have a sign or both
 * have none, else a signed one with room for both, at most 64 bits.
 */
export function joined(a: Type, b: Type): Type | undefined {
  if (a.kind === 'int' && b.kind === 'int') {
    if (a.isBool && b.isBool) return a
    if (a.names !== b.names) return joined(nameless(a), nameless(b))
    // An enumeration has one type, its constants are literals beside.
    if (a.names !== undefined) return a.literal || a.bits < b.bits ? b : a
    if (a.literal && b.literal) return a
    if (a.literal || b.literal) return (a.literal ? b : a).signed ? s64 : u64
    const signed = a.signed || b.signed
    const room = (type: IntType): number => (signed && !type.signed ? Math.min(64, type.bits * 2) : type.bits)
    const bits = Math.max(room(a), room(b))
    return {kind: 'int', bits: bits as IntType['bits'], signed}
  }
  if (a.kind === 'pointer' && b.kind === 'pointer') {
    const to = typeName(a.to) === typeName(b.to) ? a.to : ({kind: 'opaque', name: 'void'} as const)
    return {kind: 'pointer', to, space: a.space === b.space ? a.space : 'either'}
  }
  if (a.kind === 'pointer' && b.kind === 'int') return a
  if (a.kind === 'int' && b.kind === 'pointer') return b
  if (a.kind === 'text' && b.kind === 'text') return a.room >= b.room ? a : b
  if (a.kind === 'buffer' && b.kind === 'buffer') return a.room >= b.room ? a : b
  if (a.kind === 'choice' && b.kind === 'choice')
    return {kind: 'choice', texts: [...new Set([...a.texts, ...b.texts])]}
  if (a.kind === 'tuple' && b.kind === 'tuple' && a.parts.length === b.parts.length) {
    const parts = a.parts.map((part, index) => joined(part, b.parts[index] ?? part))
    return parts.every((part) => part !== undefined) ? {kind: 'tuple', parts} : undefined
  }
  return a.kind === b.kind && named(a) === named(b) && storedSize(a) === storedSize(b) ? a : undefined
}

/** An integer whose values have no names. */
export function nameless(type: Int): Int {
  if (type.names === undefined) return type
  const {kind, bits, signed, literal} = type
  return {kind, bits, signed, ...(literal && {literal})}
}

/** Whether two types are one and the same. */
export function isSame(a: Type, b: Type): boolean {
  if (a.kind === 'tuple' && b.kind === 'tuple')
    return (
      a.parts.length === b.parts.length &&
      a.parts.every((part, index) => isSame(part, b.parts[index] ?? part))
    )
  if (a.kind === 'pointer' && b.kind === 'pointer') return a.space === b.space && named(a) === named(b)
  if (a.kind === 'int' && b.kind === 'int' && (a.literal !== b.literal || a.names !== b.names)) return false
  if (a.kind === 'choice' && b.kind === 'choice') return a.texts.length === b.texts.length
  return a.kind === b.kind && named(a) === named(b)
}

/** The type of an operation on two numbers: 64 bits, signed if one of them is, or has less. */
export function commonInt(a: Type, b: Type): Int {
  const [left, right] = [a, b].map((type): Int => {
    if (type.kind !== 'int') return u64
    return type.bits < 64 ? s64 : type
  })
  if (left === undefined || right === undefined) return s64
  if (left.literal && right.literal) return s64
  if (left.literal || right.literal) return (left.literal ? right : left).signed ? s64 : u64
  return left.signed || right.signed ? s64 : u64
}

/** The type of a number that the program writes, or that was computed of such. */
export function literalInt(value: bigint): Int {
  if (value < 0n) return s64
  return value >= 1n << 63n ? u64 : {...s64, literal: true}
}
