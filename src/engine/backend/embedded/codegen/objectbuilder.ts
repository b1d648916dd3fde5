import {type CompileContext, isSince} from '../context.js'
import {mapFlags, mapTypes} from '../helpers.js'
import type {KernelMap, NamedMap, ObjectFile, RecordKind, Shape} from '../object.js'
import {s64} from '../../../program/ctype.js'
import type {ProgramMap} from '../types/maps.js'
import {offsetsOf, storedSize} from '../types/type.js'
import type {Settings} from '../types/settings.js'
import type {InternalIds} from './internalids.js'
import {objectTypeIds, objectTypes} from './objecttypes.js'
import {heldOf, shapeOf, type ShapeFacts} from './shapes.js'

type Loss = ObjectFile['losses'][number]

/** What can be lost beside the keys of maps. */
const fixedLosses = ['records', 'stacks', 'ranges'] as const

/** Where in `globals` things are. */
export const globalOffsets = {stopped: 0, sleeping: 4, start: 8} as const

/**
 * What is kept for each key is taken beforehand while all of it is not more than this: 20 ms for the maps of stackcount. Where
 * it is taken in an event, the kernel has one to four entries for a CPU until interrupts are on again, and events with them
 * off, such as those of the scheduler, come in bursts.
 */
const mostPreallocated = 1 << 25
const mostStacks = 16 << 10

/** The maps, records and losses of a whole program, as its parts ask for them. */
export class ObjectBuilder {
  readonly context: CompileContext
  readonly settings: Settings
  readonly facts: ShapeFacts
  readonly #threadMaps: ReadonlySet<ProgramMap>
  readonly #internalIds: InternalIds
  readonly #maps: KernelMap[] = []
  readonly #named: NamedMap[] = []
  readonly #places = new Map<ProgramMap, number>()
  readonly #stacks = new Map<number, number>()
  readonly #records: RecordKind[] = []
  readonly #scratch = {entries: 1, bytes: 8}
  readonly ring: number
  readonly counters: number
  readonly globals: number
  #trial: ObjectBuilder | undefined

