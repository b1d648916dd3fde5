/**
 * Ranges of addresses that may nest and repeat, as functions in a file do, to be searched by address. Addresses
 * are numbers: what owns them must make them fit into 2^53.
 */
export class Ranges {
  /** Numbers of the ranges, sorted by their start. */
  readonly order: Uint32Array
  readonly #starts: Float64Array
  readonly #ends: Float64Array
  /** The greatest end up to a place: where it is not above an address, nothing before can cover that. */
  readonly #reach: Float64Array

  /**
   * @param starts the first address of each range
   * @param sizes bytes of each; 0 means up to the next start (of code written in assembly nobody knows the size)
   * @param limit where a range of size 0 ends at the latest
   */
  constructor(starts: Float64Array, sizes: Float64Array, limit: (range: number) => number) {
    const count = starts.length
    this.order = sortedByStart(starts)
    this.#starts = new Float64Array(count)
    this.#ends = new Float64Array(count)
    this.#reach = new Float64Array(count)
    let next = Infinity
    for (let at = count - 1; at >= 0; at--) {
      const range = this.order[at] ?? 0
      const start = starts[range] ?? 0
      const following = this.#starts[at + 1]
      if (following !== undefined && following > start) next = following
      const size = sizes[range] ?? 0
      this.#starts[at] = start
      this.#ends[at] = size === 0 ? Math.min(next, limit(range)) : start + size
    }
    let reach = 0
    for (let at = 0; at < count; at++) this.#reach[at] = reach = Math.max(reach, this.#ends[at] ?? 0)
  }

  /** The numbers of all ranges that cover an address, those with the greatest start first. */
  covering(address: number): number[] {
    const found: number[] = []
    for (let at = this.#lastUpTo(address); at >= 0 && (this.#reach[at] ?? 0) > address; at--) {
      if ((this.#ends[at] ?? 0) > address) found.push(this.order[at] ?? 0)
    }
    return found
  }

  /** The place in the order of the last range that starts at an address or before; -1 if there is none. */
  #lastUpTo(address: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#starts[middle] ?? 0) <= address) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

/**
 * Sorting numbers needs no comparing function, which makes it five times as fast: so the place goes into the low
 * digits of what is sorted, wherever there is room for it.
 */
function sortedByStart(starts: Float64Array): Uint32Array {
  const count = starts.length
  const order = new Uint32Array(count)
  let low = Infinity
  let high = 0
  for (const start of starts) {
    if (start < low) low = start
    if (start > high) high = start
  }
  if ((high - low + 1) * count < Number.MAX_SAFE_INTEGER) {
    const keys = starts.map((start, place) => (start - low) * count + place).sort()
    for (let at = 0; at < count; at++) order[at] = (keys[at] ?? 0) % count
    return order
  }
  for (let at = 0; at < count; at++) order[at] = at
  return order.sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0) || a - b)
}
