const firstBytes = 64 << 10
const minus = 0x2d
const space = 0x20
const zero = 0x30
/** What is below this is divided in 32 bits, which is faster. */
const half = 1_000_000_000
/** Four bytes are copied at once, so that up to three behind what is meant are written, too. */
const spare = 3
/** Where the longest whole number that a double holds exactly ends, if it begins at 0. */
const digitsEnd = 17

/** The digits of the numbers below 100 as two bytes. */
const pairs = Uint16Array.from({length: 100}, (_, number) => {
  const tens = Math.floor(number / 10)
  return zero + tens + ((zero + number - tens * 10) << 8)
})

/** Bytes for stdout. The memory grows and is used again, so that writing makes nothing to throw away. */
export class Page {
  bytes = Buffer.allocUnsafeSlow(firstBytes)
  /** The same memory. */
  view = new DataView(this.bytes.buffer)
  length = 0
  readonly #digits = new DataView(new ArrayBuffer(digitsEnd + spare))

  /** Makes room for so many more bytes, and for some that are written behind them when four are copied at once. */
  need(bytes: number): void {
    const wanted = this.length + bytes + spare
    if (wanted <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.bytes.length))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
    this.view = new DataView(larger.buffer)
  }

  text(text: string): void {
    this.need(text.length * 3)
    this.length += this.bytes.write(text, this.length)
  }

  copy({words, length}: Fragment): void {
    this.need(length)
    const {view} = this
    let to = this.length
    const count = (length + 3) >>> 2
    for (let at = 0; at < count; at++, to += 4) view.setInt32(to, words[at] ?? 0, true)
    this.length += length
  }

  spaces(count: number): void {
    this.need(count)
    const {bytes} = this
    for (let left = count; left > 0; left--) bytes[this.length++] = space
  }

  /**
   * Writes a whole number that a double holds exactly.
   * @param width of what is written at least, filled with spaces on the left
   * @returns how many bytes
   */
  decimal(value: number, width = 0): number {
    const digits = this.#digits
    let rest = Math.abs(value)
    let from = digitsEnd
    while (rest >= half) {
      const above = Math.floor(rest / half)
      let low = (rest - above * half) | 0
      for (let pair = 0; pair < 4; pair++) {
        const next = (low / 100) | 0
        digits.setUint16((from -= 2), pairs[low - next * 100] ?? 0, true)
        low = next
      }
      digits.setUint8(--from, zero + low)
      rest = above
    }
    let left = rest | 0
    while (left >= 100) {
      const next = (left / 100) | 0
      digits.setUint16((from -= 2), pairs[left - next * 100] ?? 0, true)
      left = next
    }
    if (left >= 10) digits.setUint16((from -= 2), pairs[left] ?? 0, true)
    else digits.setUint8(--from, zero + left)
    if (value < 0) digits.setUint8(--from, minus)

    const count = digitsEnd - from
    this.need(Math.max(count, width))
    this.spaces(width - count)
    const {view} = this
    let to = this.length
    for (let at = from; at < digitsEnd; at += 4, to += 4) view.setInt32(to, digits.getInt32(at, true), true)
    this.length += count
    return Math.max(count, width)
  }

  /** What was written since it was last taken; valid until more is written. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length)
    this.length = 0
    return taken
  }
}

/** Bytes that are written again and again, kept as the words that a page copies. */
export class Fragment {
  words: Int32Array
  length: number

  constructor(bytes: Uint8Array | string = '') {
    const from = Buffer.from(bytes)
    this.length = from.length
    this.words = new Int32Array((from.length + 3) >>> 2)
    new Uint8Array(this.words.buffer).set(from)
  }

  /** Becomes what was written to a page from there on. */
  take(page: Page, from: number): void {
    const {view} = page
    this.length = page.length - from
    const count = (this.length + 3) >>> 2
    if (count > this.words.length) this.words = new Int32Array(2 * count)
    for (let at = 0; at < count; at++) this.words[at] = view.getInt32(from + 4 * at, true)
  }
}
