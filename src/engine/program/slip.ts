import {UsageError} from '../errors.js'
import {near} from '../near.js'
import {caretUnder} from './caret.js'

/** The part of a text that something is about, in UTF-16 units. */
export interface Place {
  readonly from: number
  readonly to: number
}

/** The error for a part of what the user typed: the message, the text with carets under the part, the hint. */
export function slip(message: string, text: string, {from, to}: Place, hint?: string): UsageError {
  const [line = '', caret = ''] = caretUnder(text, from)
  const [, next = ''] = caretUnder(text, to)
  return new UsageError(message, {
    context: [line, caret + '^'.repeat(Math.max(0, next.length - caret.length - 1))],
    ...(hint === undefined ? {} : {hint}),
  })
}

/** `is it a, b or c?`, or nothing where no name is near. */
export function didYouMean(name: string, names: Iterable<string>): string | undefined {
  const found = near(name, new Set(names)).slice(0, 3)
  const last = found.pop()
  if (last === undefined) return undefined
  return found.length === 0 ? `is it ${last}?` : `is it ${found.join(', ')} or ${last}?`
}
