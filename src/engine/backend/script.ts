/** A program that a user wrote, to be run with its own output. */
export interface Script {
  /** The file it is from, if any. */
  readonly path: string | undefined
  readonly text: string
  /** The values of `$1`, `$2` ... */
  readonly parameters: readonly string[]
  /** The process that was started to be traced; 0 for none. */
  readonly child: number
  /** The process that probes of user functions are for; 0 for all. */
  readonly process: number
  /** Whether system(), signal() and the like are allowed. */
  readonly unsafe: boolean
  readonly quiet: boolean
  /** Lines of JSON, if not text. */
  readonly format?: 'text' | 'json' | undefined
  /** Pages of the buffer between kernel and tracer, if not the usual. */
  readonly bufferPages: number | undefined
}

/** Where a script's output goes. */
export interface ScriptOutput {
  /** Whether nobody reads it any more. */
  readonly closed: boolean
  /** Resolves when there is room for more. */
  readonly write: (bytes: Uint8Array) => Promise<void>
  /** Hands on what another program wrote on stderr. */
  readonly complain: (bytes: Uint8Array) => void
  /** Says something that is no output of the program, on stderr. */
  readonly say: (text: string) => void
}

/** A running script. */
export interface ScriptRun {
  /** The exit code; throws if it could not run. */
  readonly ended: Promise<number>
  /** Asks it to end: END runs, and the maps are printed. Safe to call again. */
  readonly stop: () => void
}
