import assert from 'node:assert/strict'
import {caretUnder} from '#src/engine/program/caret.js'

describe('caretUnder', () => {
  it('points at a character', () => {
    assert.deepEqual(caretUnder('c:open', 2), ['c:open', '  ^'])
    assert.deepEqual(caretUnder('', 0), ['', '^'])
  })

  it('shows what a terminal would not, and counts it', () => {
    assert.deepEqual(caretUnder('a\x1b[31m\n:x y', 7), ['a\\u{1b}[31m\\u{a}:x y', `${' '.repeat(16)}^`])
    assert.deepEqual(caretUnder('😀:x', 3), ['😀:x', '  ^'])
  })
})
