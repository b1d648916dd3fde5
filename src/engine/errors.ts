/** The exit codes of tstrace, one per kind of failure; 0 is every normal ending. */
export const exitCodes = {failed: 1, usage: 2, machine: 3, program: 4, bug: 70} as const

interface Details {
  /** What the user can do about it; printed as a `HINT:` line. */
  readonly hint?: string | undefined
  /** Lines of context, printed indented between the message and the hint. */
  readonly context?: readonly string[]
  readonly cause?: unknown
}

/** An error that a user can meet. The message says what was tried, on what, and what happened. */
export class TstraceError extends Error {
  readonly exitCode: number = exitCodes.failed
  readonly hint: string | undefined
  readonly context: readonly string[]

  constructor(message: string, {hint, context = [], cause}: Details = {}) {
    super(message, cause === undefined ? undefined : {cause})
    this.name = new.target.name
    this.hint = hint
    this.context = context
  }
}

/** The command line is wrong: exit 2. */
export class UsageError extends TstraceError {
  override readonly exitCode = exitCodes.usage
}

/** A program does what has to be allowed first, whatever engine runs it. */
export class NotAllowedError extends UsageError {}

/** This machine lacks something the tool needs: exit 3. */
export class MachineError extends TstraceError {
  override readonly exitCode = exitCodes.machine
}

/** This machine cannot use an engine; another one may do. */
export class EngineError extends MachineError {}

/** The backend refused a program that tstrace made: exit 4, a bug of ours or of the backend. */
export class ProgramError extends TstraceError {
  override readonly exitCode = exitCodes.program
}

/** The run started and failed: exit 1. */
export class RunError extends TstraceError {
  override readonly exitCode = exitCodes.failed
}

/** A promise inside tstrace was broken: exit 70. */
export class BugError extends TstraceError {
  override readonly exitCode = exitCodes.bug
}

/**
 * The text of an error for a terminal: message, context, hint. Errors we did not foresee keep their
 * stack, so that a report of one is useful.
 */
export function describeError(error: unknown): {text: string; exitCode: number} {
  if (error instanceof TstraceError) {
    const lines = [`tstrace: ${error.message}`, ...error.context.map((line) => `  ${line}`)]
    if (error.hint !== undefined) lines.push(`HINT: ${error.hint}`)
    return {text: lines.join('\n') + '\n', exitCode: error.exitCode}
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    text: `tstrace: something inside tstrace went wrong: ${detail}\nHINT: please report this, with the command line and \`tstrace doctor --json\`.\n`,
    exitCode: exitCodes.bug,
  }
}
