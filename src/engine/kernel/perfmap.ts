import {closeSync, constants, fstatSync, openSync, readFileSync} from 'node:fs'
import {Ranges} from './ranges.js'

/** More than this is no list of functions. */
const largest = 256 * 1024 * 1024

/** A function that a just-in-time compiler made. */
export interface PerfMapEntry {
  readonly name: string
  readonly start: number
}

/**
 * What a just-in-time compiler said of its code in /tmp/perf-PID.map: lines of start and size in hex and a name
 * (tools/perf/Documentation/jit-interface.txt of the kernel). Lines are added as functions are compiled, and space is
 * used again: of several that cover an address the last one holds.
 */
export class PerfMap {
  readonly #names: string[] = []
  readonly #starts: Float64Array
  readonly #ranges: Ranges

  constructor(text: string) {
    const starts: number[] = []
    const sizes: number[] = []
    for (const [, start = '', size = '', name = ''] of text.matchAll(
      /^(?:0x)?([0-9a-f]+) (?:0x)?([0-9a-f]+) (.+)$/gim,
    )) {
      starts.push(parseInt(start, 16))
      sizes.push(Math.max(parseInt(size, 16), 1))
      this.#names.push(name)
    }
    this.#starts = Float64Array.from(starts)
    this.#ranges = new Ranges(this.#starts, Float64Array.from(sizes), () => 0)
  }

  at(address: number): PerfMapEntry | undefined {
    const covering = this.#ranges.covering(address)
    if (covering.length === 0) return undefined
    const last = Math.max(...covering)
    return {name: this.#names[last] ?? '', start: this.#starts[last] ?? 0}
  }
}

/** Reads one; undefined if there is none, or something else is in its place: anybody may write to /tmp. */
export function readPerfMap(path: string): PerfMap | undefined {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      const stat = fstatSync(fd)
      return stat.isFile() && stat.size <= largest ? new PerfMap(readFileSync(fd, 'utf8')) : undefined
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined
  }
}
