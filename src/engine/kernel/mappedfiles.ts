import {readlinkSync, statfsSync} from 'node:fs'
import {type Elf, readElf} from './elf.js'
import {deletedMark, mapFileName, type Mapping} from './maps.js'

/** OVERLAYFS_SUPER_MAGIC of include/uapi/linux/magic.h. */
const overlay = 0x794c7630

/** More folders than a root is below its top; one cannot climb higher than that. */
const deepest = 32

/** The files that processes have mapped, each opened and read once however many share it. */
export class MappedFiles {
  readonly #files = new Map<string, Elf>()
  /** Mappings of a process whose file could not be opened. */
  readonly #missing = new Set<string>()

  /**
   * The file of a mapping; undefined if there is none, it is no ELF file, or no longer there.
   * @param root what to put before the paths of the process
   */
  open(mapping: Mapping, pid: number, root: string): Elf | undefined {
    const {identity} = mapping
    const known = this.#files.get(identity)
    // Only an open file keeps its inode: that of another may be a new file's by now, in a process started since.
    const missing = `${pid} ${identity}`
    if (known !== undefined || this.#missing.has(missing)) return known
    const elf = byPath(mapping, root) ?? byMapping(mapping, pid, root)
    if (elf === undefined) this.#missing.add(missing)
    else this.#files.set(identity, elf)
    return elf
  }

  close(): void {
    for (const elf of this.#files.values()) elf.close()
  }
}

/** Opens the path, if it is still that file: after an upgrade it is another, with its functions elsewhere. */
function byPath({path, inode, deleted}: Mapping, root: string): Elf | undefined {
  if (deleted) return undefined
  // A process may have changed its root (chroot), but the kernel shows paths from the top of its mount namespace.
  const top = root === '' ? '' : root + '/..'.repeat(deepest)
  return attempt(() => checked(readElf(path, top), inode, isOverlay(top + path)))
}

/** Opens what the process itself has open, whatever became of the path. */
function byMapping(mapping: Mapping, pid: number, root: string): Elf | undefined {
  const {path, inode} = mapping
  return attempt(() => {
    const link = `/proc/${pid}/map_files/${mapFileName(mapping)}`
    // The id may be another process's by now.
    if (![path, path + deletedMark].includes(readlinkSync(link))) return undefined
    return checked(readElf(path, root, link), inode, isOverlay(link))
  })
}

/**
 * Closes a file that is not the one meant. A layered file system may show a file with the inode of the layer, and add
 * its own mark above 32 bits.
 */
function checked(elf: Elf, inode: bigint, layered = false): Elf | undefined {
  if (layered || BigInt.asUintN(32, elf.inode) === BigInt.asUintN(32, inode)) return elf
  elf.close()
  return undefined
}

function isOverlay(path: string): boolean {
  return statfsSync(path).type === overlay
}

function attempt<T>(open: () => T): T | undefined {
  try {
    return open()
  } catch {
    return undefined
  }
}
