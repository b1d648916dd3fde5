import {readFileSync} from 'node:fs'
import {type Mapping, mappingAt, parseMaps} from '../maps.js'

const pageSize = 4096

/**
 * Where in a file the functions are that processes called, by their addresses in memory: each process has the file at
 * a place of its own.
 */
export class Places {
  readonly #offsets: ReadonlySet<number>
  /** What was read of each process; more than once if it became another program. */
  readonly #seen = new Map<number, (readonly Mapping[])[]>()

  /** @param offsets where in the file the traced functions are */
  constructor(offsets: Iterable<number>) {
    this.#offsets = new Set(offsets)
  }

  /** Reads of a process what is gone with it. */
  see(pid: number): void {
    let maps: string
    try {
      maps = readFileSync(`/proc/${pid}/maps`, 'utf8')
    } catch {
      return // It has ended; its addresses may tell.
    }
    this.#seen.set(pid, [...(this.#seen.get(pid) ?? []), parseMaps(maps)])
  }

  /** The offset in the file for each address of a process; undefined for those that cannot be known. */
  find(pid: number, addresses: readonly number[]): (number | undefined)[] {
    const known = (address: number): number | undefined => this.#byMapping(pid, address)
    if (addresses.some((address) => known(address) === undefined)) this.see(pid)
    const base = this.#deduce(addresses.filter((address) => known(address) === undefined))
    return addresses.map((address) => known(address) ?? this.#offset(address, base))
  }

  #byMapping(pid: number, address: number): number | undefined {
    for (const mappings of this.#seen.get(pid) ?? []) {
      const mapping = mappingAt(mappings, address)
      const offset = mapping && this.#offset(address, mapping.start - mapping.offset)
      if (offset !== undefined) return offset
    }
    return undefined
  }

  #offset(address: number, base: number | undefined): number | undefined {
    return base !== undefined && this.#offsets.has(address - base) ? address - base : undefined
  }

  /** The one place of the file in memory where all these addresses are those of traced functions, if there is one. */
  #deduce([first, ...others]: readonly number[]): number | undefined {
    if (first === undefined) return undefined
    const bases = [...this.#offsets]
      .map((offset) => first - offset)
      .filter((base) => base >= 0 && base % pageSize === 0)
      .filter((base) => others.every((address) => this.#offsets.has(address - base)))
    return bases.length === 1 ? bases[0] : undefined
  }
}
