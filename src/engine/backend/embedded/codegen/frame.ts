import type {Register} from '../assembler.js'
import {Mistake, type Place} from '../mistake.js'

/**
 * Memory of our own: on the stack of the function (r10), on that of the program around a callback (r8), or in the program's part
 * of the scratch map (r9).
 */
export interface Spot {
  readonly base: Extract<Register, 'r8' | 'r9' | 'r10'>
  readonly offset: number
}

export function moved({base, offset}: Spot, by: number): Spot {
  return {base, offset: offset + by}
}

/** The kernel gives a program 512 bytes of stack. */
const stackBytes = 512
/** What is larger goes to the scratch map. */
const largestOnStack = 64
/** What of the stack is left for what has no other place. */
const reserve = 96
/** A value of a per-CPU map may have 32 KiB (PCPU_MIN_UNIT_SIZE). */
const scratchBytes = 32 << 10

/** Hands out memory; what was taken since a mark is given back together. */
export class Frame {
  #stack = 0
  #scratch: number
  #mostScratch: number
  #mostStack = 0
  readonly #stackBytes: number

  /**
   * @param used bytes at the beginning of the scratch map that have another use
   * @param stackUsed bytes of the stack that the functions around have taken
   */
  constructor(used: number, stackUsed = 0) {
    this.#scratch = used
    this.#mostScratch = used
    this.#stackBytes = stackBytes - ((stackUsed + 31) & ~31)
  }

  /** How many bytes of the stack were needed. */
  get stackUsed(): number {
    return this.#mostStack
  }

  /** A function of the program has needed so much of what is shared. */
  include({scratch}: Frame): void {
    this.#mostScratch = Math.max(this.#mostScratch, scratch)
  }

  /** How many bytes of the scratch map were needed. */
  get scratch(): number {
    return this.#mostScratch
  }

  /** Memory for so many bytes, on the stack where it fits. */
  take(bytes: number, place: Place): Spot {
    const size = (bytes + 7) & ~7
    if (size <= largestOnStack && this.#stack + size <= this.#stackBytes - reserve)
      return this.stack(size, place)
    return this.large(size, place)
  }

  /** Memory on the stack. */
  stack(bytes: number, place: Place): Spot {
    this.#stack += (bytes + 7) & ~7
    this.#mostStack = Math.max(this.#mostStack, this.#stack)
    if (this.#stack > this.#stackBytes) throw new Mistake('this needs more stack than the kernel has', place)
    return {base: 'r10', offset: -this.#stack}
  }

  /** Memory in the scratch map. */
  large(bytes: number, place: Place): Spot {
    const offset = this.#scratch
    this.#scratch += (bytes + 7) & ~7
    this.#mostScratch = Math.max(this.#mostScratch, this.#scratch)
    if (this.#scratch > scratchBytes)
      throw new Mistake(`this needs more than the ${scratchBytes} bytes that a program has for texts`, place)
    return {base: 'r9', offset}
  }

  mark(): readonly [stack: number, scratch: number] {
    return [this.#stack, this.#scratch]
  }

  release([stack, scratch]: readonly [stack: number, scratch: number]): void {
    this.#stack = stack
    this.#scratch = scratch
  }
}
