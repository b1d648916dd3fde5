import type {Mapping} from '../../kernel/native.js'
import type {Globals} from './globals.js'
import type {Batch} from './loaded.js'
import type {Kernel} from './kernel.js'

/** The head of a record: its length with two bits of state, then where it is (kernel/bpf/ringbuf.c). */
const headBytes = 8
const busyBit = 0x8000_0000
const discardBit = 0x4000_0000

/** A batch holds at most so many; what is read is given back to the kernel after each. */
const batchRecords = 4096

/** How long a record waits at most when the program does not wake us for each. */
const patienceMs = 20

/** While nothing comes, the next record wakes us. Looking now and then is for a record that was sent as we fell asleep. */
const sleepMs = 500

/**
 * Reads the ring that programs write their records into. The kernel maps it twice in a row, so that a record is never cut
 * in two, and tells how far it has written; we tell how far we have read. Positions count bytes since the beginning.
 */
export class RingReader {
  readonly #kernel: Kernel
  readonly #globals: Globals
  readonly #fd: number
  readonly #size: number
  readonly #ours: Mapping
  readonly #theirs: Mapping
  readonly #consumer: BigUint64Array
  readonly #producer: BigUint64Array
  readonly #heads: Uint32Array
  readonly #batch: {
    bytes: Uint8Array
    view: DataView
    count: number
    starts: Uint32Array
    lengths: Uint32Array
  }
  #position = 0
  #call: ((batch: Batch) => void) | undefined
  #stopWaiting: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #wanted = (): boolean => true
  #reading = false
  /** How many times in a row a look found nothing. */
  #idle = 0

  /** @param size how many bytes the ring holds: a power of two, and of whole pages */
  constructor(kernel: Kernel, globals: Globals, fd: number, size: number) {
    const page = kernel.calls.pageSize()
    this.#kernel = kernel
    this.#globals = globals
    this.#fd = fd
    this.#size = size
    this.#ours = kernel.mapped('ring', fd, 0, page, 'write')
    try {
      this.#theirs = kernel.mapped('ring', fd, page, page + 2 * size, 'read')
    } catch (error) {
      this.#ours.unmap()
      throw error
    }
    this.#consumer = new BigUint64Array(this.#ours.memory, 0, 1)
    this.#producer = new BigUint64Array(this.#theirs.memory, 0, 1)
    this.#heads = new Uint32Array(this.#theirs.memory, page)
    this.#batch = {
      bytes: new Uint8Array(this.#theirs.memory, page),
      view: new DataView(this.#theirs.memory, page),
      count: 0,
      starts: new Uint32Array(batchRecords),
      lengths: new Uint32Array(batchRecords),
    }
  }

  /** Calls back for what comes, from now on, and keeps the process alive. @param wanted see `Loaded.records` */
  start(call: (batch: Batch) => void, wanted: () => boolean): void {
    this.#call = call
    this.#wanted = wanted
    this.#wake()
  }

  /** Looks often, as long as there is something to see. */
  #wake(): void {
    this.#wait()
    this.#idle = 0
    this.#tickEvery(patienceMs)
    this.#read()
  }

  #wait(): void {
    this.#stopWaiting ??= this.#kernel.calls.onReadable(this.#fd, () => {
      if (this.#idle > 0) this.#wake()
      else this.#read()
    })
  }

  #tick(): void {
    const isQuiet = this.#read() === 0 && this.#wanted()
    if (!isQuiet) {
      if (this.#idle > 0) this.#wake()
      return
    }
    this.#idle++
    if (this.#idle === 1) this.#globals.sleep()
    // A program that was running when we asked has sent its record by now.
    else if (this.#idle === 2) this.#tickEvery(sleepMs)
  }

  #tickEvery(milliseconds: number): void {
    clearInterval(this.#timer)
    this.#timer = setInterval(() => this.#tick(), milliseconds)
  }

  #read(): number {
    if (this.#wanted()) {
      this.#wait()
      return this.drain()
    }
    // What is not read would be announced again and again; the timer asks until it is wanted.
    this.#stopWaiting?.()
    this.#stopWaiting = undefined
    return 0
  }

  /**
   * Reads what was written before this call. Does nothing from within a batch.
   * @returns how many records there were
   */
  drain(): number {
    const call = this.#call
    if (call === undefined || this.#reading) return 0
    this.#reading = true
    let records = 0
    try {
      const end = Number(Atomics.load(this.#producer, 0))
      while (this.#position < end) {
        const from = this.#position
        this.#position = this.#collect(end)
        // The first is still being written: its program, or one that it interrupted, is not done.
        if (this.#position === from) break
        try {
          if (this.#batch.count > 0) call(this.#batch)
        } finally {
          Atomics.store(this.#consumer, 0, BigInt(this.#position))
        }
        records += this.#batch.count
      }
    } finally {
      this.#reading = false
    }
    return records
  }

  /** Reads no more, and gives the memory back: batches are invalid from now on. Safe to call again. */
  close(): void {
    if (this.#position < 0) return
    this.#stopWaiting?.()
    clearInterval(this.#timer)
    this.#call = undefined
    this.#position = -1
    this.#ours.unmap()
    this.#theirs.unmap()
  }

  /** Finds where the next records are. @returns the position behind them */
  #collect(end: number): number {
    const {starts, lengths} = this.#batch
    const heads = this.#heads
    const size = this.#size
    let position = this.#position
    let at = position % size
    let count = 0
    while (position < end && count < batchRecords) {
      // Seen whole: the kernel clears the busy bit when the rest of the record is there.
      const head = Atomics.load(heads, at >>> 2)
      if (head >= busyBit) break
      const isDiscarded = (head & discardBit) !== 0
      const length = isDiscarded ? head - discardBit : head
      if (!isDiscarded) {
        starts[count] = at + headBytes
        lengths[count] = length
        count++
      }
      const step = (length + headBytes + 7) & ~7
      position += step
      at = (at + step) & (size - 1)
    }
    this.#batch.count = count
    return position
  }
}
