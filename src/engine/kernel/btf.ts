import {readFileSync} from 'node:fs'

/** Kinds of include/uapi/linux/btf.h that are looked at. */
export const btfKinds = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  function: 12,
  typeTag: 18,
  enum64: 19,
} as const

/** How much follows the 12-byte head of a type, for the kinds that carry more. */
const extraBytes: Record<number, (members: number) => number> = {
  1: () => 4, // int
  3: () => 12, // array
  4: (members) => members * 12, // struct
  5: (members) => members * 12, // union
  6: (members) => members * 8, // enum
  13: (members) => members * 8, // function prototype
  14: () => 4, // variable
  15: (members) => members * 12, // data section
  17: () => 4, // declaration tag
  19: (members) => members * 12, // 64-bit enum
}

/** The kernel's description of its own types, as the file has it. */
export class Btf {
  readonly #file: Buffer
  readonly #types: number
  readonly #end: number
  readonly #strings: number
  #places: Uint32Array | undefined

  constructor(file: Buffer) {
    this.#file = file
    const header = file.readUInt32LE(4)
    this.#types = header + file.readUInt32LE(8)
    this.#end = this.#types + file.readUInt32LE(12)
    this.#strings = header + file.readUInt32LE(16)
  }

  /** Reads the file; undefined where there is none. */
  static read(path: string): Btf | undefined {
    try {
      return new Btf(readFileSync(path))
    } catch {
      return undefined
    }
  }

  /**
   * Goes over all types from front to back until `visit` says so: about 130,000, some 10 ms.
   * @param visit gets the type's id, where it is in the file, and its kind
   */
  walk(visit: (id: number, at: number, kind: number) => boolean): void {
    for (let at = this.#types, id = 1; at < this.#end; id++) {
      const info = this.u32(at + 4)
      const kind = (info >>> 24) & 0x1f
      if (visit(id, at, kind)) return
      at += 12 + (extraBytes[kind]?.(info & 0xffff) ?? 0)
    }
  }

  /** Where a type is in the file, by its id. The places of all are found with the first question. */
  at(id: number): number {
    this.#places ??= this.#findAll()
    return this.#places[id] ?? 0
  }

  u32(at: number): number {
    return this.#file.readUInt32LE(at)
  }

  /** One more than the number of types can be: each takes 12 bytes at least. */
  get most(): number {
    return Math.floor((this.#end - this.#types) / 12) + 1
  }

  /** A number that is the same for types of the same name: FNV-1a. */
  nameHash(at: number): number {
    let hash = 0x811c9dc5
    for (let place = this.#strings + this.u32(at); ; place++) {
      const byte = this.#file[place] ?? 0
      if (byte === 0) return hash >>> 0
      hash = Math.imul(hash ^ byte, 0x01000193)
    }
  }

  /** Whether the name of the type at this place is `wanted`, which ends with a NUL. */
  isNamed(at: number, wanted: Buffer): boolean {
    const text = this.#strings + this.#file.readUInt32LE(at)
    return this.#file[text] === wanted[0] && wanted.equals(this.#file.subarray(text, text + wanted.length))
  }

  /** The text at an offset into the string table. */
  text(offset: number): string {
    const from = this.#strings + offset
    return this.#file.toString('utf8', from, this.#file.indexOf(0, from))
  }

  #findAll(): Uint32Array {
    const places = new Uint32Array(this.most)
    this.walk((id, at) => {
      places[id] = at
      return false
    })
    return places
  }
}

/** Where the kernel describes its types. */
export const kernelBtf = '/sys/kernel/btf/vmlinux'

/** The type id of a kernel function, which is how fentry names it; undefined if the kernel does not describe it. */
export function functionTypeId(name: string, path = kernelBtf): number | undefined {
  const btf = Btf.read(path)
  const wanted = Buffer.from(`${name}\0`)
  let found: number | undefined
  btf?.walk((id, at, kind) => {
    if (kind === btfKinds.function && btf.isNamed(at, wanted)) found = id
    return found !== undefined
  })
  return found
}
