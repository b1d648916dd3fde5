import {type Bt, bt} from './bt.js'
import {
  type ArrayType,
  type CType,
  fits,
  type IntType,
  type PointerType,
  s64,
  type StructType,
  u64,
  wrap,
} from './ctype.js'

/**
 * An integer or address. Its text always computes in 64 bits and has the very value the type has in C: what is
 * narrower is extended when it is read or computed. (Operators of bpftrace on narrower operands differ between its
 * versions: 0.23 adds an int32 and a uint8 to a wrong sum, and a cast to a wider type extends by the sign of the new
 * type up to 0.17.)
 */
export interface NumberValue {
  readonly kind: 'number'
  readonly type: IntType | PointerType
  readonly text: Bt
  /** The type bpftrace itself gives to the text, where it is sure on every version. */
  readonly is?: 'int64' | 'uint64'
  /** Whether the text needs no parentheses as an operand. */
  readonly isAtom?: boolean
  /** The value, where it is known before the run. */
  readonly constant?: bigint
  /** The text as a condition, where that is not just a comparison with 0. */
  readonly truth?: Bt
  /** Where it lies in memory, for `&`. */
  readonly address?: NumberValue
}

/** A text that bpftrace already holds as one: the name of the process, an array of characters. */
export interface TextValue {
  readonly kind: 'text'
  readonly text: Bt
  /** Bytes of the array it is. */
  readonly size?: number
  readonly address?: NumberValue
}

/** A structure or array in memory, not read as a whole. */
export interface MemoryValue {
  readonly kind: 'memory'
  readonly type: StructType | ArrayType
  /** Its beginning, as a pointer to it, or to the first element; unknown for the fields of a tracepoint. */
  readonly address?: NumberValue
  /** How bpftrace itself names it, as `args->args` or `((struct file *)arg0)->f_path`. */
  readonly named?: Bt
  /** How bpftrace itself names a pointer to it, as `((struct file *)arg0)`. */
  readonly pointed?: Bt
}

export type Value = NumberValue | TextValue | MemoryValue

/** An integer known before the run. */
export function constant(value: bigint, type: IntType): NumberValue {
  const wrapped = wrap(value, type)
  const bare = {kind: 'number', type, constant: wrapped, text: digits(wrapped)} as const
  return {...bare, text: as(bare, signOf(type)), isAtom: true}
}

/**
 * A literal that still needs a cast, unless it is small: 0.17 takes those from 2^63 on for negative, and 0.23 those from
 * 2^31 on for unsigned. The lowest number of 64 bits has none on some versions.
 */
function digits(value: bigint): Bt {
  return value === -(2n ** 63n) ? bt`(-9223372036854775807 - 1)` : bt`${value}`
}

/**
 * A number of a type from text whose lower bits hold it, such as a register or a field: what is above the type's bits is
 * cut off.
 * @param text a single operand, that is: a name, a member, a call, a dereference or something in parentheses
 */
export function read(text: Bt, type: IntType | PointerType): NumberValue {
  const base = {kind: 'number', type} as const
  if (type.kind === 'pointer') return {...base, text: bt`(uint64)${text}`, is: 'uint64', isAtom: true}
  const {bits, signed} = type
  if (!signed && bits === 64) return {...base, text: bt`(uint64)${text}`, is: 'uint64', isAtom: true}
  if (bits === 64) return {...base, text: bt`(int64)${text}`, is: 'int64', isAtom: true}
  if (!signed) {
    const mask = type.isBool ? 255n : (1n << BigInt(bits)) - 1n
    return {...base, text: bt`(int64)(${text} & ${mask})`, is: 'int64', isAtom: true}
  }
  return {...base, text: bt`(int64)(int${bits})${text}`, is: 'int64', isAtom: true}
}

/** A number from a register, which bpftrace itself takes for a uint64: `arg0`, `retval`. */
export function readRegister(text: Bt, type: IntType | PointerType): NumberValue {
  if (signOf(type) === 'int64') return read(text, type)
  return {kind: 'number', type, text, is: 'uint64', isAtom: true}
}

/** The text as an operand: in parentheses where it needs them. */
export function operand({text, isAtom}: NumberValue): Bt {
  return isAtom ? text : bt`(${text})`
}

/** The text as one that bpftrace takes for an integer of this sign; a small constant goes with either. */
export function as(value: NumberValue, kind: 'int64' | 'uint64'): Bt {
  if (value.constant === undefined) return exactly(value, kind)
  const known = wrap(value.constant, kind === 'int64' ? s64 : u64)
  return isSmall(known) ? bt`${known}` : exactly(value, kind)
}

/** As `as`, with a cast also for a small constant: for variables, keys and what versions from 0.26 on warn about. */
export function exactly(value: NumberValue, kind: 'int64' | 'uint64'): Bt {
  if (value.constant === undefined && value.is === kind) return operand(value)
  const text =
    value.constant === undefined ? operand(value) : digits(wrap(value.constant, kind === 'int64' ? s64 : u64))
  return kind === 'int64' ? bt`(int64)${text}` : bt`(uint64)${text}`
}

/** Whether a constant has the same type in every version. */
const isSmall = (value: bigint): boolean => value >= -(2n ** 31n) && value < 2n ** 31n

/** How bpftrace has to see operands of a type: only the widest unsigned numbers do not fit into its signed ones. */
export function signOf(type: IntType | PointerType): 'int64' | 'uint64' {
  return type.kind === 'pointer' || (type.bits === 64 && !type.signed) ? 'uint64' : 'int64'
}

/** What C makes of a number when it is assigned to another type. */
export function convert(value: NumberValue, type: IntType | PointerType): NumberValue {
  const from = intOf(value.type)
  const to = intOf(type)
  if (value.constant !== undefined) return {...constant(value.constant, to), type}
  if (to.isBool && !from.isBool) return truthNumber(truth(value), type)
  const {kind, text, is, isAtom} = value
  const same = {kind, text, type, ...(is && {is}), ...(isAtom && {isAtom})}
  // Both are the same 64 bits; whoever needs their sign asks for it.
  if (fits(from, to) || to.bits === 64)
    return value.truth === undefined ? same : {...same, truth: value.truth}
  return read(operand(value), to)
}

/** The integer an address is computed as. */
export function intOf(type: IntType | PointerType): IntType {
  return type.kind === 'pointer' ? u64 : type
}

/** The text as a condition. */
export function truth(value: NumberValue): Bt {
  return value.truth ?? bt`${operand(value)} != 0`
}

/** 0 or 1 for a condition. The branches are constants, as others go wrong on 0.23 where they look into a map. */
export function truthNumber(condition: Bt, type: IntType | PointerType): NumberValue {
  return {kind: 'number', type, text: bt`((${condition}) ? 1 : 0)`, isAtom: true, truth: condition}
}

/** Whether a type is one of characters, so that a pointer to it is a text. */
export function isCharacter(type: CType): boolean {
  return type.kind === 'int' && type.bits === 8 && type.isBool !== true
}
