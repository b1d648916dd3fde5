import {type ElfFile, segmentNote, textAt} from './elffile.js'

/** A place of a USDT probe: programs and libraries declare them with <sys/sdt.h>. */
export interface ElfProbe {
  readonly provider: string
  readonly name: string
  /** The address of the instruction where it fires, corrected if the file was prelinked. */
  readonly location: number
  /** The same as a place in the file: what uprobes are given; undefined if the file does not load it. */
  readonly offset: number | undefined
  /** The address of .stapsdt.base that the file was linked with. */
  readonly base: number
  /** The address of the counter that must not be 0 for the probe to fire; 0 if there is none. */
  readonly semaphore: number
  /** The counter's place in the file. */
  readonly semaphoreOffset: number | undefined
  /** Where the arguments are, in the assembler's words: `-4@%edi 8@-16(%rbp)`. */
  readonly arguments: string
}

interface Note {
  readonly owner: string
  readonly type: number
  readonly description: Buffer
}

const noteBuildId = 3 // NT_GNU_BUILD_ID
const noteProbe = 3 // NT_STAPSDT

/** The build id in hex, or undefined. */
export function buildIdOf(file: ElfFile): string | undefined {
  for (const {type, offset, size} of file.segments) {
    if (type !== segmentNote) continue
    const note = notes(file.read(offset, size)).find(
      (each) => each.owner === 'GNU' && each.type === noteBuildId,
    )
    if (note !== undefined) return note.description.toString('hex')
  }
  // A debug file has the segments of the file it is about, without their contents.
  const section = file.section('.note.gnu.build-id')
  return section && notes(file.read(section.offset, section.size))[0]?.description.toString('hex')
}

/** The USDT probes: notes as the page `UserSpaceProbeImplementation` of the SystemTap wiki describes them. */
export function probesOf(file: ElfFile): ElfProbe[] {
  const section = file.section('.note.stapsdt')
  if (section === undefined) return []
  const base = file.section('.stapsdt.base')?.address
  return notes(file.read(section.offset, section.size))
    .filter(
      ({owner, type, description}) => owner === 'stapsdt' && type === noteProbe && description.length > 24,
    )
    .map(({description}) => {
      const linked = Number(description.readBigUInt64LE(8))
      const moved = base === undefined ? 0 : base - linked
      const location = Number(description.readBigUInt64LE(0)) + moved
      const counter = Number(description.readBigUInt64LE(16))
      const semaphore = counter === 0 ? 0 : counter + moved
      const [provider = '', name = '', places = ''] = texts(description.subarray(24))
      return {
        provider,
        name,
        location,
        offset: file.offsetOf(location),
        base: linked,
        semaphore,
        semaphoreOffset: semaphore === 0 ? undefined : file.offsetOf(semaphore),
        arguments: places,
      }
    })
}

function texts(bytes: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at < bytes.length && found.length < 3;) {
    const text = textAt(bytes, at)
    found.push(text)
    at += Buffer.byteLength(text) + 1
  }
  return found
}

/** The notes of a section or segment; owner and description are filled up to four bytes. */
function notes(bytes: Buffer): Note[] {
  const found: Note[] = []
  for (let at = 0; at + 12 <= bytes.length;) {
    const ownerSize = bytes.readUInt32LE(at)
    const size = bytes.readUInt32LE(at + 4)
    const description = at + 12 + align(ownerSize)
    found.push({
      owner: bytes.toString('latin1', at + 12, at + 12 + Math.max(ownerSize - 1, 0)),
      type: bytes.readUInt32LE(at + 8),
      description: bytes.subarray(description, description + size),
    })
    at = description + align(size)
  }
  return found
}

const align = (size: number): number => Math.ceil(size / 4) * 4
