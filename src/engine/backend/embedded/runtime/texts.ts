import {type Text, textFrom} from '../../../event/text.js'
import type {Memory} from './memory.js'

/** Longer texts are not remembered: comparing them costs more than it saves. */
const longestKept = 64

/** Reads a text that begins at `at` and ends at its first NUL, or at `limit`. */
export type TextReader = (memory: Memory, at: number, limit: number) => Text

/**
 * A reader of texts. It remembers the last one it read: names of threads and paths come many times in a row, and
 * comparing some bytes is cheaper than making a string.
 *
 * @param room bytes that the program has for a text, the end included: one that fills it may have been cut
 */
export function textReader(room: number): TextReader {
  const last = new Uint8Array(longestKept)
  let lastLength = -1
  let lastText: Text = ''

  return ({bytes}, at, limit) => {
    let end = at
    let high = 0
    let same = 0
    for (; end < limit; end++) {
      const byte = bytes[end] ?? 0
      if (byte === 0) break
      high |= byte
      if (byte === last[end - at]) same++
    }
    const length = end - at
    if (same === length && length === lastLength) return lastText
    const text =
      high < 0x80 && length < room - 1
        ? bytes.toString('latin1', at, end)
        : textFrom(Buffer.from(bytes.subarray(at, end)), room)
    if (length <= longestKept) {
      last.set(bytes.subarray(at, end))
      lastLength = length
      lastText = text
    }
    return text
  }
}
