import type {Suggestion} from './complete/suggestion.js'
import type {FlagTable, FlagValues} from './flag.js'
import type {Column} from './event/column.js'
import type {Interval, Report} from './event/report.js'
import type {Row, RowContext, Value} from './event/row.js'
import type {MapShape} from './event/snapshot.js'
import type {Bt} from './program/bt.js'
import type {Clause} from './program/clause.js'
import type {Machine} from './kernel/machine.js'
import type {FlagNeed, Need} from './kernel/need.js'
import type {Format} from './render/formats.js'
import type {Layout} from './render/renderer.js'

/** The version of this shape: a plugin made for another one is refused with a clear line. */
export const toolApi = 1

/** What tools look at, in the order of the help, with the headings there. */
export const toolGroups = {
  files: 'FILES AND FILE SYSTEMS',
  disks: 'DISKS',
  memory: 'MEMORY',
  processes: 'PROCESSES AND SIGNALS',
  cpu: 'CPUS',
  network: 'NETWORK',
  functions: 'FUNCTIONS AND TRACEPOINTS',
  others: 'OTHERS',
} as const

export type ToolGroup = keyof typeof toolGroups

/**
 * What the manifest of a package says of a tool beside what it says of every command, so that the help and the
 * completion need not load it.
 */
export interface ToolCard {
  readonly api: number
  readonly group: ToolGroup
  /** One line: what it costs. */
  readonly overhead: string
  /** The event sources with what they are, best first. */
  readonly sources: readonly (readonly [string, string])[]
  /** The columns one can ask for, with what they are. */
  readonly columns: readonly (readonly [string, string])[]
  /** Where completion takes the values of flags and arguments from. */
  readonly completes: Readonly<Record<string, Suggestion>>
}

/** Marks a command as a tool; a symbol from the registry, so that it holds across copies of the package. */
export const toolMark = Symbol.for('tstrace.tool')

/** Ids that the language has no word for, as they are seen from tstrace's pid namespace. */
export interface Ids {
  /** The process that started the running one. */
  readonly parent: Bt
}

/** A filter shared by tools: its flags, what it does in the kernel, and its text for the pages. */
export interface Filter<F extends FlagTable = FlagTable> {
  readonly flags: F
  /** The condition on the task that is running when the event happens. */
  readonly where: (flags: FlagValues<F>, ids: Ids) => Bt | undefined
  /** Further clauses the condition relies on, such as a map kept up to date. */
  readonly clauses?: (flags: FlagValues<F>) => readonly Clause[]
  /** The processes that it keeps, for `--follow`, which keeps what they start, too. */
  readonly processes?: (flags: FlagValues<F>) => readonly number[]
  /** Whether it already excludes tstrace itself, so that no further condition is needed. */
  readonly excludesSelf?: (flags: FlagValues<F>) => boolean
  /** Which of the flags that are set wants to look into pinned maps, which only the embedded engine can. */
  readonly pinnedMapFor?: (flags: FlagValues<F>) => string | undefined
  /** What the user should hear before the run, such as a process that does not exist. */
  readonly warn?: (flags: FlagValues<F>, machine: Machine) => string | undefined
}

/** A condition on a received row, for what the kernel side cannot test. */
export interface Keep {
  /** The columns it reads; they are sent even if nobody shows them. */
  readonly reads: readonly string[]
  readonly test: (row: Row) => boolean
}

/** Gathers what a counting program says. */
export interface Collector {
  /** A message the program sent by `send`. */
  readonly message?: (values: readonly Value[]) => void
  readonly report: (interval: Interval) => Report
  /** Its reports tell what was missed, so that nothing need be said of a full map. */
  readonly tellsMissed?: boolean
  /** Lets go of what it holds. */
  readonly close?: () => void
}

/** How the probes of a program get attached. */
export interface Attaching {
  /** Attach points, those with a wildcard included: each takes time. */
  readonly points: number
  /** Functions of the kernel, and of files, that wildcards stand for: they may be attached at once. */
  readonly kprobes: number
  readonly uprobes: number
  /** Whether a wildcard of the user stands for a probe, so that the run goes on if the kernel refuses it. */
  readonly mayMiss?: ((probe: string) => boolean) | undefined
}

/** For tools that count in the kernel instead of showing each event. */
export interface Counting {
  /** The maps that the program counts in. */
  readonly maps: readonly MapShape[]
  /** How many keys a map has room for, if not the usual 4,096. */
  readonly mapKeys?: number
  /** Bytes that the program needs for a text, the end included, if not the usual. */
  readonly textRoom?: number
  /** How many probes there are, where a pattern says; a few, if not given. */
  readonly attaching?: Attaching | undefined
  /** Report every so many seconds, and at most so many times; without it once, at the end. */
  readonly every?: {readonly seconds: number; readonly times?: number | undefined} | undefined
  readonly layout: Layout
  /** The line that says what is being traced, for people. */
  readonly banner?: string
  /** What the user should hear before the run. */
  readonly notes?: readonly string[] | undefined
  readonly collect: (context: RowContext) => Collector | Promise<Collector>
}

