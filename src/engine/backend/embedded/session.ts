import type {Job, Message, Session} from '../backend.js'
import {Queue} from '../queue.js'
import type {Native} from '../../kernel/native.js'
import type {Batch, Loaded} from './loaded.js'
import {refusalLines} from './refusal.js'
import {printer} from './print/printer.js'
import {LossCounter} from './runtime/losses.js'
import {type MachineNames, machineNames} from './runtime/machine.js'
import {mapMessage, snapshotEntries} from './runtime/messages.js'
import {type RecordReader, recordReaders} from './runtime/records.js'
import {BatchRows, type RowKind, rowKinds} from './runtime/rows.js'
import {State} from './runtime/state.js'
import type {ValueContext} from './runtime/values.js'

/** Batches that wait to be taken before the ring is left to fill, so that memory stays bounded. */
const fullQueue = 2
/** How often the kernel's counters of what was lost are looked at. */
const lossCheckMs = 500

/** What is taken at once: messages, and the batch that they were made from, which is given back then. */
interface Part {
  readonly messages: readonly Message[]
  readonly batch: Batch | undefined
}

/** Runs a program that is loaded in this process, and takes it out of the kernel at the end. */
export class EmbeddedSession implements Session {
  readonly messages: AsyncIterable<readonly Message[]>
  readonly deliversAll = true
  readonly #queue = new Queue<Part>(({batch}) => batch?.release())
  readonly #job: Job
  readonly #native: Native
  readonly #names: MachineNames
  readonly #room: number
  readonly #losses: LossCounter
  #loaded: Loaded | undefined
  readonly #state: State
  readonly #context: ValueContext
  readonly #readers: readonly RecordReader[]
  readonly #rowKinds: readonly (RowKind | undefined)[]
  #lossTimer: NodeJS.Timeout | undefined
  #ready = false
  #stopping = false
  /** Set once the end has begun; resolves when nothing is left in the kernel. */
  #ended: Promise<void> | undefined
  readonly #started: Promise<void>

  /** @param room bytes that the program has for a text, the end included */
  constructor(loaded: Loaded, job: Job, native: Native, room: number) {
    this.#loaded = loaded
    this.#job = job
    this.#native = native
    this.#names = machineNames(native)
    this.#room = room
    const {records} = loaded.object
    const state = new State(loaded, this.#names)
    this.#losses = new LossCounter(loaded.object)
    this.#state = state
    this.#context = {room, printer: (shape) => printer(shape, state)}
    this.#readers = recordReaders(records, state, this.#context, () => this.stop())
    this.#rowKinds = rowKinds(records, this.#context)
    this.messages = messagesOf(this.#queue)
    this.#started = this.#start(loaded).catch((error: unknown) => this.#fail(error as Error))
  }

  snapshot(): void {
    if (!this.#ready || this.#stopping) return
    this.#attempt(() => this.#takeSnapshot(false))
  }

  stop(): void {
    if (this.#stopping) return
    this.#stopping = true
    if (this.#ready) void this.#finish()
    // Else `#start` ends as soon as it sees.
  }

  async kill(): Promise<void> {
    this.#stopping = true
    this.#ended ??= this.#close()
    await this.#started
    await this.#ended
    this.#queue.close()
  }

  async #start(loaded: Loaded): Promise<void> {
    for (const text of loaded.object.warnings) this.#say([{kind: 'trouble', text}])
    loaded.records(
      (batch) => this.#take(batch),
      () => this.#queue.length < fullQueue,
    )
    const goesOn = await loaded.attach()
    // Killed meanwhile.
    if (this.#loaded === undefined) return
    this.#ready = true
    this.#say([{kind: 'ready'}, ...sayRefused(loaded)])
    this.#lossTimer = setInterval(() => this.#attempt(() => this.#checkLosses()), lossCheckMs)
    loaded.drain()
    if (this.#isStopping() || !goesOn) await this.#finish()
  }

  /** A method, because it changes while we wait. */
  #isStopping(): boolean {
    return this.#stopping
  }

  /** What is on its way, then the last snapshot, then what END says and the other maps. */
  #finish(): Promise<void> {
    return (this.#ended ??= (async () => {
      const loaded = this.#loaded
      try {
        if (loaded !== undefined && this.#ready) {
          loaded.silence()
          loaded.drain()
          if (this.#snapshotShapes.length > 0) this.#takeSnapshot(true)
          loaded.end()
          loaded.drain()
          this.#checkLosses()
          this.#sayMaps()
        }
        this.#queue.close()
      } catch (error) {
        this.#queue.close(error as Error)
      }
      await this.#close()
    })())
  }

  async #close(): Promise<void> {
    clearInterval(this.#lossTimer)
    const loaded = this.#loaded
    this.#loaded = undefined
    await loaded?.close()
    this.#names.close()
  }

  #say(messages: readonly Message[], batch?: Batch): void {
    this.#queue.push({messages, batch})
  }

  #fail(error: Error): void {
    this.#queue.close(error)
    this.#stopping = true
    this.#ended ??= this.#close()
  }

  #attempt(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #take(batch: Batch): void {
    const {starts, count, view} = batch
    const messages: Message[] = []
    let rows: BatchRows | undefined
    this.#attempt(() => {
      for (let index = 0; index < count; index++) {
        const record = starts[index] ?? 0
        const kind = view.getUint32(record, true)
        const fields = this.#rowKinds[kind]?.fields
        if (fields === undefined) {
          rows = undefined
          const message = this.#readers[kind]?.(batch, record)
          if (message !== undefined) messages.push(message)
        } else {
          if (rows?.fields !== fields) {
            rows = new BatchRows(batch, index, fields, this.#rowKinds)
            messages.push({kind: 'rows', rows})
          }
          rows.count++
        }
      }
    })
    this.#say(messages, batch)
  }

  #takeSnapshot(last: boolean): void {
    const state = this.#state
    const loaded = this.#loaded
    if (loaded === undefined) return
    loaded.drain()
    const time = this.#native.clocks().boot
    const maps = new Map(
      this.#snapshotShapes.map((shape) => {
        const index = loaded.object.named.findIndex(({name}) => name === shape.name)
        const entries =
          index < 0
            ? []
            : snapshotEntries(shape, state.named(index), state.read(index), this.#room, state.stacks)
        return [shape.name, entries] as const
      }),
    )
    this.#say([{kind: 'snapshot', time, maps, last}])
  }

  get #snapshotShapes(): NonNullable<Job['maps']> {
    return this.#job.maps ?? []
  }

  /** What bpftrace prints when it ends: all maps that are no part of snapshots. */
  #sayMaps(): void {
    const state = this.#state
    const context = this.#context
    if (this.#loaded === undefined) return
    const inSnapshots = new Set(this.#snapshotShapes.map(({name}) => name))
    const messages = this.#loaded.object.named.flatMap((named, index) => {
      if (inSnapshots.has(named.name) || named.unreadable) return []
      const message = mapMessage(named, state.read(index), context)
      return message === undefined ? [] : [message]
    })
    this.#say(messages)
  }

  #checkLosses(): void {
    const loaded = this.#loaded
    if (loaded === undefined) return
    const news = this.#losses.news(loaded.counters(), loaded.misses())
    if (news.length > 0) this.#say(news)
  }
}

async function* messagesOf(parts: AsyncIterable<Part>): AsyncGenerator<readonly Message[]> {
  for await (const {messages} of parts) yield messages
}

function sayRefused({refused}: Loaded): Message[] {
  return refusalLines(refused).map((line) => ({kind: 'trouble', text: `${line}; their events are missing`}))
}
