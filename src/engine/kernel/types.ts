import type {CType, Field, IntType, KernelTypes, StructType} from '../program/ctype.js'
import {Btf, btfKinds as kinds, kernelBtf} from './btf.js'
import {BtfConstants} from './btfconstants.js'
import {BtfNames} from './btfnames.js'

/** The types of this kernel, or undefined where it does not describe them. */
export function kernelTypes(path = kernelBtf): KernelTypes | undefined {
  const btf = Btf.read(path)
  return btf && new BtfTypes(btf)
}

/** A function as the kernel describes it. */
export interface FunctionPrototype {
  /** The id of the function, by which fentry names it. */
  readonly typeId: number
  readonly parameters: readonly {readonly name: string; readonly type: CType}[]
  readonly returned: CType
}

/** All that the kernel says of its types. */
export interface KernelDescription {
  readonly types: KernelTypes
  /** A constant of an enumeration. */
  readonly constant: (name: string) => bigint | undefined
  /** A function. */
  readonly prototype: (name: string) => FunctionPrototype | undefined
  /** The names of all functions. */
  readonly functions: () => readonly string[]
}

/** The same as `kernelTypes` with constants and functions, from one reading. */
export function kernelDescription(path = kernelBtf): KernelDescription | undefined {
  const btf = Btf.read(path)
  if (btf === undefined) return undefined
  const types = new BtfTypes(btf)
  return {
    types,
    constant: (name) => types.constant(name),
    prototype: (name) => types.prototype(name),
    functions: () => types.functions(),
  }
}

/** Bits of `encoding` of an integer in include/uapi/linux/btf.h. */
const encodings = {signed: 1, bool: 4}

/** Structures that programs and the kernel share, and that the kernel calls by another name (64-bit machines). */
const ofPrograms: Readonly<Record<string, string>> = {
  'struct timespec': 'struct __kernel_timespec',
  'struct timeval': 'struct __kernel_old_timeval',
}

/** How many layers of typedefs and arrays are followed; a file that runs in circles is no kernel's. */
const deepest = 64

/** Reads types when they are asked for; nothing is kept but where they are and what was found. */
class BtfTypes implements KernelTypes {
  readonly #btf: Btf
  readonly #constants: BtfConstants
  readonly #fields = new Map<number, ReadonlyMap<string, Field>>()
  readonly #named = new Map<string, CType | undefined>()
  #types: BtfNames | undefined

  constructor(btf: Btf) {
    this.#btf = btf
    this.#constants = new BtfConstants(btf)
  }

  constant(name: string): bigint | undefined {
    return this.#constants.named(name)
  }

