import {memoryOf} from './memory.js'

/** The addresses of a stack, the leaf first. */
export type Addresses = readonly bigint[]

/**
 * The stacks that the program has put into its maps, by their ids. An id is made from the addresses, so that a stack
 * that was read once need not be read again.
 */
export class StackTable {
  readonly #lookup: (map: number, key: Uint8Array) => Buffer | undefined
  readonly #known = new Map<bigint, Addresses>()
  readonly #key = new BigUint64Array(1)

  /** @param lookup gives the value of a key of a map of the object */
  constructor(lookup: (map: number, key: Uint8Array) => Buffer | undefined) {
    this.#lookup = lookup
  }

  /** No addresses for id 0, which is for no stack, and for one that the map had no room for. */
  addresses(map: number, id: bigint): Addresses {
    if (id === 0n) return []
    const known = this.#known.get(id)
    if (known !== undefined) return known
    this.#key[0] = id
    const value = this.#lookup(map, new Uint8Array(this.#key.buffer))
    if (value === undefined) return []
    const {view} = memoryOf(value)
    const count = Math.min(Number(view.getBigUint64(0, true)), value.length / 8 - 1)
    const addresses = Array.from({length: count}, (_, frame) => view.getBigUint64(8 + 8 * frame, true))
    this.#known.set(id, addresses)
    return addresses
  }
}
