import {BugError, MachineError} from '../../errors.js'
import {Bpf} from '../../kernel/bpf.js'
import {possibleCpus} from '../../kernel/cpus.js'
import {Machine} from '../../kernel/machine.js'
import {native} from '../../kernel/native.js'
import {attach, iterate, loadForAttaching} from './attach/attach.js'
import {Globals} from './globals.js'
import {Kernel} from './kernel.js'
import type {Batch, Entries, Loaded, LoadOptions, Refusal} from './loaded.js'
import {createMap, type LiveMap, openMap} from './maps.js'
import {Misses} from './misses.js'
import type {ObjectFile} from './object.js'
import {Programs} from './programs.js'
import {refusalLines} from './refusal.js'
import {RingReader} from './ring.js'

/**
 * Creates the maps and loads the programs of an object; nothing is attached yet.
 * @throws VerifierError if the kernel refuses a program, MachineError if it or this user cannot
 */
export async function load(object: ObjectFile, options: LoadOptions = {}): Promise<Loaded> {
  const calls = await native()
  const kernel = new Kernel(calls, new Bpf(calls), options.machine ?? new Machine())
  const loaded = new LiveObject(kernel, object)
  try {
    loaded.load(options)
  } catch (error) {
    await loaded.close()
    throw error
  }
  return loaded
}

/** More than there are threads to do it; koffi refuses more than 256. */
const closedAtOnce = 64

class LiveObject implements Loaded {
  readonly object: ObjectFile
  readonly refused: Refusal[] = []
  leftOut = 0
  #mayMiss: (probe: string) => boolean = () => false
  readonly #kernel: Kernel
  readonly #maps: LiveMap[] = []
  #btf: number | undefined
  #programs: Programs | undefined
  #globals: Globals | undefined
  #ring: RingReader | undefined
  #attached: number[] = []
  #misses: Misses | undefined
  #ended = false

  constructor(kernel: Kernel, object: ObjectFile) {
    this.#kernel = kernel
    this.object = object
  }

