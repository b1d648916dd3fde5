import type {ObjectFile} from './object.js'

/**
 * The face of the kernel half: what the session and the runtime use, and nothing of how it is done. Nothing here outlives
 * the process: whatever ends it, SIGKILL included, the kernel drops programs, maps and probes with its file descriptors.
 */

/** One thing that could not be attached, for the words and hints of the session. */
export interface Refusal {
  /** The probe as the text names it. */
  readonly probe: string
  /** Such as `there is no tracepoint syscalls:sys_enter_opne`. */
  readonly why: string
}

/** Records that came since the last batch, in the order in which the kernel wrote them. */
export interface Batch {
  /** The ring itself, mapped twice in a row, so that no record is cut in two. Reads only: a write ends the process. */
  readonly bytes: Uint8Array
  /** The same memory. */
  readonly view: DataView
  readonly count: number
  /** Where in `bytes` each record begins; the first `count` numbers. Used again for the next batch. */
  readonly starts: Uint32Array
  /** How long each record is. */
  readonly lengths: Uint32Array
}

/** Keys and values of a map as the kernel has them. */
export interface Entries {
  readonly count: number
  readonly keySize: number
  /** Bytes from a value to the next: for per-CPU maps, `cpus` times the size of one, rounded up to 8. */
  readonly valueSize: number
  /** For how many CPUs each value is: 1, or all that this machine can have for per-CPU maps. */
  readonly cpus: number
  /** One after another; of an array, no keys (the index is the place). */
  readonly keys: Buffer
  readonly values: Buffer
}

export interface LoadOptions {
  /** How many bytes of the ring (a power of two) instead of what the object says. */
  readonly ringBytes?: number
  /** Whether the verifier's whole log is wanted, also for programs it accepts: `--debug=verifier`. */
  readonly logs?: (probe: string, log: string) => void
  /** How many of the last lines of the log an error shows; 0 for none but its last. */
  readonly logLines?: number
}

/** A program in the kernel. */
export interface Loaded {
  readonly object: ObjectFile
  /**
   * Runs BEGIN, then attaches everything else, as one step: when it fails, nothing is left attached.
   * @throws MachineError with the probe, what was refused, and a hint
   */
  attach: () => Promise<void>
  /**
   * Calls `onBatch` with what the ring holds, when the kernel wakes us and every 20 ms; from then on the process is kept
   * alive. What it reads in the batch is gone when it returns.
   */
  records: (onBatch: (batch: Batch) => void) => void
  /** Reads what the ring holds now, without waiting: before a snapshot and at the end. @returns how many records */
  drain: () => number
  /** All entries of a map by its place in `object.maps`, while the program goes on changing it. */
  readMap: (index: number) => Entries
  /** The value of one key; undefined if there is none. Of a per-CPU map, those of all CPUs. */
  lookup: (index: number, key: Uint8Array) => Buffer | undefined
  /** Deletes all keys. Values of arrays are set to zero. */
  clearMap: (index: number) => void
  /** Keeps the keys and sets the values to zero. */
  zeroMap: (index: number) => void
  deleteKey: (index: number, key: Uint8Array) => void
  /** How many times each of `object.losses` has happened, in their order. */
  counters: () => number[]
  /** How many more events are seen by nobody: those that found the program busy on its CPU (`recursion misses`). */
  misses: () => Promise<number>
  /** No probe fires from now on; the ring and maps stay. Runs END afterwards. Safe to call again. */
  detach: () => Promise<void>
  /** Detaches without END, and closes all. Safe to call again. */
  close: () => Promise<void>
}
