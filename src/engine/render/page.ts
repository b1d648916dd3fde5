const firstBytes = 64 << 10
const minus = 0x2d
const space = 0x20
const zero = 0x30
/** What is below this is divided in 32 bits, which is faster. */
const half = 1_000_000_000

/** Bytes for stdout. The memory grows and is used again, so that writing makes nothing to throw away. */
export class Page {
  bytes = Buffer.allocUnsafeSlow(firstBytes)
  length = 0
  /** The digits of a number, from the last to the first. */
  readonly #digits = new Uint8Array(20)

  /** Makes room for so many more bytes. */
  need(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.length + bytes, 2 * this.bytes.length))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }

  text(text: string): void {
    this.need(text.length * 3)
    this.length += this.bytes.write(text, this.length)
  }

  copy(from: Uint8Array): void {
    this.need(from.length)
    const {bytes, length} = this
    for (let at = 0; at < from.length; at++) bytes[length + at] = from[at] ?? 0
    this.length = length + from.length
  }

  spaces(count: number): void {
    this.need(count)
    for (let left = count; left > 0; left--) this.bytes[this.length++] = space
  }

  /**
   * Writes a whole number that a double holds exactly.
   * @param width of what is written at least, filled with spaces on the left
   * @returns how many bytes
   */
  decimal(value: number, width = 0): number {
    const digits = this.#digits
    let rest = Math.abs(value)
    let count = 0
    while (rest >= half) {
      const above = Math.floor(rest / half)
      let low = rest - above * half
      for (let digit = 0; digit < 9; digit++) {
        const next = (low / 10) | 0
        digits[count++] = zero + low - next * 10
        low = next
      }
      rest = above
    }
    rest |= 0
    do {
      const next = (rest / 10) | 0
      digits[count++] = zero + rest - next * 10
      rest = next
    } while (rest > 0)
    if (value < 0) digits[count++] = minus
    this.need(Math.max(count, width))
    const {bytes} = this
    let to = this.length
    for (let pad = width - count; pad > 0; pad--) bytes[to++] = space
    for (let at = count - 1; at >= 0; at--) bytes[to++] = digits[at] ?? 0
    const written = to - this.length
    this.length = to
    return written
  }

  /** What was written since it was last taken; valid until more is written. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length)
    this.length = 0
    return taken
  }
}
