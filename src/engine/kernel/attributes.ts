import type {Native} from './native.js'

/** A structure for a system call, such as union bpf_attr, and what its pointers lead to. */
export class Attributes {
  readonly bytes: Buffer
  readonly #calls: Native
  #kept: Uint8Array[] = []

  constructor(calls: Native, length: number) {
    this.#calls = calls
    this.bytes = Buffer.alloc(length)
  }

  u32(at: number, value: number): this {
    this.bytes.writeUInt32LE(value, at)
    return this
  }

  u64(at: number, value: bigint): this {
    this.bytes.writeBigUInt64LE(value, at)
    return this
  }

  /** Writes the address of a buffer and keeps the buffer until `done`; null for an empty one. */
  pointer(at: number, buffer: Uint8Array | undefined): this {
    if (buffer === undefined || buffer.length === 0) return this
    this.#kept.push(buffer)
    return this.u64(at, this.#calls.address(buffer))
  }

  /** As `pointer`, to a text that ends with a NUL. */
  text(at: number, text: string): this {
    return this.pointer(at, Buffer.from(`${text}\0`))
  }

  /** As `pointer`, to a list of addresses of texts. */
  texts(at: number, texts: readonly string[]): this {
    const all = Buffer.from(texts.map((text) => `${text}\0`).join(''))
    const list = Buffer.alloc(texts.length * 8)
    let next = this.#calls.address(all)
    texts.forEach((text, index) => {
      list.writeBigUInt64LE(next, index * 8)
      next += BigInt(Buffer.byteLength(text) + 1)
    })
    this.#kept.push(all)
    return this.pointer(at, list)
  }

  /** As `pointer`, to a list of 64-bit numbers. */
  numbers(at: number, numbers: readonly number[]): this {
    return this.pointer(at, new Uint8Array(BigUint64Array.from(numbers, BigInt).buffer))
  }

  /** The call is over: the buffers are no longer needed. */
  done(): void {
    this.#kept = []
  }
}