  load(options: LoadOptions): void {
    this.#mayMiss = options.mayMiss ?? this.#mayMiss
    const cpus = possibleCpus()
    if (this.object.btf !== undefined)
      this.#btf = this.#kernel.descriptor(
        this.#kernel.bpf.loadBtf(this.object.btf),
        'take the types of the program',
      )
    this.object.maps.forEach((map, index) => {
      const isRing = index === this.object.ring
      const entries = (isRing ? options.ringBytes : undefined) ?? map.entries
      this.#maps.push(
        map.pinned === undefined
          ? createMap(this.#kernel, {...map, entries}, cpus, this.#btf)
          : openMap(this.#kernel, map, map.pinned),
      )
    })
    const descriptors = this.#maps.map(({fd}) => fd)
    this.#programs = new Programs(this.#kernel, this.#btf, descriptors, options)
    for (const program of this.object.programs) loadForAttaching(this.#programs, program)
    const ring = this.#map(this.object.ring)
    this.#globals = new Globals(this.#kernel, this.#map(this.object.globals).fd)
    this.#ring = new RingReader(this.#kernel, this.#globals, ring.fd, ring.description.entries)
  }

  async attach(): Promise<boolean> {
    this.#run('begin')
    const globals = this.#live(this.#globals)
    if (globals.stopped) return true
    globals.stopped = true
    const iterators: number[] = []
    const mayMissAll = this.object.missingProbes !== 'error'
    let wildcards = 0
    try {
      for (const program of this.object.programs) {
        const isWildcard = this.#mayMiss(program.probe)
        const {descriptors, refused} = attach(
          this.#kernel,
          this.#live(this.#programs),
          program,
          mayMissAll || isWildcard,
        )
        if (isWildcard) wildcards += descriptors.length
        this.#attached.push(...descriptors)
        this.refused.push(...refused)
        if (refused.length > 0 && descriptors.length === 0) this.leftOut++
        if (program.attachment.kind === 'iter') iterators.push(...descriptors)
      }
      if (wildcards === 0) requireSome(this.refused.filter(({probe}) => this.#mayMiss(probe)))
    } catch (error) {
      await this.detach()
      throw error
    }
    this.#misses = new Misses(this.#kernel.bpf, this.#live(this.#programs).descriptors, this.#attached)
    globals.stopped = false
    for (const link of iterators) {
      await iterate(this.#kernel, link, () => {
        this.drain()
        return !globals.stopped
      })
    }
    const kinds = this.object.programs.map(({attachment}) => attachment.kind)
    return kinds.some((kind) => !['begin', 'iter', 'end'].includes(kind))
  }

  records(onBatch: (batch: Batch) => void, wanted = (): boolean => true): void {
    this.#ring?.start(onBatch, wanted)
  }

  drain(): number {
    return this.#ring?.drain() ?? 0
  }

  readMap(index: number): Entries {
    return this.#map(index).read()
  }

  takeMap(index: number): Entries {
    return this.#map(index).take()
  }

  lookup(index: number, key: Uint8Array): Buffer | undefined {
    return this.#map(index).lookup(key)
  }

  updateKey(index: number, key: Uint8Array, value: Uint8Array): void {
    this.#map(index).update(key, value)
  }

  deleteKey(index: number, key: Uint8Array): void {
    this.#map(index).delete(key)
  }

  clearMap(index: number): void {
    this.#map(index).clear()
  }

  zeroMap(index: number): void {
    this.#map(index).zero()
  }

  counters(): number[] {
    const {values, valueSize, cpus, count} = this.readMap(this.object.counters)
    return this.object.losses.map((_, loss) => {
      let sum = 0
      for (let place = 0; place < count * cpus; place++)
        sum += Number(values.readBigUInt64LE(place * (valueSize / cpus) + loss * 8))
      return sum
    })
  }

  misses(): number {
    return this.#misses?.count() ?? 0
  }

  silence(): void {
    if (this.#globals !== undefined) this.#globals.stopped = true
    this.#misses?.settle()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.silence()
    this.#run('end')
  }

  async detach(): Promise<void> {
    this.#misses?.settle()
    const open = this.#attached.splice(0)
    const closeSome = async (): Promise<void> => {
      for (let fd = open.pop(); fd !== undefined; fd = open.pop()) await this.#kernel.calls.closeLater(fd)
    }
    await Promise.all(Array.from({length: closedAtOnce}, closeSome))
  }

  async close(): Promise<void> {
    this.#ring?.close()
    this.#ring = undefined
    this.#globals?.close()
    this.#globals = undefined
    await this.detach()
    this.#programs?.close()
    this.#programs = undefined
    for (const map of this.#maps.splice(0)) this.#kernel.calls.close(map.fd)
    if (this.#btf !== undefined) this.#kernel.calls.close(this.#btf)
    this.#btf = undefined
  }

  #run(kind: 'begin' | 'end'): void {
    for (const program of this.object.programs) {
      if (program.attachment.kind !== kind) continue
      const result = this.#kernel.bpf.run(this.#live(this.#programs).load(program))
      if (result < 0) throw this.#kernel.refused(`run ${program.probe}`, result)
    }
  }

  #map(index: number): LiveMap {
    return this.#live(this.#maps[index])
  }

  #live<T>(part: T | undefined): T {
    if (part === undefined) throw new BugError('a program was used after it was closed')
    return part
  }
}

/** @throws MachineError if there are refusals: nothing that a wildcard stands for is attached */
function requireSome(refused: readonly Refusal[]): void {
  const [first] = refused
  if (first === undefined) return
  throw new MachineError('the kernel refuses all that the pattern matches', {
    context: refusalLines(refused),
    hint: first.hint ?? 'a wider pattern may match something that can be traced',
  })
}
