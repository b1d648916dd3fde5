import type {Mapping} from '../../kernel/native.js'
import type {Globals} from './globals.js'
import type {Batch} from './loaded.js'
import type {Kernel} from './kernel.js'

/** The head of a record: its length with two bits of state, then where it is (kernel/bpf/ringbuf.c). */
const headBytes = 8
const busyBit = 0x8000_0000
const discardBit = 0x4000_0000

/** A batch holds at most so many. A record is made in memory of a CPU, of which the kernel gives far less than this. */
const batchBytes = 128 << 10
const batchRecords = 2048
/** Batches that are kept to be filled again. */
const keptBatches = 3

/** How long a record waits at most when the program does not wake us for each. */
const patienceMs = 20

/** While nothing comes, the next record wakes us. Looking now and then is for a record that was sent as we fell asleep. */
const sleepMs = 500

/**
 * Reads the ring that programs write their records into. The kernel tells how far it has written, we tell how far we have
 * read; positions count bytes since the beginning. What is read is copied, many records at once, so that the kernel has
 * its memory back before anybody looks at them, and a record that begins at the end of the ring is in one piece.
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
  readonly #bytes: Uint8Array
  readonly #free: OwnBatch[] = []
  #position = 0
  #call: ((batch: Batch) => void) | undefined
  #stopWaiting: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #wanted = (): boolean => true
  /** Whether records are left in the ring because they were not wanted. */
  #held = false
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
      this.#theirs = kernel.mapped('ring', fd, page, page + size, 'read')
    } catch (error) {
      this.#ours.unmap()
      throw error
    }
    this.#consumer = new BigUint64Array(this.#ours.memory, 0, 1)
    this.#producer = new BigUint64Array(this.#theirs.memory, 0, 1)
    this.#heads = new Uint32Array(this.#theirs.memory, page)
    this.#bytes = new Uint8Array(this.#theirs.memory, page)
  }

  /** Calls back for what comes, from now on, and keeps the process alive. @param wanted see `Loaded.records` */
  start(call: (batch: Batch) => void, wanted: () => boolean): void {
    this.#call = call
    this.#wanted = wanted
    // Not as long as there is something to read: while many come, we would read few at a time, and all the time.
    this.#stopWaiting = this.#kernel.calls.onWoken(this.#fd, () => {
      if (this.#idle > 0) this.#wake()
      else this.#read()
    })
    this.#wake()
  }

  /** Looks often, as long as there is something to see. */
  #wake(): void {
    this.#idle = 0
    this.#tickEvery(patienceMs)
    this.#read()
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
    const records = this.#take(this.#wanted)
    this.#held = !this.#wanted()
    return records
  }

  /**
   * Reads what was written before this call, wanted or not. Does nothing from within a batch.
   * @returns how many records there were
   */
  drain(): number {
    return this.#take(() => true)
  }

  #take(wanted: () => boolean): number {
    const call = this.#call
    if (call === undefined || this.#reading) return 0
    this.#reading = true
    let records = 0
    try {
      const end = this.#written
      while (this.#position < end && wanted()) {
        const batch = this.#free.pop() ?? new OwnBatch((done) => this.#putBack(done))
        const from = this.#position
        this.#position = this.#collect(batch, end)
        Atomics.store(this.#consumer, 0, BigInt(this.#position))
        records += batch.count
        if (batch.count > 0) call(batch)
        else batch.release()
        // The first is still being written: its program, or one that it interrupted, is not done.
        if (this.#position === from) break
      }
    } finally {
      this.#reading = false
    }
    return records
  }

  /** How far the kernel has written. */
  get #written(): number {
    return Number(Atomics.load(this.#producer, 0))
  }

  #putBack(batch: OwnBatch): void {
    if (this.#free.length < keptBatches) this.#free.push(batch)
    if (!this.#held || this.#position < 0 || !this.#wanted()) return
    // What has come meanwhile is read when there is more of it, or after a moment.
    if (this.#written - this.#position >= batchBytes) this.#read()
    else this.#held = false
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

  /** Copies the next records. @returns the position behind them */
  #collect(batch: OwnBatch, end: number): number {
    const {starts, lengths, bytes} = batch
    const heads = this.#heads
    const size = this.#size
    const from = this.#position
    const limit = Math.min(end, from + bytes.length)
    const begin = from % size
    let position = from
    let at = begin
    let count = 0
    while (position < limit && count < batchRecords) {
      // Seen whole: the kernel clears the busy bit when the rest of the record is there.
      const head = Atomics.load(heads, at >>> 2)
      if (head >= busyBit) break
      const isDiscarded = (head & discardBit) !== 0
      const length = isDiscarded ? head - discardBit : head
      const step = (length + headBytes + 7) & ~7
      if (position + step > limit) break
      if (!isDiscarded) {
        starts[count] = position - from + headBytes
        lengths[count] = length
        count++
      }
      position += step
      at = (at + step) & (size - 1)
    }
    const whole = position - from
    const first = Math.min(whole, size - begin)
    bytes.set(this.#bytes.subarray(begin, begin + first))
    if (first < whole) bytes.set(this.#bytes.subarray(0, whole - first), first)
    batch.count = count
    return position
  }
}

class OwnBatch implements Batch {
  readonly bytes = Buffer.allocUnsafeSlow(batchBytes)
  readonly view = new DataView(this.bytes.buffer)
  readonly starts = new Uint32Array(batchRecords)
  readonly lengths = new Uint32Array(batchRecords)
  count = 0
  readonly #putBack: (batch: OwnBatch) => void

  constructor(putBack: (batch: OwnBatch) => void) {
    this.#putBack = putBack
  }

  release(): void {
    this.#putBack(this)
  }
}
