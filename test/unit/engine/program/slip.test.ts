import assert from 'node:assert/strict'
import fc from 'fast-check'
import {didYouMean, slip} from '#src/engine/program/slip.js'
import {hostileText} from '../../../support/hostile.js'

describe('slip', () => {
  it('marks a part of the text', () => {
    const error = slip('no such thing', 'abc def', {from: 4, to: 7}, 'try abc.')
    assert.deepEqual(error.context, ['abc def', '    ^^^'])
    assert.equal(error.message, 'no such thing')
    assert.equal(error.hint, 'try abc.')
    assert.equal(error.exitCode, 2)
  })

  it('marks a place where something is missing', () => {
    assert.deepEqual(slip('more', 'abc', {from: 3, to: 3}).context, ['abc', '   ^'])
    assert.equal(slip('more', 'abc', {from: 3, to: 3}).hint, undefined)
  })

  it('stays below the right character after those that are shown as escapes', () => {
    const text = '日\x1b[é😀x'
    const error = slip('this', text, {from: text.indexOf('x'), to: text.length})
    const [line = '', carets = ''] = error.context
    assert.equal(Array.from(line)[carets.indexOf('^')], 'x')
  })

  it('never shows what a terminal acts on', () => {
    fc.assert(
      fc.property(fc.tuple(hostileText, fc.nat(), fc.nat()), ([text, a, b]) => {
        const [from, to] = [a % (text.length + 1), b % (text.length + 1)].toSorted((x, y) => x - y)
        const {context} = slip('no', text, {from: from ?? 0, to: to ?? 0})
        assert.equal(context.length, 2)
        for (const line of context) assert.doesNotMatch(line, /\p{C}/u)
        assert.match(context[1] ?? '', /^ *\^+$/)
      }),
    )
  })
})

describe('didYouMean', () => {
  it('names what is near, the nearest first', () => {
    assert.equal(didYouMean('f_flag', ['f_flags', 'f_mode', 'f_pos']), 'is it f_flags?')
    assert.match(didYouMean('coun', ['count', 'mount', 'color']) ?? '', /^is it count( or mount)?\?$/)
    assert.equal(didYouMean('xyz', ['count']), undefined)
    assert.equal(didYouMean('xyz', []), undefined)
  })
})
