import assert from 'node:assert/strict'
import fc from 'fast-check'
import {type Bpftrace, bpftraces} from '../support/bpftraces.js'
import {fuzzing} from '../support/fuzz/share.js'
import {tameClauses, tamePrograms} from '../support/fuzz/tame.js'
import {type Case, traced} from './corpus.js'
import {normal} from './forms.js'
import {onBpftrace, onEmbedded, outputOf} from './run.js'

const versions = await bpftraces()

/** @throws AssertionError if the engines say different things of a program that bpftrace takes */
async function compare(each: Case, bpftrace: Bpftrace): Promise<void> {
  // Some it refuses, and some make its compiler crash.
  const theirs = await outputOf(each, onBpftrace(bpftrace)).catch(() => undefined)
  fc.pre(theirs !== undefined)
  const own = await outputOf(each, onEmbedded)
  assert.equal(normal(own, bpftrace.version), normal(theirs, bpftrace.version))
}

describe('the embedded engine says the same as bpftrace, on programs made at random', () => {
  const {title, ...parameters} = fuzzing(5, 1 / 20)

  for (const bpftrace of versions) {
    it(`${bpftrace.version}: ${title}, of numbers`, async () => {
      const property = fc.asyncProperty(tamePrograms, (program) =>
        compare({about: 'numbers', program}, bpftrace),
      )
      await fc.assert(property, parameters)
    }).timeout(0)

    it(`${bpftrace.version}: ${title}, of what a workload does`, async () => {
      const property = fc.asyncProperty(tameClauses, async (clauses) => {
        for (const each of traced('numbers', clauses)) await compare(each, bpftrace)
      })
      await fc.assert(property, parameters)
    }).timeout(0)
  }
})
