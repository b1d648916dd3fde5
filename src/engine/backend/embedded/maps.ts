import {readFileSync, statfsSync} from 'node:fs'
import {BugError, MachineError} from '../../errors.js'
import type {Bpf} from '../../kernel/bpf.js'
import {errorName} from '../../kernel/errno.js'
import {mapTypes} from './helpers.js'
import type {Kernel} from './kernel.js'
import type {Entries} from './loaded.js'
import type {KernelMap} from './object.js'
import {isDenied} from './refusal.js'

/** Minus the error numbers that are answers and no failures. */
const noEntry = -2
const noRoom = -28

/** BPF_FS_MAGIC (include/uapi/linux/magic.h). */
const bpfFileSystem = 0xcafe4a11

/** How many entries are read with the first call; more come with later ones. */
const firstRoom = 1024

const perCpuTypes: readonly number[] = [mapTypes.perCpuArray, mapTypes.perCpuHash, mapTypes.lruPerCpuHash]
const arrayTypes: readonly number[] = [mapTypes.array, mapTypes.perCpuArray]

/** A map in the kernel. */
export class LiveMap {
  readonly description: KernelMap
  readonly fd: number
  /** For how many CPUs each value is. */
  readonly cpus: number
  /** From a value to the next. */
  readonly valueSize: number
  readonly isArray: boolean
  readonly #bpf: Bpf

  /** @param cpus how many this machine can have */
  constructor(bpf: Bpf, fd: number, description: KernelMap, cpus: number) {
    const perCpu = perCpuTypes.includes(description.type)
    this.#bpf = bpf
    this.fd = fd
    this.description = description
    this.cpus = perCpu ? cpus : 1
    this.valueSize = perCpu ? cpus * Math.ceil(description.valueSize / 8) * 8 : description.valueSize
    this.isArray = arrayTypes.includes(description.type)
  }

  /** All entries, while programs go on changing them. */
  read(): Entries {
    return this.isArray ? this.#readArray() : this.#readHash(false)
  }

  /** All entries, which are deleted as they are read: a count is either in this reading or in the next. */
  take(): Entries {
    if (!this.isArray) return this.#readHash(true)
    const entries = this.#readArray()
    this.clear()
    return entries
  }

  /** The value of a key; undefined if there is none. */
  lookup(key: Uint8Array): Buffer | undefined {
    const value = Buffer.alloc(this.valueSize)
    const result = this.#bpf.lookup(this.fd, key, value)
    if (result === noEntry) return undefined
    this.#check(result, 'read')
    return value
  }

  update(key: Uint8Array, value: Uint8Array): void {
    this.#check(this.#bpf.update(this.fd, key, value), 'write')
  }

  delete(key: Uint8Array): void {
    const result = this.#bpf.delete(this.fd, key)
    if (result !== noEntry) this.#check(result, 'delete from')
  }

  /** Deletes all keys; an array gets zeros. */
  clear(): void {
    if (this.isArray) this.zero()
    else this.#readHash(true)
  }

