import type {ElfFile, ElfSection} from './elffile.js'
import {symbolSize} from './elffunctions.js'

/** A function or data of an ELF file. */
export interface ElfSymbol {
  /** Where it gets loaded, before the file as a whole is moved to its place. */
  readonly address: bigint
  /** Bytes of it; 0 if the file does not say. */
  readonly size: number
}

// st_info and st_shndx of elf(5): no type, data, function, indirect function; what threads have is at no address.
const types = new Set([0, 1, 2, 10])
const sectionUndefined = 0

/** A symbol of a table by its name, which is without the version (`environ`, not `environ@@GLIBC_2.2.5`). */
export function symbolNamed(
  file: ElfFile,
  section: ElfSection | undefined,
  name: string,
): ElfSymbol | undefined {
  const names = section === undefined ? undefined : file.sections[section.link]
  if (section === undefined || names === undefined || name === '') return undefined
  const text = file.read(names.offset, names.size).toString('latin1')
  const symbols = file.read(section.offset, section.size)
  const wanted = Buffer.from(name).toString('latin1')
  for (let at = 0; at + symbolSize <= symbols.length; at += symbolSize) {
    const start = symbols.readUInt32LE(at)
    if (!text.startsWith(wanted, start)) continue
    const after = text[start + wanted.length]
    if (after !== '\0' && after !== '@') continue
    if (!types.has(symbols.readUInt8(at + 4) & 0xf) || symbols.readUInt16LE(at + 6) === sectionUndefined)
      continue
    return {address: symbols.readBigUInt64LE(at + 8), size: Number(symbols.readBigUInt64LE(at + 16))}
  }
  return undefined
}
