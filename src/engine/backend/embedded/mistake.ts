import {UsageError} from '../../errors.js'
import {caretUnder} from '../../program/caret.js'

/** A part of the text of a program, in UTF-16 units. */
export interface Place {
  readonly from: number
  readonly to: number
}

/** What is wrong with a program, or not understood: thrown with its place only, told with the text by `described`. */
export class Mistake extends Error {
  readonly place: Place
  readonly hint: string | undefined
  /** Whether bpftrace might run the program though this engine does not. */
  readonly unsupported: boolean

  constructor(message: string, place: Place, hint?: string, unsupported = false) {
    super(message)
    this.place = place
    this.hint = hint
    this.unsupported = unsupported
  }
}

/** The program uses what this engine does not have: another may run it. */
export class UnsupportedError extends UsageError {}

/** Something of bpftrace's language that is not in this engine. */
export function unsupported(what: string, place: Place): Mistake {
  return new Mistake(
    `${what} is not in this engine yet`,
    place,
    'run it with --engine bpftrace, where that is installed',
    true,
  )
}

/** Runs a phase of the compiler; what is wrong is told with the line of the program and a caret. */
export function described<T>(text: string, phase: () => T): T {
  try {
    return phase()
  } catch (error) {
    if (isStackOverflow(error))
      throw new UsageError('the program is nested too deep', {
        hint: 'use variables for parts of its longest expression, or fewer branches',
        cause: error,
      })
    if (!(error instanceof Mistake)) throw error
    const {place, hint, message, unsupported} = error
    const details = {context: shown(text, place), ...(hint === undefined ? {} : {hint}), cause: error}
    const what = `${positionOf(text, place.from)}: ${message}`
    throw unsupported ? new UnsupportedError(what, details) : new UsageError(what, details)
  }
}

/** Long chains of operators are trees as deep, which the phases walk by calling themselves. */
function isStackOverflow(error: unknown): error is RangeError {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded'
}

/** `line 3, column 7`, counted from 1. */
export function positionOf(text: string, at: number): string {
  const before = text.slice(0, at).split('\n')
  return `line ${before.length}, column ${Array.from(before.at(-1) ?? '').length + 1}`
}

/** The line where the place begins, with carets under the part that is on that line. */
function shown(text: string, {from, to}: Place): string[] {
  const start = text.lastIndexOf('\n', from - 1) + 1
  const newline = text.indexOf('\n', start)
  const line = text.slice(start, newline < 0 ? text.length : newline).replaceAll('\t', ' ')
  const [above = '', caret = ''] = caretUnder(line, from - start)
  const [, next = ''] = caretUnder(line, Math.max(from + 1, Math.min(to, start + line.length)) - start)
  return [above, caret + '^'.repeat(Math.max(0, next.length - caret.length - 1))]
}
