import {readFileSync} from 'node:fs'
import type {Frame} from '../event/stack.js'
import {type Address, FrameCache} from './address.js'
import {Ranges} from './ranges.js'

/** Kernel addresses are counted from here, so that numbers hold them; below are no functions. */
const base = 0xffff_0000_0000_0000n
const baseHigh = Number(base >> 32n)

/** No function of a kernel is so long: what is further away is code without a symbol. */
const longest = 1 << 20

const newline = 10

/** The functions of the running kernel and its modules, read when the first address comes. */
export class KernelSymbols {
  readonly #read: () => Buffer
  readonly #cache = new FrameCache((address, lookup) => this.#symbols.frame(address, lookup))
  #table: KernelTable | undefined

  /** @param read gives the text of /proc/kallsyms, which takes the kernel about 70 ms to write */
  constructor(read = (): Buffer => readFileSync('/proc/kallsyms')) {
    this.#read = read
  }

  /** Whether the kernel keeps its addresses from us, as it does without CAP_SYSLOG: then no frame has a name. */
  get hidden(): boolean {
    return this.#symbols.hidden
  }

  /** The frame of one address; of one that a call returns to if `caller`. */
  resolve(address: Address, caller = false): Frame {
    return this.#cache.frame(address, caller)
  }

  /** The frames of a stack, the leaf first. */
  frames(addresses: readonly Address[]): Frame[] {
    return this.#cache.frames(addresses)
  }

  get #symbols(): KernelTable {
    return (this.#table ??= new KernelTable(this.#read()))
  }
}

/** Lines of `ffffffff81234560 T vfs_read` or `ffffffffc0123450 t nft_do_chain	[nf_tables]`, taken apart as bytes. */
class KernelTable {
  readonly hidden: boolean
  readonly #text: Buffer
  readonly #starts: Float64Array
  /** Where the name of a symbol begins in the text; its type is two bytes before. */
  readonly #names: Uint32Array
  readonly #ranges: Ranges

  constructor(text: Buffer) {
    this.#text = text
    let lines = 0
    for (let at = text.indexOf(newline); at >= 0; at = text.indexOf(newline, at + 1)) lines++
    const starts = new Float64Array(lines)
    const names = new Uint32Array(lines)
    let count = 0
    let hidden = lines > 0
    for (let at = 0; at < text.length; at = text.indexOf(newline, at) + 1 || text.length) {
      const high = hexWord(text, at)
      const low = hexWord(text, at + 8)
      if (high !== 0 || low !== 0) hidden = false
      if (high < baseHigh) continue // Offsets of per-CPU data.
      starts[count] = (high - baseHigh) * 2 ** 32 + low
      names[count] = at + 19
      count++
    }
    this.hidden = hidden
    this.#starts = starts.subarray(0, count)
    this.#names = names.subarray(0, count)
    // Data is searched too: where it begins, the function before it ends.
    this.#ranges = new Ranges(
      this.#starts,
      new Float64Array(count),
      (symbol) => (this.#starts[symbol] ?? 0) + longest,
    )
  }

  frame(address: bigint, lookup: bigint): Frame {
    const place = Number(lookup - base)
    // Of several names the kernel itself uses the first.
    const found = this.#ranges.covering(place).findLast((symbol) => this.#isFunction(symbol))
    if (found === undefined) return {address, kernel: true}
    const at = this.#names[found] ?? 0
    const end = this.#text.indexOf(newline, at)
    const line = this.#text.toString('latin1', at, end < 0 ? this.#text.length : end)
    const [name = '', module = '[kernel]'] = line.split('\t')
    return {
      address,
      name,
      offset: Number(address - base) - (this.#starts[found] ?? 0),
      module: module.slice(1, -1),
      kernel: true,
    }
  }

  /** By nm(1): t and T are text, w and W weak symbols; a weak object is v or V. */
  #isFunction(symbol: number): boolean {
    const type = String.fromCharCode(this.#text[(this.#names[symbol] ?? 0) - 2] ?? 0)
    return 'tTwW'.includes(type)
  }
}

/** The value of eight hex digits. */
function hexWord(text: Buffer, at: number): number {
  let value = 0
  for (let end = at + 8; at < end; at++) {
    const byte = text[at] ?? 0
    value = value * 16 + (byte < 58 ? byte - 48 : (byte | 32) - 87)
  }
  return value
}
