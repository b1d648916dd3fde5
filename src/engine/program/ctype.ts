/** An integer of C as a register or the memory holds it. */
export interface IntType {
  readonly kind: 'int'
  readonly bits: 8 | 16 | 32 | 64
  readonly signed: boolean
  /** Whether every value but 0 becomes 1, as in `_Bool`. */
  readonly isBool?: boolean
  /** Whether it is C's `char`, of which texts are made; BTF does not say that it has a sign. */
  readonly isCharacter?: boolean
  /** Of an enumeration: how its values are called. */
  readonly names?: ReadonlyMap<bigint, string>
}

export interface PointerType {
  readonly kind: 'pointer'
  readonly to: CType
  /** Whether it points to memory of the process, though the kernel holds it (`__user`). */
  readonly user?: boolean
}

export interface ArrayType {
  readonly kind: 'array'
  readonly of: CType
  readonly length: number
}

/** A structure or union; what is in it, the one who made it knows by its `id`. */
export interface StructType {
  readonly kind: 'struct'
  /** As `struct file`; of one without a name, `struct`. */
  readonly name: string
  readonly id: number
}

/** Something whose size or contents nobody knows here: void, a structure of another program, a function. */
export interface OpaqueType {
  readonly kind: 'opaque'
  readonly name: string
  /** Of a floating-point number, which takes room but has no value here. */
  readonly bytes?: number
}

/** A type of C, without its qualifiers. An enumeration is the integer it is kept in. */
export type CType = IntType | PointerType | ArrayType | StructType | OpaqueType

/** A member of a structure; those of unnamed members count as its own. */
export interface Field {
  readonly type: CType
  /** Bytes from the beginning of the structure. */
  readonly offset: number
  /** For a bit field: bits from the byte at `offset` (counted from the least significant), and how many. */
  readonly bitField?: {readonly offset: number; readonly size: number}
}

/** What a machine knows of its kernel's types. */
export interface KernelTypes {
  /** The type behind a name as `struct file`, `enum pid_type` or `gfp_t`; undefined if the kernel has none. */
  readonly named: (name: string) => CType | undefined
  /** The members of a structure it gave. */
  readonly fields: (type: StructType) => ReadonlyMap<string, Field>
  /** Bytes of a structure it gave. */
  readonly size: (type: StructType) => number
  /** What a function of the kernel returns; undefined if that is not known. */
  readonly returned: (name: string) => CType | undefined
  /** A constant of an enumeration; undefined if there is none of that name. */
  readonly constant?: (name: string) => bigint | undefined
  /** All names that `named` knows, for suggestions. */
  readonly names: () => Iterable<string>
}

const int = (bits: IntType['bits'], signed: boolean): IntType => ({kind: 'int', bits, signed})

export const bool: IntType = {kind: 'int', bits: 8, signed: false, isBool: true}
export const u8 = int(8, false)
export const s32 = int(32, true)
export const u32 = int(32, false)
export const s64 = int(64, true)
export const u64 = int(64, false)
export const char = int(8, true)
export const unknown = (name: string): OpaqueType => ({kind: 'opaque', name})
export const opaque = unknown('void')

/** The names that every program knows, by what they are on 64-bit Linux; `char` is signed, as in BCC. */
export const typedefs: Readonly<Record<string, IntType>> = {
  ...{bool, _Bool: bool},
  ...widths('u', '', false),
  ...widths('s', '', true),
  ...widths('__u', '', false),
  ...widths('__s', '', true),
  ...widths('uint', '_t', false),
  ...widths('int', '_t', true),
  ...{uint: u32, ushort: int(16, false), ulong: u64, uchar: int(8, false)},
  ...{size_t: u64, ssize_t: s64, off_t: s64, loff_t: s64, off64_t: s64, ptrdiff_t: s64, intptr_t: s64},
  ...{uintptr_t: u64, intmax_t: s64, uintmax_t: u64, time_t: s64, clock_t: s64, ino_t: u64, dev_t: u32},
  ...{pid_t: s32, uid_t: u32, gid_t: u32, mode_t: u32, id_t: u32, socklen_t: u32, clockid_t: s32},
}

function widths(before: string, after: string, signed: boolean): Record<string, IntType> {
  return Object.fromEntries(
    ([8, 16, 32, 64] as const).map((bits) => [`${before}${bits}${after}`, int(bits, signed)]),
  )
}

/** The words that make up the integers of C; `int` alone is one, `unsigned long long int` another. */
export const baseWords: ReadonlySet<string> = new Set(['signed', 'unsigned', 'char', 'short', 'int', 'long'])

/** What several base words mean together, in any order, as C has it; undefined if they contradict each other. */
export function baseType(words: readonly string[]): IntType | undefined {
  const count = (word: string): number => words.filter((each) => each === word).length
  const [longs, shorts, chars] = [count('long'), count('short'), count('char')]
  const isUnsigned = count('unsigned') === 1
  const kinds = (longs > 0 ? 1 : 0) + shorts + chars
  if (words.length === 0 || kinds > 1 || longs > 2 || count('int') > 1) return undefined
  if (count('unsigned') + count('signed') > 1 || (chars === 1 && count('int') === 1)) return undefined
  return int(chars === 1 ? 8 : shorts === 1 ? 16 : longs > 0 ? 64 : 32, !isUnsigned)
}

/** How a type is called in a message. */
export function typeName(type: CType): string {
  switch (type.kind) {
    case 'int':
      return type.isBool ? 'bool' : `${type.signed ? 's' : 'u'}${type.bits}`
    case 'pointer':
      return `${typeName(type.to)} *`
    case 'array':
      return `${typeName(type.of)}[${type.length}]`
    case 'struct':
    case 'opaque':
      return type.name
  }
}

/** Bytes of a type, or undefined where nobody knows. */
export function sizeOf(type: CType, types: KernelTypes | undefined): number | undefined {
  switch (type.kind) {
    case 'int':
      return type.bits / 8
    case 'pointer':
      return 8
    case 'array': {
      const one = sizeOf(type.of, types)
      return one === undefined ? undefined : one * type.length
    }
    case 'struct':
      return types?.size(type)
    case 'opaque':
      return type.bytes
  }
}

/** Whether every value of one integer type is one of another. */
export function fits(from: IntType, to: IntType): boolean {
  if (to.isBool) return from.isBool === true
  return from.signed === to.signed ? from.bits <= to.bits : !from.signed && from.bits < to.bits
}

/** The type two integers have in an operation: int at least, the wider one, unsigned if both are as wide. */
export function common(a: IntType, b: IntType): IntType {
  const [left, right] = [promoted(a), promoted(b)]
  if (left.bits !== right.bits) return left.bits > right.bits ? left : right
  return left.signed ? right : left
}

/** What C makes of an integer narrower than int before it computes. */
export function promoted(type: IntType): IntType {
  return type.bits < 32 ? s32 : type
}

/** A number as a type holds it, higher bits cut off. */
export function wrap(value: bigint, type: IntType): bigint {
  if (type.isBool) return value === 0n ? 0n : 1n
  return type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value)
}
