import type {Mapping} from '../../kernel/native.js'
import type {Kernel} from './kernel.js'

/** Where in the value of `globals` the engine and the programs talk to each other, in words of 4 bytes. */
const [stopped, sleeping] = [0, 1]

/** What the programs and the engine both see at any moment: the memory of the map `globals`. */
export class Globals {
  readonly #mapping: Mapping
  readonly #words: Int32Array
  #closed = false

  /** @param map of one value, made to be mapped into memory */
  constructor(kernel: Kernel, map: number) {
    this.#mapping = kernel.mapped('globals', map, 0, kernel.calls.pageSize(), 'write')
    this.#words = new Int32Array(this.#mapping.memory, 0, 2)
  }

  /** Whether no probe but END does anything. */
  get stopped(): boolean {
    return this.#words[stopped] !== 0
  }

  set stopped(isStopped: boolean) {
    if (!this.#closed) Atomics.store(this.#words, stopped, isStopped ? 1 : 0)
  }

  /** Asks the program whose record comes next to wake us; it then forgets that we asked. */
  sleep(): void {
    if (!this.#closed) Atomics.store(this.#words, sleeping, 1)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#mapping.unmap()
  }
}
