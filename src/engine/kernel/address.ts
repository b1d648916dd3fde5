import type {Frame} from '../event/stack.js'

/** An address as it comes: a number, or its hex digits with or without `0x`. */
export type Address = bigint | string

/**
 * Frames by address, made once each: stacks come in thousands, and are made of the same frames.
 *
 * A frame that is not the leaf holds the address a call returns to. A call can be the last instruction of its
 * function, and the next byte another function's; so for such an address the byte before is looked up. Its offset
 * stays that of the address itself, as perf and BCC show it.
 */
export class FrameCache {
  readonly #leaves = new Map<Address, Frame>()
  readonly #callers = new Map<Address, Frame>()
  readonly #resolve: (address: bigint, lookup: bigint) => Frame

  /** @param resolve makes the frame of an address from what is found at `lookup` */
  constructor(resolve: (address: bigint, lookup: bigint) => Frame) {
    this.#resolve = resolve
  }

  /** @param caller whether the address is one that a call returns to */
  frame(address: Address, caller: boolean): Frame {
    const frames = caller ? this.#callers : this.#leaves
    let frame = frames.get(address)
    if (frame === undefined) {
      const number = toNumber(address)
      frame = this.#resolve(number, caller && number > 0n ? number - 1n : number)
      frames.set(address, frame)
    }
    return frame
  }

  /** The frames of a stack, the leaf first. */
  frames(addresses: readonly Address[]): Frame[] {
    return addresses.map((address, depth) => this.frame(address, depth > 0))
  }

  /** Forgets the frames without a name, as they may have one now. */
  retry(): void {
    for (const frames of [this.#leaves, this.#callers]) {
      for (const [address, {name}] of frames) if (name === undefined) frames.delete(address)
    }
  }
}

function toNumber(address: Address): bigint {
  return typeof address === 'bigint' ? address : BigInt(address.startsWith('0x') ? address : `0x${address}`)
}
