import type {Machine} from '../../kernel/machine.js'
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
  /** What may help, where it is known. */
  readonly hint?: string | undefined
}

/** Records that came since the last batch, in the order in which the kernel wrote them: a copy. */
export interface Batch {
  readonly bytes: Buffer
  /** The same memory. */
  readonly view: DataView
  readonly count: number
  /** Where in `bytes` each record begins; the first `count` numbers. */
  readonly starts: Uint32Array
  /** How long each record is. */
  readonly lengths: Uint32Array
  /** Says that it will not be looked at again, so that others can take its place. */
  readonly release: () => void
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
  /** The text of the program, so that an error can show the line that the kernel refused. */
  readonly text?: string
  /** How many of the last lines of the verifier's log an error shows: `--verbose`. */
  readonly logLines?: number
  /** Gets the verifier's whole log of each program, also of those it accepts: `--debug=verifier`. */
  readonly logs?: (probe: string, log: string) => void
  /**
   * Whether a wildcard of the user stands for a probe, so that the run goes on without it when the kernel refuses it, as
   * long as there is another one.
   */
  readonly mayMiss?: ((probe: string) => boolean) | undefined
  /** What is known of this machine; asked anew if missing. */
  readonly machine?: Machine
}

/** A program in the kernel. Functions that name a map take its place in `object.maps`. */
export interface Loaded {
  readonly object: ObjectFile
  /** The places of wildcards that could not be attached, while others of the same probe were. Complete after `attach`. */
  readonly refused: readonly Refusal[]
  /** How many programs are attached nowhere, which `missing_probes` allows. */
  readonly leftOut: number
  /**
   * Runs BEGIN, attaches everything else, then lets all probes act at one moment; then goes over what `iter` probes are
   * about. If BEGIN says exit(), nothing is attached. When it fails, nothing is left attached.
   * @returns whether more is to come: not if all there is has been gone over
   * @throws MachineError with the probe, what was refused, and a hint
   */
  attach: () => Promise<boolean>
  /**
   * Calls `onBatch` with what the ring holds, when the kernel wakes us and every 20 ms; from then on the process is kept
   * alive until `close`.
   *
   * @param wanted asked before each batch, and again when one is released; while it says no, records stay in the ring,
   *   so that a reader that does not keep up makes the ring overflow (which is counted) and not memory grow. `drain`
   *   does not ask.
   */
  records: (onBatch: (batch: Batch) => void, wanted?: () => boolean) => void
  /** Hands on what the ring holds now, without waiting: before a snapshot and at the end. @returns how many records */
  drain: () => number
  /** All entries, while the program goes on changing them. */
  readMap: (index: number) => Entries
  /** All entries, deleted as they are read, so that each count is in exactly one reading; an array gets zeros. */
  takeMap: (index: number) => Entries
  /** The value of one key; undefined if there is none. Of a per-CPU map, those of all CPUs. */
  lookup: (index: number, key: Uint8Array) => Buffer | undefined
  /** Of a per-CPU map, the value has those of all CPUs. */
  updateKey: (index: number, key: Uint8Array, value: Uint8Array) => void
  deleteKey: (index: number, key: Uint8Array) => void
  /** Deletes all keys. Values of arrays are set to zero. */
  clearMap: (index: number) => void
  /** Keeps the keys and sets the values to zero. */
  zeroMap: (index: number) => void
  /** How many times each of `object.losses` has happened, in their order. */
  counters: () => number[]
  /**
   * How many events the kernel passed over while the probes acted: they found a program running on their CPU already, or
   * no room to note that a function will return. Linux tells since 6.7, and of fentry since 5.12. It costs no more where
   * there are thousands of programs, whose misses are then known a while later, or when they are silenced.
   */
  misses: () => number
  /**
   * From now on no probe does anything: at once, where detaching takes up to 90 ms a tracepoint. Those that are in the
   * middle of it go on for some microseconds.
   */
  silence: () => void
  /** Silences the probes, then runs END, whose records `drain` gives. Safe to call again: END runs once. */
  end: () => void
  /** Detaches all probes; the maps and the ring stay. Safe to call again. */
  detach: () => Promise<void>
  /** Detaches, and closes all: nothing of the program is left in the kernel. Safe to call again. */
  close: () => Promise<void>
}
