import assert from 'node:assert/strict'
import fc from 'fast-check'
import {compile} from '#src/engine/backend/embedded/compile.js'
import {load} from '#src/engine/backend/embedded/load.js'
import {machineContext} from '#src/engine/backend/embedded/machinecontext.js'
import type {ObjectFile} from '#src/engine/backend/embedded/object.js'
import {VerifierError} from '#src/engine/backend/embedded/verifier.js'
import {MachineError, UsageError} from '#src/engine/errors.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {fuzzing} from '../../support/fuzz/share.js'
import {inGuestsOnly} from '../../support/skip.js'
import {wildPrograms} from '../../support/fuzz/wild.js'

const machine = new Machine()
const context = machineContext(
  {parameters: ['7', 'seven'], textRoom: 64, mapKeys: 16, now: () => 0n},
  machine,
)

describe('the verifier, on what the embedded engine makes of programs made at random', () => {
  inGuestsOnly()
  const {title, ...parameters} = fuzzing(60)

  it(`accepts it, or finds it too large: ${title}`, async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(wildPrograms, async (text) => {
        let object: ObjectFile
        try {
          object = compile(text, context)
        } catch (error) {
          if (error instanceof UsageError || error instanceof MachineError) return
          throw error
        }
        // Each would be loaded for each of hundreds of functions.
        fc.pre(object.programs.length < 20)
        try {
          await (await load(object, {text, machine})).close()
          accepted++
        } catch (error) {
          // This machine may not have fentry, or let nobody use it.
          if (error instanceof MachineError) return
          if (!(error instanceof VerifierError) || error.limit === undefined) throw error
        }
      }),
      parameters,
    )
    assert.ok(accepted > 0)
  }).timeout(0)
})
