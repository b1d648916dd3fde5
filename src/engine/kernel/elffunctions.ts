import {isAscii} from 'node:buffer'
import type {ElfFile, ElfSection} from './elffile.js'
import {Ranges} from './ranges.js'

/** A function of an ELF file. */
export interface ElfFunction {
  /** As the linker knows it, without the version (`malloc`, not `malloc@@GLIBC_2.2.5`); C++ names stay mangled. */
  readonly name: string
  /** Where it gets loaded, before the file as a whole is moved to its place. */
  readonly address: number
  /** Where it is in the file: what uprobes are given. */
  readonly offset: number
  /** Bytes of its code; 0 if the file does not say. */
  readonly size: number
  /** It does no work itself but gives the address of a function that does (STT_GNU_IFUNC). */
  readonly indirect: boolean
}

// struct Elf64_Sym of elf(5), in words of 32 bits: name; info, other and section; value; size.
export const symbolSize = 24
const symbolWords = symbolSize / 4
const typeFunction = 2
const typeIndirect = 10
const bindingGlobal = 1
const bindingWeak = 2
const sectionUndefined = 0
const sectionAbsolute = 0xfff1
/** The upper half of addresses that numbers do not hold; only the kernel's own code is linked there. */
const beyondNumbers = 2 ** 21

/** The functions of one table of symbols. Names are cut out of the file's when they are asked for: most never are. */
export class ElfFunctions {
  readonly #offsets: Float64Array
  readonly #addresses: Float64Array
  readonly #sizes: Float64Array
  readonly #names: Uint32Array
  readonly #infos: Uint8Array
  readonly #homes: Uint16Array
  readonly #sections: readonly ElfSection[]
  readonly #text: string
  readonly #ascii: boolean
  #ranges: Ranges | undefined
  #all: readonly ElfFunction[] | undefined

  /**
   * @param offsetOf gives the place in the file for an address; functions that have none are left out
   */
  constructor(
    file: ElfFile,
    section: ElfSection | undefined,
    offsetOf: (address: number) => number | undefined,
  ) {
    const names = section === undefined ? undefined : file.sections[section.link]
    const bytes = section === undefined ? Buffer.alloc(0) : file.read(section.offset, section.size)
    const text = names === undefined ? Buffer.alloc(0) : file.read(names.offset, names.size)
    // One text of one byte a character, of which names are slices; the few names that are not ASCII are decoded again.
    this.#text = text.toString('latin1')
    this.#ascii = isAscii(text)
    const words = new Uint32Array(
      bytes.buffer,
      bytes.byteOffset,
      Math.floor(bytes.length / symbolSize) * symbolWords,
    )
    const most = words.length / symbolWords
    const offsets = new Float64Array(most)
    const addresses = new Float64Array(most)
    const sizes = new Float64Array(most)
    const nameAt = new Uint32Array(most)
    const infos = new Uint8Array(most)
    const homes = new Uint16Array(most)
    let count = 0
    for (let at = 0; at < words.length; at += symbolWords) {
      const second = words[at + 1] ?? 0
      const type = second & 0xf
      if (type !== typeFunction && type !== typeIndirect) continue
      const home = second >>> 16
      if (home === sectionUndefined || home === sectionAbsolute) continue
      const high = words[at + 3] ?? 0
      if (high >= beyondNumbers) continue
      const address = (words[at + 2] ?? 0) + high * 2 ** 32
      const offset = offsetOf(address)
      if (offset === undefined) continue
      offsets[count] = offset
      addresses[count] = address
      sizes[count] = (words[at + 4] ?? 0) + (words[at + 5] ?? 0) * 2 ** 32
      nameAt[count] = words[at] ?? 0
      infos[count] = second & 0xff
      homes[count] = home
      count++
    }
    this.#offsets = offsets.subarray(0, count)
    this.#addresses = addresses.subarray(0, count)
    this.#sizes = sizes.subarray(0, count)
    this.#names = nameAt.subarray(0, count)
    this.#infos = infos.subarray(0, count)
    this.#homes = homes.subarray(0, count)
    this.#sections = file.sections
  }

  get all(): readonly ElfFunction[] {
    return (this.#all ??= Array.from(this.#sorted.order, (number) => this.#function(number)))
  }

  at(offset: number): ElfFunction | undefined {
    const [first, ...more] = this.#sorted.covering(offset)
    if (first === undefined) return undefined
    const same = more.filter((number) => this.#offsets[number] === this.#offsets[first])
    return [first, ...same]
      .map((number) => ({function: this.#function(number), info: this.#infos[number] ?? 0}))
      .reduce((best, each) => (plainness(each) > plainness(best) ? each : best)).function
  }

  get #sorted(): Ranges {
    return (this.#ranges ??= new Ranges(this.#offsets, this.#sizes, (number) => this.#sectionEnd(number)))
  }

  /** Where the section of a function ends: behind it come the jumps to other files, which have no names. */
  #sectionEnd(number: number): number {
    const section = this.#sections[this.#homes[number] ?? 0]
    if (section === undefined) return Infinity
    const rest = section.address + section.size - (this.#addresses[number] ?? 0)
    return (this.#offsets[number] ?? 0) + rest
  }

  #function(number: number): ElfFunction {
    return {
      name: this.#name(this.#names[number] ?? 0),
      address: this.#addresses[number] ?? 0,
      offset: this.#offsets[number] ?? 0,
      size: this.#sizes[number] ?? 0,
      indirect: ((this.#infos[number] ?? 0) & 0xf) === typeIndirect,
    }
  }

  #name(at: number): string {
    const end = this.#text.indexOf('\0', at)
    const full = this.#text.slice(at, end < 0 ? undefined : end)
    const version = full.indexOf('@', 1)
    const name = version < 0 ? full : full.slice(0, version)
    return this.#ascii ? name : Buffer.from(name, 'latin1').toString('utf8')
  }
}

/**
 * Which of several names of one function a reader expects: `malloc`, not `__libc_malloc`. Fewer leading
 * underscores, then one that others may call, then the shorter.
 */
function plainness({function: {name, size}, info}: {function: ElfFunction; info: number}): number {
  const underscores = /^_*/.exec(name)?.[0].length ?? 0
  const binding = info >> 4
  const visible = binding === bindingGlobal ? 2 : binding === bindingWeak ? 1 : 0
  return (size > 0 ? 1e9 : 0) - Math.min(underscores, 9) * 1e8 + visible * 1e7 - Math.min(name.length, 1e6)
}
