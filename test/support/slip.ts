import assert from 'node:assert/strict'
import {UsageError} from '#src/engine/errors.js'

/**
 * Asserts that something is refused as the user's mistake.
 * @param marked the part of the text under the carets; of an empty part, nothing
 */
export function refuses(
  run: () => unknown,
  {message, marked, at, hint}: {message: RegExp; marked: string; at?: number; hint?: RegExp},
): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    assert.match(error.message, message)
    const [line = '', carets = ''] = error.context
    assert.match(carets, /^ *\^+$/, `${error.message}\n${line}\n${carets}`)
    const from = carets.indexOf('^')
    const width = carets.length - from
    // Where there is nothing to mark, the caret stands in the place where something is missing.
    const found =
      marked === ''
        ? ''
        : Array.from(line)
            .slice(from, from + width)
            .join('')
    assert.equal(found, marked, `${error.message}\n${line}\n${carets}`)
    if (marked === '') assert.equal(width, 1)
    if (at !== undefined) assert.equal(from, at, `${line}\n${carets}`)
    if (hint !== undefined) assert.match(error.hint ?? '', hint)
    return
  }
  assert.fail('not refused')
}
