import assert from 'node:assert/strict'
import {parseCpus} from '#src/engine/kernel/cpus.js'

describe('parseCpus', () => {
  it('reads single numbers and ranges', () => {
    assert.deepEqual(parseCpus('0\n'), [0])
    assert.deepEqual(parseCpus('0-3\n'), [0, 1, 2, 3])
    assert.deepEqual(parseCpus('0,2-4,9\n'), [0, 2, 3, 4, 9])
  })
})
