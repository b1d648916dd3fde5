import assert from 'node:assert/strict'
import fc from 'fast-check'
import {compile} from '#src/engine/backend/embedded/compile.js'
import {UsageError} from '#src/engine/errors.js'
import {fixedContext} from '../../../../support/compiling.js'
import {fuzzing} from '../../../../support/fuzz/share.js'
import {wildPrograms} from '../../../../support/fuzz/wild.js'

/** Of CPU time, so that other work of the machine does not count. The slowest of 10,000 programs took a tenth of it. */
const mostMs = 2000

describe('the compiler of the embedded engine, on programs made at random', () => {
  const {title, ...parameters} = fuzzing(300)

  it(`compiles them or says what is wrong, and where: ${title}`, () => {
    fc.assert(
      fc.property(wildPrograms, (text) => {
        const before = process.cpuUsage()
        try {
          compile(text, fixedContext)
        } catch (error) {
          if (!(error instanceof UsageError)) throw error
          assert.match(error.message, /^line \d+, column \d+: ./)
        }
        const {user, system} = process.cpuUsage(before)
        assert.ok((user + system) / 1000 < mostMs, 'it took too long')
      }),
      parameters,
    )
  }).timeout(0)
})
