import {type ElfFile, type ElfSection, openElfFile} from './elffile.js'
import {ElfFunctions, type ElfFunction} from './elffunctions.js'
import {type ElfSymbol, symbolNamed} from './elfsymbols.js'
import {debugFileOf} from './elfdebug.js'
import {MachineError} from '../errors.js'
import {buildIdOf, type ElfProbe, probesOf} from './elfnotes.js'

export type {ElfFunction} from './elffunctions.js'
export type {ElfProbe} from './elfnotes.js'

/**
 * What an executable or a library says of itself. Everything is read when it is first asked for, and once; reading
 * an executable of 94 MB with 150,000 functions takes about as long as starting Node.
 */
export class Elf {
  readonly path: string
  readonly #file: ElfFile
  readonly #root: string
  #buildId: {hex: string | undefined} | undefined
  #functions: ElfFunctions | undefined
  #probes: readonly ElfProbe[] | undefined

  constructor(file: ElfFile, path: string, root: string) {
    this.#file = file
    this.path = path
    this.#root = root
  }

  /** Tells whether this is the file that is meant: another may have its path by now. */
  get inode(): bigint {
    return this.#file.inode
  }

  /** Hex digits that tell this build from all others; undefined if the linker made none. */
  get buildId(): string | undefined {
    return (this.#buildId ??= {hex: buildIdOf(this.#file)}).hex
  }

  /**
   * The functions, sorted by their place in the file, aliases included: from .symtab, or if that was stripped from
   * a separate debug file, or else .dynsym, which has those only that other files may call.
   */
  get functions(): readonly ElfFunction[] {
    return this.#table.all
  }

  /** The function whose code is at a place of the file; of several names the plainest. */
  functionAt(offset: number): ElfFunction | undefined {
    return this.#table.at(offset)
  }

  /** A function or data by its name, from the table that the functions are from. */
  symbol(name: string): ElfSymbol | undefined {
    return this.#inSymbols((file, table) => symbolNamed(file, table, name))
  }

  /** The USDT probes that the file declares, one for each place of one. */
  get probes(): readonly ElfProbe[] {
    return (this.#probes ??= probesOf(this.#file))
  }

  /** Where in the file the byte is that gets loaded at an address; undefined if it comes from no file. */
  offsetOf(address: number): number | undefined {
    return this.#file.offsetOf(address)
  }

  /** The address that a byte of the file gets loaded at, before the file as a whole is moved to its place. */
  addressOf(offset: number): number | undefined {
    return this.#file.addressOf(offset)
  }

  /** The first byte of the code at a place of the file. */
  firstByte(offset: number): number | undefined {
    return this.#file.read(offset, 1)[0]
  }

  /** The bytes from a place of the file to another, or to its end. */
  code(from: number, to: number): Uint8Array {
    return this.#file.read(from, Math.min(to, this.#file.size) - from)
  }

  /** Closes the file; what was read stays. */
  close(): void {
    this.#file.close()
  }

  get #table(): ElfFunctions {
    const offsetOf = (address: number): number | undefined => this.#file.offsetOf(address)
    // A debug file has the addresses of the code, but not the code: only this file knows the places.
    return (this.#functions ??= this.#inSymbols((file, table) => new ElfFunctions(file, table, offsetOf)))
  }

  /** Reads the best table of symbols that there is. */
  #inSymbols<T>(read: (file: ElfFile, table: ElfSection | undefined) => T): T {
    const own = this.#file.section('.symtab')
    if (own !== undefined) return read(this.#file, own)
    const debug = debugFileOf(this.#file, this.path, this.#root, this.buildId)
    try {
      const theirs = debug?.section('.symtab')
      if (debug !== undefined && theirs !== undefined) return read(debug, theirs)
    } catch (error) {
      // A damaged debug file must not take the names that the file itself has.
      if (!(error instanceof MachineError)) throw error
    } finally {
      debug?.close()
    }
    return read(this.#file, this.#file.section('.dynsym'))
  }
}

/**
 * Opens an ELF file of 64 bits.
 * @param path an absolute path as its user sees it
 * @param root what to put before it, such as `/proc/PID/root` for a file of a container
 * @param opened what to open instead of the path, where the file itself is known under another name
 * @throws MachineError if it cannot be read, is no ELF file, or one of another kind
 */
export function readElf(path: string, root = '', opened = root + path): Elf {
  return new Elf(openElfFile(opened, path), path, root)
}
