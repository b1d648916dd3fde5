import {Attributes} from './attributes.js'
import type {Native} from './native.js'

/** Commands of bpf(2), `enum bpf_cmd` of include/uapi/linux/bpf.h. */
const commands = {
  mapCreate: 0,
  mapLookup: 1,
  mapUpdate: 2,
  mapDelete: 3,
  programLoad: 5,
  objectPin: 6,
  objectGet: 7,
  programTestRun: 10,
  programNextId: 11,
  mapNextId: 12,
  objectInfo: 15,
  rawTracepointOpen: 17,
  btfLoad: 18,
  mapLookupBatch: 24,
  mapLookupAndDeleteBatch: 25,
  mapUpdateBatch: 26,
  mapDeleteBatch: 27,
  linkCreate: 28,
  linkNextId: 31,
  iteratorCreate: 33,
} as const

export interface MapImage {
  /** BPF_MAP_TYPE_* */
  readonly type: number
  readonly keySize: number
  readonly valueSize: number
  readonly entries: number
  /** BPF_F_* */
  readonly flags: number
  /** Its first 15 characters. */
  readonly name: string
  /** Of keys and values: the file descriptor of the types, and the ids there. */
  readonly types?: {readonly btf: number; readonly key: number; readonly value: number}
}

/** What a program is loaded with. */
export interface ProgramImage {
  /** BPF_PROG_TYPE_* */
  readonly type: number
  /** Its first 15 characters. */
  readonly name: string
  /** As the kernel wants it, 8 bytes for each slot. */
  readonly code: Buffer
  readonly attachType?: number
  /** What it is attached to in the kernel's own types. */
  readonly attachTypeId?: number
  /** For programs with callbacks: the types, and which function has which (struct bpf_func_info). */
  readonly btf?: {readonly fd: number; readonly functions: Buffer}
}

/** The length of struct bpf_func_info. */
export const functionInfoBytes = 8

/** Keys and values for one of the calls that take many at once. */
export interface Several {
  readonly keys: Buffer
  readonly values: Buffer
  readonly count: number
}

/** Minus EAGAIN, with which the verifier stops when a signal comes, and how often it is asked again: profilers send many. */
const interrupted = -11
const mostAttempts = 20

/** The length of union bpf_attr that is enough for every command here; kernels want what they do not know to be zero. */
const attributeBytes = 128

/**
 * The bpf system call by its commands. Each gives what the kernel gives: zero, or a file descriptor that the caller closes,
 * or minus the error number.
 */
export class Bpf {
  readonly #calls: Native

  constructor(calls: Native) {
    this.#calls = calls
  }

