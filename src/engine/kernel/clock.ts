import type {Native} from './native.js'

const refreshNs = 1_000_000_000n

/** Turns times of the kernel's boot clock, which stamps events, into wall-clock times. */
export class Clock {
  readonly #native: Native
  #offset = 0n
  #readAt = -refreshNs

  constructor(native: Native) {
    this.#native = native
  }

  /** Nanoseconds since boot, time asleep included. */
  now(): bigint {
    return this.#native.clocks().boot
  }

  /** Nanoseconds since 1970 for a time of the boot clock; follows steps of the wall clock within a second. */
  wall(boot: bigint): bigint {
    if (boot - this.#readAt >= refreshNs) {
      const clocks = this.#native.clocks()
      this.#offset = clocks.real - clocks.boot
      this.#readAt = clocks.boot
    }
    return boot + this.#offset
  }
}
