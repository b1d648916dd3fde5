import {basename, dirname, join} from 'node:path'
import {crc32} from 'node:zlib'
import {type ElfFile, openElfFile, textAt} from './elffile.js'
import {buildIdOf} from './elfnotes.js'

const debugFolder = '/usr/lib/debug'
/** A part of a debug file, for its checksum. */
const chunkSize = 1 << 20

/**
 * The separate file with the symbols that were stripped from a file, as distributions ship them; found as gdb does
 * (gdb manual, Separate Debug Files): by build id, or by the name in .gnu_debuglink. The caller closes it.
 */
export function debugFileOf(
  file: ElfFile,
  path: string,
  root: string,
  buildId: string | undefined,
): ElfFile | undefined {
  if (buildId !== undefined) {
    const found = open(join(debugFolder, '.build-id', buildId.slice(0, 2), `${buildId.slice(2)}.debug`))
    if (found !== undefined) return found
  }
  const section = file.section('.gnu_debuglink')
  if (section === undefined || section.size < 8) return undefined
  const link = file.read(section.offset, section.size)
  // Only a name: what a file says must not lead out of these folders.
  const name = basename(textAt(link, 0))
  const checksum = link.readUInt32LE(link.length - 4)
  const folder = dirname(path)
  for (const place of [folder, join(folder, '.debug'), join(debugFolder, folder)]) {
    const candidate = join(place, name)
    const found = candidate === path ? undefined : open(candidate)
    if (found === undefined) continue
    if (belongs(found)) return found
    found.close()
  }
  return undefined

  function open(candidate: string): ElfFile | undefined {
    try {
      return openElfFile(root + candidate, candidate)
    } catch {
      return undefined // Not there, or not readable: then there are just fewer names.
    }
  }

  function belongs(candidate: ElfFile): boolean {
    const id = buildId === undefined ? undefined : buildIdOf(candidate)
    return id === undefined ? checksumOf(candidate) === checksum : id === buildId
  }
}

function checksumOf(file: ElfFile): number {
  let sum = 0
  for (let at = 0; at < file.size; at += chunkSize) {
    sum = crc32(file.read(at, Math.min(chunkSize, file.size - at)), sum)
  }
  return sum
}
