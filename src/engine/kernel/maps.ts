/** A stretch of a process's memory that it may execute. */
export interface Mapping {
  readonly start: number
  readonly end: number
  /** Where in the file it begins. */
  readonly offset: number
  /** Device and inode, which say which file it is whatever its path is now; `00:00 0` if it is none. */
  readonly identity: string
  readonly inode: bigint
  /** The path in the process's own mount namespace, `[vdso]` and such, or empty. */
  readonly path: string
  /** The file has no path any more. */
  readonly deleted: boolean
}

// proc(5): address, permissions, offset, device, inode, path.
const line = /^([0-9a-f]+)-([0-9a-f]+) ..x. ([0-9a-f]+) (\S+) (\d+) *(.*)$/gm
/** What the kernel writes after the path of a file that has none any more. */
export const deletedMark = ' (deleted)'

/** The executable mappings in the text of /proc/PID/maps, in order. */
export function parseMaps(text: string): Mapping[] {
  const mappings: Mapping[] = []
  for (const [, start = '', end = '', offset = '', device = '', inode = '0', shown = ''] of text.matchAll(
    line,
  )) {
    // [vsyscall] is where numbers are not exact, and holds three functions of the last century.
    if (end.length > 13) continue
    const deleted = shown.endsWith(deletedMark)
    const path = deleted ? shown.slice(0, -deletedMark.length) : shown
    mappings.push({
      start: parseInt(start, 16),
      end: parseInt(end, 16),
      offset: parseInt(offset, 16),
      identity: `${device} ${inode}`,
      inode: BigInt(inode),
      path: path.replaceAll('\\012', '\n'),
      deleted,
    })
  }
  return mappings
}

/** The mapping that covers an address. */
export function mappingAt(mappings: readonly Mapping[], address: number): Mapping | undefined {
  let low = 0
  let high = mappings.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((mappings[middle]?.end ?? 0) <= address) low = middle + 1
    else high = middle
  }
  const found = mappings[low]
  return found !== undefined && found.start <= address ? found : undefined
}

/** The name of a mapping in /proc/PID/map_files. */
export function mapFileName({start, end}: Mapping): string {
  return `${start.toString(16)}-${end.toString(16)}`
}
