import assert from 'node:assert/strict'
import {constants} from 'node:os'
import {errorName} from '#src/engine/kernel/errno.js'

describe('errorName', () => {
  it('is what the C library says', () => {
    // Two numbers have two names each; Linux uses these.
    const second = new Set(['EWOULDBLOCK', 'EOPNOTSUPP', 'ENOTSUP'])
    for (const [name, number] of Object.entries(constants.errno))
      if (!second.has(name)) assert.equal(errorName(number), name)
    assert.equal(errorName(95), 'EOPNOTSUPP')
  })

  it('knows the last one and those that only a tracer sees', () => {
    assert.equal(errorName(133), 'EHWPOISON')
    assert.equal(errorName(512), 'ERESTARTSYS')
    assert.equal(errorName(516), 'ERESTART_RESTARTBLOCK')
  })

  it('is null for no error, and the number for one without a name', () => {
    assert.equal(errorName(0), null)
    for (const number of [41, 58, 134, 511, 515, 9999, -1]) assert.equal(errorName(number), number.toString())
  })
})
