import type {Btf} from './btf.js'

const buckets = 1 << 15

/** Finds types by their names: one walk over all of them, then each question takes no time. */
export class BtfNames {
  readonly #btf: Btf
  /** For each hash of a name the last type that has it, and for each type the one before; 0 for none. */
  readonly #last = new Uint32Array(buckets)
  readonly #before: Uint32Array
  readonly #kinds: Uint8Array

  /** @param kinds the kinds of types that are looked for */
  constructor(btf: Btf, kinds: ReadonlySet<number>) {
    this.#btf = btf
    this.#before = new Uint32Array(btf.most)
    this.#kinds = new Uint8Array(btf.most)
    btf.walk((id, at, kind) => {
      if (kinds.has(kind)) {
        const bucket = btf.nameHash(at) & (buckets - 1)
        this.#before[id] = this.#last[bucket] ?? 0
        this.#last[bucket] = id
        this.#kinds[id] = kind
      }
      return false
    })
  }

  /** The first type of this name and of one of the kinds; undefined if there is none. */
  find(name: string, isWanted: (kind: number) => boolean): number | undefined {
    const wanted = Buffer.from(`${name}\0`)
    let found: number | undefined
    for (let id = this.#last[hashOf(wanted) & (buckets - 1)] ?? 0; id !== 0; id = this.#before[id] ?? 0)
      if (isWanted(this.#kinds[id] ?? 0) && this.#btf.isNamed(this.#btf.at(id), wanted)) found = id
    return found
  }
}

/** FNV-1a over the bytes up to the NUL, as `Btf.nameHash`. */
function hashOf(bytes: Buffer): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) {
    if (byte === 0) break
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return hash >>> 0
}