  named(name: string): CType | undefined {
    if (!this.#named.has(name)) this.#named.set(name, this.#find(name) ?? this.#find(ofPrograms[name] ?? ''))
    return this.#named.get(name)
  }

  fields({id}: StructType): ReadonlyMap<string, Field> {
    let fields = this.#fields.get(id)
    if (fields === undefined) {
      fields = new Map(this.#members(id, 0, deepest))
      this.#fields.set(id, fields)
    }
    return fields
  }

  size({id}: StructType): number {
    return this.#btf.u32(this.#btf.at(id) + 8)
  }

  returned(name: string): CType | undefined {
    const wanted = Buffer.from(`${name}\0`)
    let prototype: number | undefined
    this.#btf.walk((_, at, kind) => {
      if (kind === kinds.function && this.#btf.isNamed(at, wanted)) prototype = this.#btf.u32(at + 8)
      return prototype !== undefined
    })
    return prototype === undefined
      ? undefined
      : this.#type(this.#btf.u32(this.#btf.at(prototype) + 8), deepest)
  }

  prototype(name: string): FunctionPrototype | undefined {
    const btf = this.#btf
    const wanted = Buffer.from(`${name}\0`)
    let found: number | undefined
    btf.walk((id, at, kind) => {
      if (kind === kinds.function && btf.isNamed(at, wanted)) found = id
      return found !== undefined
    })
    if (found === undefined) return undefined
    const at = btf.at(btf.u32(btf.at(found) + 8))
    const count = btf.u32(at + 4) & 0xffff
    const parameters = Array.from({length: count}, (_, index) => at + 12 + index * 8).map((each) => ({
      name: btf.text(btf.u32(each)),
      type: this.#type(btf.u32(each + 4), deepest),
    }))
    return {typeId: found, parameters, returned: this.#type(btf.u32(at + 8), deepest)}
  }

  functions(): string[] {
    const found: string[] = []
    this.#btf.walk((_, at, kind) => {
      if (kind === kinds.function) found.push(this.#btf.text(this.#btf.u32(at)))
      return false
    })
    return found
  }

  names(): Iterable<string> {
    const found = new Set<string>()
    this.#btf.walk((_, at, kind) => {
      const tag = tagOf(kind)
      if (tag !== undefined) {
        const name = this.#btf.text(this.#btf.u32(at))
        if (name !== '') found.add(tag === '' ? name : `${tag} ${name}`)
      }
      return false
    })
    return found
  }

  #find(name: string): CType | undefined {
    const [, tag = '', bare = name] = /^(struct|union|enum) (.*)$/.exec(name) ?? []
    if (bare === '') return undefined
    this.#types ??= new BtfNames(this.#btf, namedKinds)
    const found = this.#types.find(bare, (kind) => tagOf(kind) === tag)
    return found === undefined ? undefined : this.#type(found, deepest)
  }

  #type(id: number, depth: number): CType {
    if (id === 0 || depth === 0) return {kind: 'opaque', name: 'void'}
    const btf = this.#btf
    const at = btf.at(id)
    const info = btf.u32(at + 4)
    const sizeOrType = btf.u32(at + 8)
    const kind = (info >>> 24) & 0x1f
    const name = btf.text(btf.u32(at))
    switch (kind) {
      case kinds.int: {
        const encoding = (btf.u32(at + 12) >>> 24) & 0x0f
        const isBool = (encoding & encodings.bool) !== 0
        return integer(sizeOrType, (encoding & encodings.signed) !== 0, name, isBool)
      }
      case kinds.enum:
      case kinds.enum64:
        return integer(sizeOrType, info >>> 31 === 1, name)
      case kinds.pointer:
        return this.#pointer(sizeOrType, depth)
      case kinds.array:
        return {kind: 'array', of: this.#type(btf.u32(at + 12), depth - 1), length: btf.u32(at + 20)}
      case kinds.struct:
      case kinds.union:
        return {kind: 'struct', id, name: `${tagOf(kind) ?? ''} ${name}`.trim()}
      case kinds.typedef:
      case kinds.volatile:
      case kinds.const:
      case kinds.restrict:
      case kinds.typeTag:
        return this.#type(sizeOrType, depth - 1)
      default:
        return {kind: 'opaque', name: name === '' ? 'a function' : name}
    }
  }

  /** A pointer; what it points to is `user` memory where the kernel tags it so. */
  #pointer(to: number, depth: number): CType {
    const at = this.#btf.at(to)
    const isTag = to !== 0 && ((this.#btf.u32(at + 4) >>> 24) & 0x1f) === kinds.typeTag
    const user = isTag && this.#btf.text(this.#btf.u32(at)) === 'user'
    // Asked for only when somebody follows it: structures point at each other in circles.
    const type = (): CType => this.#type(to, depth - 1)
    let known: CType | undefined
    return {
      kind: 'pointer',
      get to() {
        return (known ??= type())
      },
      ...(user && {user}),
    }
  }

  /** The members of a structure, those of its unnamed members among them. */
  *#members(id: number, base: number, depth: number): Generator<[string, Field]> {
    const btf = this.#btf
    const at = btf.at(id)
    const info = btf.u32(at + 4)
    const holdsBitFields = info >>> 31 === 1
    for (let member = at + 12; member < at + 12 + (info & 0xffff) * 12; member += 12) {
      const name = btf.text(btf.u32(member))
      const place = btf.u32(member + 8)
      const size = holdsBitFields ? place >>> 24 : 0
      const bit = holdsBitFields ? place & 0xffffff : place
      const offset = base + (bit >>> 3)
      const type = this.#type(btf.u32(member + 4), depth)
      if (name !== '') yield [name, {type, offset, ...(size > 0 && {bitField: {offset: bit & 7, size}})}]
      else if (type.kind === 'struct' && depth > 0) yield* this.#members(type.id, offset, depth - 1)
    }
  }
}

/** Kinds that `tagOf` knows. */
const namedKinds = new Set([kinds.struct, kinds.union, kinds.enum, kinds.enum64, kinds.typedef])

/** How C names types of a kind: `struct`, nothing for a typedef; undefined for kinds without a name of their own. */
function tagOf(kind: number): string | undefined {
  if (kind === kinds.struct) return 'struct'
  if (kind === kinds.union) return 'union'
  if (kind === kinds.enum || kind === kinds.enum64) return 'enum'
  return kind === kinds.typedef ? '' : undefined
}

function integer(bytes: number, signed: boolean, name: string, isBool = false): CType {
  const bits = ([8, 16, 32, 64] as const).find((each) => each === bytes * 8)
  if (bits === undefined) return {kind: 'opaque', name}
  const isCharacter = name === 'char'
  return {
    ...{kind: 'int', bits, signed},
    ...(isBool && {isBool}),
    ...(isCharacter && {isCharacter}),
  } satisfies IntType
}