/** What a source's program is made of. `R` is what the tool's `resolve` found. */
export interface ProgramParts<F extends FlagTable, R = unknown> {
  readonly flags: FlagValues<F>
  readonly resolved: R
  /** Conditions of the shared filters; for the `when` of the clause in which an event begins. */
  readonly filters: readonly Bt[]
  /** Whether a column will be sent, so that what feeds only it can be left out. */
  readonly sends: (column: string) => boolean
  /** Sends one row with the selected columns. */
  readonly emit: Bt
  /**
   * Takes the time of the event, by which its pieces and its row find each other; stands before the first piece,
   * in a block that encloses them all. Empty when no column is sent in pieces.
   */
  readonly stamp: Bt | false
  /** Sends one piece of a `pieces` column: after `stamp`, before the row, in the same run of the same probe. */
  readonly emitPiece: (column: string, piece: Bt) => Bt
  /** Sends values to the collector, outside of any map. */
  readonly send: (values: readonly Bt[]) => Bt
  /** Whether a tracepoint of this machine has a field, for those that newer kernels added. */
  readonly hasField: HasField
}

/** A tracepoint as `tcp:tcp_retransmit_skb`, and one of its fields. */
export type HasField = (tracepoint: string, field: string) => boolean

/** A set of probes that can feed a tool. */
export interface Source<F extends FlagTable = FlagTable, R = unknown> {
  readonly name: string
  /** What it traces, for the man page and `doctor`. */
  readonly description: string
  /** Whether it can feed what these flags ask for; always, if not given. */
  readonly suits?: (parts: Pick<ProgramParts<F, R>, 'flags' | 'resolved'>) => boolean
  /** All must hold on this machine. Probes that are not listed here are left out where they are missing. */
  readonly needs: readonly (Need | FlagNeed)[]
  /** What it needs on top for these flags and columns. */
  readonly alsoNeeds?: (
    parts: Pick<ProgramParts<F, R>, 'flags' | 'sends' | 'resolved'>,
  ) => readonly (Need | FlagNeed)[]
  readonly program: (parts: ProgramParts<F, R>) => readonly Clause[]
}

/** A tool, whole: everything else about it is derived from this object. */
export interface ToolDefinition<F extends FlagTable = FlagTable, R = unknown> {
  /** What it looks at: where it stands in the help. */
  readonly group: ToolGroup
  /** One sentence for the list of tools. */
  readonly summary: string
  /** What one sees and why one would look, for `--help` and the top of the man page. */
  readonly description: string
  readonly examples: readonly {readonly command: string; readonly description: string}[]
  readonly requirements: string
  /** What the cost follows, and in one line what it is. */
  readonly overhead: {readonly rate: string; readonly cost: string}
  /**
   * The events are not those of the process that happens to run when they occur, as with timers and interrupts: no
   * condition on the process is set, so nothing is left out as tstrace's own, and `-- COMMAND` only sets the end.
   */
  readonly systemWide?: true
  readonly flags: F
  /** BCC's letters in this tool for flags that every tool has, as `{duration: 'd'}`. */
  readonly letters?: Readonly<Record<string, string>>
  /** A traced command means its descendants, too, because a single process would show next to nothing. */
  readonly follows?: boolean
  // Any filter will do: each reads the flags that it knows.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly filters: readonly Filter<any>[]
  /** In the order of the table. The key is the name in JSON and for `--columns`. */
  readonly columns: Readonly<Record<string, Column>>
  /** The columns that are shown when `--columns` does not say; JSON adds those with `inJson`. */
  readonly show: (flags: FlagValues<F>, format: Format) => readonly string[]
  /** The columns that have no value with these flags, so that nobody can ask for them; none if not given. */
  readonly without?: (flags: FlagValues<F>) => readonly string[]
  readonly keep?: (flags: FlagValues<F>) => Keep | undefined
  /** The format if the flags of the engine do not say. */
  readonly format?: (flags: FlagValues<F>) => Format | undefined
  /** Finds what the flags name on this machine, such as the functions that match a pattern. @throws TstraceError */
  readonly resolve?: (flags: FlagValues<F>, machine: Machine) => R | Promise<R>
  /** How it counts; a tool without it, or without it for these flags, shows each event. */
  readonly counting?: (flags: FlagValues<F>, resolved: R) => Counting | undefined
  /** Best first. */
  readonly sources: readonly [Source<F, R>, ...Source<F, R>[]]
}
