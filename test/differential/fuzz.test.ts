import assert from 'node:assert/strict'
import fc from 'fast-check'
import {bpftraces} from '../support/bpftraces.js'
import {fuzzing} from '../support/fuzz/share.js'
import {tamePrograms} from '../support/fuzz/tame.js'
import {onBpftrace, onEmbedded, outputOf} from './run.js'

const versions = (await bpftraces()).filter(({version}) => Number(version.split('.')[1]) < 24)

describe('the embedded engine says the same as bpftrace, on programs made at random', () => {
  const {title, ...parameters} = fuzzing(7)

  for (const bpftrace of versions) {
    it(`${bpftrace.version}: ${title}`, async () => {
      await fc.assert(
        fc.asyncProperty(tamePrograms, async (program) => {
          const each = {about: 'numbers', program}
          // Some it refuses, and some make its compiler crash.
          const theirs = await outputOf(each, onBpftrace(bpftrace)).catch(() => undefined)
          fc.pre(theirs !== undefined)
          assert.equal(await outputOf(each, onEmbedded), theirs)
        }),
        parameters,
      )
    }).timeout(3_600_000)
  }
})