  createMap(map: MapImage): number {
    const {type, keySize, valueSize, entries, flags, name, types} = map
    return this.#call(commands.mapCreate, (attributes) => {
      attributes.u32(0, type).u32(4, keySize).u32(8, valueSize).u32(12, entries).u32(16, flags)
      writeName(attributes, 28, name)
      if (types !== undefined) attributes.u32(48, types.btf).u32(52, types.key).u32(56, types.value)
    })
  }

  /** @param value gets the value: for per-CPU maps, those of all CPUs this machine can have */
  lookup(map: number, key: Uint8Array, value: Buffer): number {
    return this.#call(commands.mapLookup, (attributes) =>
      attributes.u32(0, map).pointer(8, key).pointer(16, value),
    )
  }

  update(map: number, key: Uint8Array, value: Uint8Array): number {
    return this.#call(commands.mapUpdate, (attributes) =>
      attributes.u32(0, map).pointer(8, key).pointer(16, value),
    )
  }

  delete(map: number, key: Uint8Array): number {
    return this.#call(commands.mapDelete, (attributes) => attributes.u32(0, map).pointer(8, key))
  }

  /**
   * Reads, or reads and deletes, the next entries of a map (since Linux 5.6).
   * @param cursor where the last call ended, undefined to begin; `next` gets where this one did
   * @returns -ENOENT with the last entries; -ENOSPC if there is no room for those the kernel keeps in one place
   */
  readSeveral(
    map: number,
    room: Several,
    cursor: Buffer | undefined,
    next: Buffer,
    remove = false,
  ): {result: number; count: number} {
    const command = remove ? commands.mapLookupAndDeleteBatch : commands.mapLookupBatch
    return this.#batch(command, map, room, cursor, next)
  }

  /** Sets the values of many keys (since Linux 5.6). */
  updateSeveral(map: number, entries: Several): number {
    return this.#batch(commands.mapUpdateBatch, map, entries).result
  }

  /**
   * Loads a program.
   * @param log gets what the verifier says, at `level` (1: the last path, 2: all, 4: figures); slower, so not at first
   */
  loadProgram(image: ProgramImage, log?: {readonly buffer: Buffer; readonly level: number}): number {
    for (let attempt = 1; ; attempt++) {
      const result = this.#loadProgram(image, log)
      if (result !== interrupted || attempt === mostAttempts) return result
    }
  }

  #loadProgram(image: ProgramImage, log?: {readonly buffer: Buffer; readonly level: number}): number {
    return this.#call(commands.programLoad, (attributes) => {
      attributes.u32(0, image.type)
      attributes.u32(4, image.code.length / 8).pointer(8, image.code)
      attributes.text(16, 'GPL')
      if (log !== undefined) attributes.u32(24, log.level).u32(28, log.buffer.length).pointer(32, log.buffer)
      writeName(attributes, 48, image.name)
      attributes.u32(68, image.attachType ?? 0)
      if (image.btf !== undefined) {
        const {fd, functions} = image.btf
        attributes.u32(72, fd).u32(76, functionInfoBytes)
        attributes.pointer(80, functions).u32(88, functions.length / functionInfoBytes)
      }
      attributes.u32(108, image.attachTypeId ?? 0)
    })
  }

  /** Loads a description of types. */
  loadBtf(types: Buffer): number {
    return this.#call(commands.btfLoad, (attributes) => attributes.pointer(0, types).u32(16, types.length))
  }

  /** Runs a raw tracepoint program once, here and now (since Linux 5.10). */
  run(program: number): number {
    return this.ask(program).result
  }

  /** The same, with what the program returns. */
  ask(program: number): {result: number; answer: number} {
    let answer = 0
    const result = this.#call(
      commands.programTestRun,
      (attributes) => attributes.u32(0, program),
      (attributes) => (answer = attributes.bytes.readUInt32LE(4)),
    )
    return {result, answer}
  }

  /** Attaches a program to a raw tracepoint, or one of BPF_PROG_TYPE_TRACING, without a name, to where it belongs. */
  openRawTracepoint(program: number, name?: string): number {
    return this.#call(commands.rawTracepointOpen, (attributes) => {
      if (name !== undefined) attributes.text(0, name)
      attributes.u32(8, program)
    })
  }

  /** @param describe writes what is attached to, from byte 16 on */
  createLink(program: number, attachType: number, describe?: (attributes: Attributes) => unknown): number {
    return this.#call(commands.linkCreate, (attributes) => {
      attributes.u32(0, program).u32(8, attachType)
      describe?.(attributes)
    })
  }

  /** A file to read, for which the kernel goes over what the link of an iterator is about. */
  createIterator(link: number): number {
    return this.#call(commands.iteratorCreate, (attributes) => attributes.u32(0, link))
  }

  /** Gives a program or map a name in a bpf file system, under which it stays. */
  pin(fd: number, path: string): number {
    return this.#call(commands.objectPin, (attributes) => attributes.text(0, path).u32(8, fd))
  }

  /** What has a name in a bpf file system. */
  pinned(path: string): number {
    return this.#call(commands.objectGet, (attributes) => attributes.text(0, path))
  }

  /** What the kernel tells of a program, map or link (struct bpf_prog_info and others). */
  info(fd: number, info: Buffer): number {
    return this.#call(commands.objectInfo, (attributes) =>
      attributes.u32(0, fd).u32(4, info.length).pointer(8, info),
    )
  }

  /** The ids of all programs, maps or links in the kernel. */
  ids(kind: 'program' | 'map' | 'link'): number[] {
    const command = {program: commands.programNextId, map: commands.mapNextId, link: commands.linkNextId}[
      kind
    ]
    const ids: number[] = []
    const attributes = new Attributes(this.#calls, attributeBytes)
    while (this.#calls.bpf(command, attributes.bytes) === 0) {
      const id = attributes.bytes.readUInt32LE(4)
      ids.push(id)
      attributes.u32(0, id)
    }
    return ids
  }

  #batch(
    command: number,
    map: number,
    entries: Several,
    cursor?: Buffer,
    next?: Buffer,
  ): {result: number; count: number} {
    let count = 0
    const result = this.#call(
      command,
      (attributes) => {
        attributes.pointer(0, cursor).pointer(8, next).pointer(16, entries.keys).pointer(24, entries.values)
        attributes.u32(32, entries.count).u32(36, map)
      },
      (attributes) => (count = attributes.bytes.readUInt32LE(32)),
    )
    return {result, count}
  }

  #call(
    command: number,
    fill: (attributes: Attributes) => unknown,
    read?: (attributes: Attributes) => unknown,
  ): number {
    const attributes = new Attributes(this.#calls, attributeBytes)
    fill(attributes)
    const result = this.#calls.bpf(command, attributes.bytes)
    read?.(attributes)
    attributes.done()
    return result
  }
}

/** The kernel takes letters, digits, `_` and `.`. */
function writeName(attributes: Attributes, at: number, name: string): void {
  attributes.bytes.write(name.replaceAll(/[^\w.]/g, '_').slice(0, 15), at, 'latin1')
}
