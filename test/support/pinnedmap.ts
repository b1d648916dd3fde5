import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {mkdirSync, readFileSync, rmdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {Bpf} from '#src/engine/kernel/bpf.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {type Native, native} from '#src/engine/kernel/native.js'

const BPF_MAP_TYPE_HASH = 1

/** A bpf file system of our own, for maps that somebody else than tstrace makes, as a manager of containers would. */
export class PinnedMaps {
  readonly #folder: string
  readonly #calls: Native

  private constructor(folder: string, calls: Native) {
    this.#folder = folder
    this.#calls = calls
  }

  static async mount(folder: string): Promise<PinnedMaps> {
    const path = join(folder, 'bpf')
    mkdirSync(path)
    execFileSync('mount', ['-t', 'bpf', 'bpf', path])
    return new PinnedMaps(path, await native())
  }

  /** Nothing of them is left then. */
  unmount(): void {
    execFileSync('umount', [this.#folder])
    rmdirSync(this.#folder)
  }

  /** A hash that is kept by its name only. */
  create(name: string, keySize = 8): PinnedMap {
    const bpf = new Bpf(this.#calls)
    const path = join(this.#folder, name)
    const fd = bpf.createMap({
      ...{type: BPF_MAP_TYPE_HASH, keySize, valueSize: 8, entries: 1024, flags: 0, name},
    })
    assert.ok(fd >= 0, `${fd}`)
    assert.equal(bpf.pin(fd, path), 0)
    this.#calls.close(fd)
    return new PinnedMap(path, this.#calls)
  }
}

export class PinnedMap {
  readonly path: string
  readonly #calls: Native

  constructor(path: string, calls: Native) {
    this.path = path
    this.#calls = calls
  }

  add(id: bigint): void {
    this.#use((bpf, fd) => assert.equal(bpf.update(fd, keyOf(id), Buffer.alloc(8)), 0))
  }

  remove(id: bigint): void {
    this.#use((bpf, fd) => assert.equal(bpf.delete(fd, keyOf(id)), 0))
  }

  #use(change: (bpf: Bpf, fd: number) => void): void {
    const bpf = new Bpf(this.#calls)
    const fd = bpf.pinned(this.path)
    assert.ok(fd >= 0, `${fd}`)
    change(bpf, fd)
    this.#calls.close(fd)
  }
}

function keyOf(id: bigint): Buffer {
  const key = Buffer.alloc(8)
  key.writeBigUInt64LE(id)
  return key
}

/** The id of the cgroup v2 that a process is in. */
export function cgroupOf(pid: number): bigint {
  const path = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? ''
  return statSync(join(new Machine().cgroup2[0] ?? '', path), {bigint: true}).ino
}

/** The id of the mount namespace that a process is in. */
export function mountNamespaceOf(pid: number): bigint {
  return statSync(`/proc/${pid}/ns/mnt`, {bigint: true}).ino
}