  /** @param threadMaps those that the kernel keeps with each thread */
  constructor(
    context: CompileContext,
    settings: Settings,
    types: ShapeFacts['types'],
    threadMaps: ReadonlySet<ProgramMap>,
    internalIds: InternalIds,
  ) {
    this.context = context
    this.#threadMaps = threadMaps
    this.#internalIds = internalIds
    this.settings = settings
    this.facts = {types, stackMap: (depth) => this.stackMap(depth)}
    const initial = Buffer.alloc(16)
    initial.writeBigUInt64LE(context.now(), globalOffsets.start)
    this.globals = this.#add({
      ...{name: 'globals', type: mapTypes.array, keySize: 4, valueSize: initial.length, entries: 1},
      flags: mapFlags.mappable,
      initial,
    })
    this.ring = this.#add({
      ...{
        name: 'ring',
        type: mapTypes.ringBuffer,
        keySize: 0,
        valueSize: 0,
        entries: context.ringBytes,
        flags: 0,
      },
    })
    // How large it is turns out at the end.
    this.counters = this.#add({...scratchMap, entries: 1, valueSize: 8})
  }

  /** Bytes at the beginning of the scratch memory in which losses are counted. */
  get lossBytes(): number {
    return 8 * (fixedLosses.length + this.#named.length)
  }

  /** Another, for what is written only to find out what it needs. */
  get trial(): ObjectBuilder {
    if (this.#trial === undefined) {
      this.#trial = new ObjectBuilder(
        this.context,
        this.settings,
        this.facts.types,
        this.#threadMaps,
        this.#internalIds,
      )
      for (const map of this.#places.keys()) this.#trial.named(map)
    }
    return this.#trial
  }

  /** The place of a record among the kinds of records. */
  record(kind: RecordKind): number {
    this.#records.push(kind)
    return this.#records.length - 1
  }

  /** The place of a loss among the counters: first the general ones, then one for each map. */
  loss(loss: Loss): number {
    if (loss.kind === 'map full') return fixedLosses.length + loss.named
    return fixedLosses.indexOf(loss.kind)
  }

  /** The map of the kernel behind one that the program names. */
  map(map: ProgramMap): number {
    return this.#named[this.named(map)]?.map ?? 0
  }

  /** The place of a map of the program among the named ones. */
  named(map: ProgramMap): number {
    const known = this.#places.get(map)
    if (known !== undefined) return known
    const place = this.#named.length
    this.#places.set(map, place)
    this.#named.push(this.#describe(map))
    return place
  }

  /** Whether the kernel keeps the values of a map with the threads that are its keys. */
  isOfThreads(map: ProgramMap): boolean {
    return this.#threadMaps.has(map)
  }

  /** Whether a part of the keys of a map is an id that nobody sees. */
  isInternalId(map: ProgramMap, part: number): boolean {
    return this.#internalIds.get(map)?.has(part) === true
  }

  /** The map of stacks that have room for so many frames. */
  stackMap(depth: number): number {
    const known = this.#stacks.get(depth)
    if (known !== undefined) return known
    const entries = Math.max(this.settings.mapKeys, mostStacks)
    const index = this.#add(this.#hash('stacks', 8, 8 + 8 * depth, entries, false, false))
    this.#stacks.set(depth, index)
    return index
  }

  /** A map that is not of this program, by its name in a bpf file system. */
  pinnedMap(path: string, keySize: number): number {
    const known = this.#maps.findIndex(({pinned}) => pinned === path)
    if (known >= 0) return known
    return this.#add({name: 'pinned', type: 0, keySize, valueSize: 0, entries: 0, flags: 0, pinned: path})
  }

  /** The entry of the scratch map for a program that must have its own; entry 0 is for all others. */
  get nextScratch(): number {
    return this.#scratch.entries
  }

  /** A program needs so many bytes of the scratch memory. */
  needScratch(bytes: number, own: boolean): void {
    this.#scratch.bytes = Math.max(this.#scratch.bytes, bytes)
    if (own) this.#scratch.entries++
  }

  finish(programs: ObjectFile['programs'], known: Pick<ObjectFile, 'unsafe' | 'warnings'>): ObjectFile {
    const {entries, bytes} = this.#scratch
    this.#maps[this.counters] = {...scratchMap, entries, valueSize: Math.max(bytes, this.lossBytes)}
    const needsTypes =
      programs.some(({functions}) => functions !== undefined) ||
      this.#maps.some(({typeIds}) => typeIds !== undefined)
    return {
      maps: this.#maps,
      programs,
      named: this.#named,
      records: this.#records,
      ring: this.ring,
      globals: this.globals,
      counters: this.counters,
      losses: [
        ...fixedLosses.map((kind) => ({kind})),
        ...this.#named.map((_, named) => ({kind: 'map full' as const, named})),
      ],
      printing: this.settings.printing,
      missingProbes: this.settings.missingProbes,
      ...known,
      ...(needsTypes && {btf: objectTypes()}),
    }
  }

  #describe(map: ProgramMap): NamedMap {
    const {name} = map
    const key = map.key ?? []
    const use = map.use ?? {kind: 'value'}
    const held = heldOf(map, this.facts)
    const entries = map.entries ?? this.settings.mapKeys
    const label = `AT_${name.slice(1)}`.slice(0, 15)
    const perCpu = use.kind !== 'value'
    const size =
      use.kind === 'value'
        ? storedSize(map.value ?? {kind: 'int', bits: 64, signed: true})
        : aggregateSize[use.kind]
    const bucketed = use.kind === 'hist' || use.kind === 'lhist'
    if (key.length === 0) {
      const present = presentAt(use.kind, size)
      const wide = use.kind === 'value' || use.kind === 'sum'
      const index = this.#add({
        name: label,
        type: perCpu ? mapTypes.perCpuArray : mapTypes.array,
        keySize: 4,
        valueSize: size + (wide ? 8 : 0),
        entries: bucketed ? buckets(use) : 1,
        flags: 0,
      })
      return {name, map: index, key: [], offsets: [], held, ...(present !== undefined && {present})}
    }
    if (this.isOfThreads(map)) {
      const index = this.#add({
        ...{name: label, type: mapTypes.taskStorage, keySize: 4, valueSize: 8, entries: 0},
        ...{flags: mapFlags.noPreallocation, typeIds: {key: objectTypeIds.int, value: objectTypeIds.u64}},
      })
      return {name, map: index, key: [shapeOf(s64, this.facts)], offsets: [0], held, unreadable: true}
    }
    const offsets = offsetsOf(key)
    const keySize = key.reduce((sum, type) => sum + storedSize(type), 0) + (bucketed ? 8 : 0)
    const index = this.#add(this.#hash(label, keySize, size, entries, perCpu, map.lru === true))
    const shapes: Shape[] = key.map((type) => shapeOf(type, this.facts))
    return {name, map: index, key: shapes, offsets, held}
  }

  #hash(
    name: string,
    keySize: number,
    valueSize: number,
    entries: number,
    perCpu: boolean,
    lru: boolean,
  ): KernelMap {
    const each = keySize + valueSize * (perCpu ? this.context.cpus : 1) + 64
    // Programs of perf events may not take memory before 6.1.
    const dynamic = !lru && each * entries > mostPreallocated && isSince(this.context, [6, 1])
    const type = lru
      ? perCpu
        ? mapTypes.lruPerCpuHash
        : mapTypes.lruHash
      : perCpu
        ? mapTypes.perCpuHash
        : mapTypes.hash
    return {name, type, keySize, valueSize, entries, flags: dynamic ? mapFlags.noPreallocation : 0}
  }

  #add(map: KernelMap): number {
    this.#maps.push(map)
    return this.#maps.length - 1
  }
}

const scratchMap = {name: 'scratch', type: mapTypes.perCpuArray, keySize: 4, flags: 0}

/** Bytes of what events are counted into. */
const aggregateSize = {count: 8, sum: 8, min: 16, max: 16, avg: 16, stats: 16, hist: 8, lhist: 8} as const

/** Where the value of an array without keys says whether it was set. */
function presentAt(kind: string, size: number): number | undefined {
  if (kind === 'count') return 0
  if (kind === 'hist' || kind === 'lhist') return undefined
  return kind === 'value' || kind === 'sum' ? size : 8
}

/** How many buckets a histogram can have. */
export function buckets(use: {
  readonly kind: 'hist' | 'lhist'
  readonly bits?: number
  readonly min?: bigint
  readonly max?: bigint
  readonly step?: bigint
}): number {
  if (use.kind === 'hist') return ((64 - (use.bits ?? 0) + 1) << (use.bits ?? 0)) + 1
  const {min = 0n, max = 0n, step = 1n} = use
  return Number((max - min) / step) + 2
}
