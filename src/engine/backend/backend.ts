import type {PackedRows} from '../event/packed.js'
import type {Value} from '../event/row.js'
import type {MapShape, Snapshot} from '../event/snapshot.js'
import type {Text} from '../event/text.js'
import type {Engine} from '../engines.js'

/** A key of a map as text: its parts joined with commas, empty for a map without keys. */
export type MapKey = Text

/** One bucket; both bounds belong to it, and a missing one means that there is no bound. */
export interface Bucket {
  readonly min?: number
  readonly max?: number
  readonly count: number
}

/** What a running program says. */
export type Message =
  /** All probes are attached: from now on every event is seen. */
  | {readonly kind: 'ready'}
  /** `print((...))`. Numbers that a double cannot hold come as their digits. */
  | {readonly kind: 'row'; readonly values: readonly Value[]}
  /** Many of them, as the program wrote them. */
  | {readonly kind: 'rows'; readonly rows: PackedRows}
  | {readonly kind: 'map'; readonly name: string; readonly entries: readonly (readonly [MapKey, Value])[]}
  | {
      readonly kind: 'histogram'
      readonly name: string
      readonly series: readonly (readonly [MapKey, readonly Bucket[]])[]
    }
  | {
      readonly kind: 'stats'
      readonly name: string
      readonly entries: readonly (readonly [MapKey, {count?: number; average: number; total?: number}])[]
    }
  /** Events that did not reach us. */
  | {readonly kind: 'lost'; readonly events: number}
  /** Events that the kernel passed over, before any filter. */
  | {readonly kind: 'unseen'; readonly events: number}
  /** Text the program printed. */
  | {readonly kind: 'text'; readonly text: Text}
  | Snapshot
  /** Halves of stacks were not kept. */
  | {readonly kind: 'missed'; readonly stacks: number; readonly hint: string}
  /** Something went wrong in the kernel or the backend that does not end the run, such as a full map. */
  | {readonly kind: 'trouble'; readonly text: string; readonly mapFull?: true}

/** A program to run. */
export interface Job {
  readonly program: string
  /** The values of `$1` and `$2`; a backend adds `$3`, the process id that does the tracing. */
  readonly parameters: readonly [self: number, command: number]
  /** What the largest row holds, from which a backend finds the room for a text. */
  readonly row: {readonly numbers: number; readonly texts: number}
  /** Bytes for a text, the end included, if not the backend's own choice. */
  readonly textRoom?: number | undefined
  /** Pages of the buffer between kernel and backend, if not the backend's own choice. */
  readonly bufferPages: number | undefined
  /** Whether each message comes at once, where a backend would wait for more of them. */
  readonly wakesAtOnce?: boolean
  /** The maps that a snapshot holds. */
  readonly maps?: readonly MapShape[]
  /** How many keys a map must have room for, and how many stacks, if not the backend's own choice. */
  readonly mapKeys?: number | undefined
  /** How many probes there will be, where wildcards stand for many. */
  readonly probes?: number | undefined
  /** Whether a wildcard of the user stands for a probe: a run does without those that the kernel refuses. */
  readonly mayMiss?: ((probe: string) => boolean) | undefined
}

/** A running program. */
export interface Session {
  /**
   * Batches of messages, as they come; ends when the program has ended, throws when it failed. What is in a batch is valid
   * until the next is asked for.
   */
  readonly messages: AsyncIterable<readonly Message[]>
  /** Whether everything sent before the end is delivered; if not, some of what happens during a stop is not. */
  readonly deliversAll: boolean
  /** Asks for all maps as they are now; the answer is a message. */
  snapshot: () => void
  /** Asks the program to end: what is on its way still comes, then a last snapshot. Safe to call again. */
  stop: () => void
  /** Ends it now, whatever is on its way; resolves when nothing of it is left. */
  kill: () => Promise<void>
}

/** What runs programs. Everything that can be wrong with it is an error from `start` or from the messages. */
export interface Backend {
  readonly name: Engine
  readonly version: string
  /** Whether it attaches at once the uprobes that a wildcard stands for, where the kernel can. */
  readonly attachesUprobesAtOnce: boolean
  /** Whether `pid` and `tid` are the ids that tstrace sees, where it runs in a pid namespace of its own. */
  readonly seesPidNamespace: () => Promise<boolean>
  /** @throws ProgramError for a program that it or its kernel does not take, before anything is attached */
  readonly start: (job: Job) => Promise<Session>
}