  /** Keeps the keys and sets the values to zero. */
  zero(): void {
    if (this.isArray) {
      const nothing = Buffer.alloc(this.valueSize)
      for (let index = 0; index < this.description.entries; index++) this.update(arrayKey(index), nothing)
      return
    }
    const {count, keys} = this.read()
    if (count === 0) return
    this.#check(
      this.#bpf.updateSeveral(this.fd, {count, keys, values: Buffer.alloc(count * this.valueSize)}),
      'write',
    )
  }

  #readArray(): Entries {
    const {entries} = this.description
    const values = Buffer.alloc(entries * this.valueSize)
    const space = {count: entries, keys: Buffer.alloc(entries * 4), values}
    // Per-CPU arrays are read at once since Linux 5.13.
    const {result, count} = this.#bpf.readSeveral(this.fd, space, undefined, Buffer.alloc(4))
    for (let index = result === 0 || result === noEntry ? count : 0; index < entries; index++) {
      const value = values.subarray(index * this.valueSize, (index + 1) * this.valueSize)
      this.#check(this.#bpf.lookup(this.fd, arrayKey(index), value), 'read')
    }
    return this.#entries(entries, Buffer.alloc(0), values)
  }

  #readHash(remove: boolean): Entries {
    const {keySize} = this.description
    const keys: Buffer[] = []
    const values: Buffer[] = []
    let [room, cursor, total] = [firstRoom, undefined as Buffer | undefined, 0]
    for (;;) {
      // The cursor of a hash is the number of a bucket.
      const next = Buffer.alloc(Math.max(4, keySize))
      const space = {
        count: room,
        keys: Buffer.alloc(room * keySize),
        values: Buffer.alloc(room * this.valueSize),
      }
      const {result, count} = this.#bpf.readSeveral(this.fd, space, cursor, next, remove)
      if (result === noRoom) {
        room *= 4
        continue
      }
      if (result !== noEntry) this.#check(result, 'read')
      keys.push(space.keys.subarray(0, count * keySize))
      values.push(space.values.subarray(0, count * this.valueSize))
      total += count
      if (result === noEntry) return this.#entries(total, joined(keys), joined(values))
      cursor = next
      room = Math.max(room, total)
    }
  }

  #entries(count: number, keys: Buffer, values: Buffer): Entries {
    return {
      count,
      keySize: this.description.keySize,
      valueSize: this.valueSize,
      cpus: this.cpus,
      keys,
      values,
    }
  }

  #check(result: number, what: string): void {
    if (result >= 0) return
    throw new BugError(
      `the kernel did not let us ${what} the map ${this.description.name}: ${errorName(-result)}`,
    )
  }
}

/**
 * Creates a map, with its first value.
 * @param cpus how many this machine can have
 * @param btf the file descriptor of the object's types
 * @throws MachineError if the kernel or this user cannot
 */
export function createMap(
  kernel: Kernel,
  description: KernelMap,
  cpus: number,
  btf: number | undefined,
): LiveMap {
  const {typeIds} = description
  const types = btf === undefined || typeIds === undefined ? {} : {types: {btf, ...typeIds}}
  const fd = kernel.descriptor(
    kernel.withMemory(() => kernel.bpf.createMap({...description, ...types})),
    `create the map ${description.name} (${description.entries} entries)`,
    'the embedded engine needs Linux 5.10 or newer, and memory for the entries; `--engine bpftrace` may work',
  )
  const map = new LiveMap(kernel.bpf, fd, description, cpus)
  if (description.initial !== undefined) {
    const value = Buffer.alloc(map.valueSize)
    const each = map.valueSize / map.cpus
    for (let cpu = 0; cpu < map.cpus; cpu++) description.initial.copy(value, cpu * each)
    map.update(arrayKey(0), value)
  }
  return map
}

/**
 * Opens a map that somebody pinned, for programs to look into.
 * @param path its name in a bpf file system
 * @throws MachineError if there is none, or its keys are of another size
 */
export function openMap(kernel: Kernel, description: KernelMap, path: string): LiveMap {
  const {keySize} = description
  const made = `\`bpftool map create ${path} type hash key ${keySize} value 8 entries 1024 name set\` makes one`
  const result = kernel.bpf.pinned(path)
  // The kernel says of such a file that we may not, whoever we are.
  if (isDenied(result) && isElsewhere(path))
    throw new MachineError(`nothing is pinned at ${path}: it is in no bpf file system`, {hint: made})
  const fd = kernel.descriptor(result, `open the pinned map ${path}`, made)
  const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')
  const bytes = Number(/^key_size:\s*(\d+)/m.exec(info)?.[1])
  if (bytes === keySize) return new LiveMap(kernel.bpf, fd, description, 1)
  kernel.calls.close(fd)
  throw new MachineError(
    Number.isNaN(bytes)
      ? `what is pinned at ${path} is no map`
      : `the pinned map ${path} has keys of ${bytes} bytes, not ${keySize}`,
    {hint: made},
  )
}

/** Whether a file is there, but in no bpf file system. */
function isElsewhere(path: string): boolean {
  try {
    return statfsSync(path).type !== bpfFileSystem
  } catch {
    return false
  }
}

function arrayKey(index: number): Buffer {
  const key = Buffer.alloc(4)
  key.writeUInt32LE(index)
  return key
}

function joined(parts: readonly Buffer[]): Buffer {
  const [first] = parts
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts)
}
