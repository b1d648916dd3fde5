import assert from 'node:assert/strict'
import fc from 'fast-check'
import {BugError} from '#src/engine/errors.js'
import {word} from '#src/engine/program/bt.js'
import {hostileText} from '../../../support/hostile.js'

describe('word', () => {
  it('is one name of C', () => {
    for (const name of ['a', '_x1', 'f_flags', '__sk_common']) assert.equal(word(name).toString(), name)
    for (const name of ['', '1a', 'a b', 'a-b', 'a;', 'a\n', '$a', '@a', 'é', 'a.b'])
      assert.throws(() => word(name), BugError)
  })

  it('never is anything else', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        try {
          assert.match(word(text).toString(), /^\w+$/)
        } catch (error) {
          assert.ok(error instanceof BugError)
        }
      }),
    )
  })
})
