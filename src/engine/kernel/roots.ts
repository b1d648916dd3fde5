import {closeSync, openSync, readlinkSync, statSync} from 'node:fs'

/**
 * The file trees that processes see, kept open, so that a file of a container can be read when its last process is
 * gone. An open root alone is not enough: what is mounted below it goes with its mount namespace, so that is kept,
 * too. For as long as this is open, file systems of a container that ended stay mounted.
 */
export class Roots {
  readonly #own = rootKey('self')
  readonly #prefixes = new Map<string, string>()
  readonly #open: number[] = []

  /** What to put before an absolute path of a process to read its file: nothing if it sees what we see. */
  prefixFor(pid: number): string {
    const key = rootKey(pid)
    // A process that we may not look into, or that is just gone: what it saw is most likely what we see.
    if (key === undefined || key === this.#own) return ''
    const kept = this.#prefixes.get(key) ?? this.#keep(pid)
    this.#prefixes.set(key, kept)
    return kept
  }

  close(): void {
    for (const fd of this.#open.splice(0)) closeSync(fd)
    this.#prefixes.clear()
  }

  #keep(pid: number): string {
    try {
      this.#open.push(openSync(`/proc/${pid}/ns/mnt`, 'r'))
      const root = openSync(`/proc/${pid}/root`, 'r')
      this.#open.push(root)
      return `/proc/self/fd/${root}`
    } catch {
      return ''
    }
  }
}

/** Two processes with one key see the same files. */
function rootKey(pid: number | 'self'): string | undefined {
  try {
    const {dev, ino} = statSync(`/proc/${pid}/root`)
    return `${readlinkSync(`/proc/${pid}/ns/mnt`)} ${dev} ${ino}`
  } catch {
    return undefined
  }
}
