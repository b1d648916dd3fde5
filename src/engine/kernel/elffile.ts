import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs'
import {MachineError} from '../errors.js'

// elf(5), include/uapi/linux/elf.h: sizes and values of the 64-bit format.
const headerSize = 64
const sectionHeaderSize = 64
const segmentHeaderSize = 56
const class64 = 2
const littleEndian = 1
const sectionTypeNobits = 8

export const segmentLoad = 1
export const segmentNote = 4

/** A part of the file that a table describes. */
export interface ElfSection {
  readonly name: string
  readonly type: number
  readonly address: number
  readonly offset: number
  readonly size: number
  /** Number of the section this one refers to, such as the names of a table of symbols. */
  readonly link: number
}

/** A part of the file that gets loaded, or that the loader needs. */
export interface ElfSegment {
  readonly type: number
  readonly offset: number
  readonly address: number
  /** Bytes in the file. */
  readonly size: number
}

/**
 * Opens an ELF file and reads its header.
 * @param name how to call it in errors
 * @throws MachineError if it cannot be read, or is no 64-bit little-endian ELF file
 */
export function openElfFile(path: string, name = path): ElfFile {
  let fd: number
  try {
    // A pipe in the place of a library must not stop us.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw refusal(name, (error as NodeJS.ErrnoException).code ?? String(error), error)
  }
  try {
    return new ElfFile(fd, name)
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** An open ELF file and its tables of contents. */
export class ElfFile {
  readonly name: string
  readonly size: number
  readonly inode: bigint
  readonly #fd: number
  readonly #header: Buffer
  #closed = false
  #sections: readonly ElfSection[] | undefined
  #segments: readonly ElfSegment[] | undefined
  #loads: readonly ElfSegment[] | undefined

  constructor(fd: number, name: string) {
    this.#fd = fd
    this.name = name
    const stat = fstatSync(fd, {bigint: true})
    if (!stat.isFile()) throw refusal(name, 'it is not a regular file')
    this.size = Number(stat.size)
    this.inode = stat.ino
    if (this.size < 4) throw refusal(name, 'it is not an ELF file')
    const magic = this.read(0, Math.min(headerSize, this.size))
    if (magic.readUInt32BE() !== 0x7f454c46) throw refusal(name, 'it is not an ELF file')
    if (magic[4] !== class64)
      throw refusal(name, 'it is a 32-bit program or library; only 64-bit ones are known')
    if (magic[5] !== littleEndian) throw refusal(name, 'it is for a big-endian machine')
    if (magic.length < headerSize) throw refusal(name, 'it is cut off')
    this.#header = magic
  }

  /** Bytes of the file. @throws MachineError if they are not all there */
  read(offset: number, size: number): Buffer {
    // Sizes come from the file, which anybody may have written: no more is allocated than is there.
    if (!(offset >= 0 && size >= 0 && offset + size <= this.size)) throw refusal(this.name, 'it is cut off')
    const bytes = Buffer.allocUnsafeSlow(size)
    for (let done = 0; done < size;) {
      const count = readSync(this.#fd, bytes, done, size - done, offset + done)
      if (count === 0) throw refusal(this.name, 'it is cut off')
      done += count
    }
    return bytes
  }

  /** The sections, by number; none if they were stripped. */
  get sections(): readonly ElfSection[] {
    return (this.#sections ??= this.#readSections())
  }

  /** A section by name, if it has contents. */
  section(name: string): ElfSection | undefined {
    return this.sections.find((each) => each.name === name && each.type !== sectionTypeNobits)
  }

  get segments(): readonly ElfSegment[] {
    return (this.#segments ??= this.#readSegments())
  }

  offsetOf(address: number): number | undefined {
    for (const {offset, address: start, size} of this.#loaded) {
      if (address >= start && address < start + size) return address - start + offset
    }
    return undefined
  }

  addressOf(offset: number): number | undefined {
    for (const {offset: start, address, size} of this.#loaded) {
      if (offset >= start && offset < start + size) return offset - start + address
    }
    return undefined
  }

  close(): void {
    if (!this.#closed) closeSync(this.#fd)
    this.#closed = true
  }

  get #loaded(): readonly ElfSegment[] {
    return (this.#loads ??= this.segments.filter(({type}) => type === segmentLoad))
  }

  #readSections(): ElfSection[] {
    const offset = Number(this.#header.readBigUInt64LE(40))
    if (offset === 0) return []
    // With 65,280 sections and more, the first one holds the two numbers for which the header has no room.
    const first = this.read(offset, sectionHeaderSize)
    const count = this.#header.readUInt16LE(60) || Number(first.readBigUInt64LE(32))
    const namesHere = this.#header.readUInt16LE(62)
    const names = namesHere === 0xffff ? first.readUInt32LE(40) : namesHere
    const table = this.read(offset, count * sectionHeaderSize)
    const field = (section: number, at: number): number =>
      Number(table.readBigUInt64LE(section * sectionHeaderSize + at))
    const text = names < count ? this.read(field(names, 24), field(names, 32)) : Buffer.alloc(0)
    return Array.from({length: count}, (_, section) => ({
      name: textAt(text, table.readUInt32LE(section * sectionHeaderSize)),
      type: table.readUInt32LE(section * sectionHeaderSize + 4),
      address: field(section, 16),
      offset: field(section, 24),
      size: field(section, 32),
      link: table.readUInt32LE(section * sectionHeaderSize + 40),
    }))
  }

  #readSegments(): ElfSegment[] {
    const count = this.#header.readUInt16LE(56)
    const table = this.read(Number(this.#header.readBigUInt64LE(32)), count * segmentHeaderSize)
    return Array.from({length: count}, (_, segment) => {
      const field = (at: number): number => Number(table.readBigUInt64LE(segment * segmentHeaderSize + at))
      return {
        type: table.readUInt32LE(segment * segmentHeaderSize),
        offset: field(8),
        address: field(16),
        size: field(32),
      }
    })
  }
}

/** The text that begins at a place of a table and ends with a zero byte. */
export function textAt(table: Buffer, at: number): string {
  const end = table.indexOf(0, at)
  return table.toString('utf8', at, end < 0 ? table.length : end)
}

function refusal(name: string, what: string, cause?: unknown): MachineError {
  return new MachineError(`reading the symbols of ${name} failed: ${what}`, {cause})
}
