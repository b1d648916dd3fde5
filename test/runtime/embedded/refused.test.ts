import assert from 'node:assert/strict'
import {load} from '#src/engine/backend/embedded/load.js'
import type {Attachment} from '#src/engine/backend/embedded/object.js'
import {VerifierError} from '#src/engine/backend/embedded/verifier.js'
import {openat} from '../../support/embedded.js'
import {heldBy} from '../../support/held.js'
import {objectFile, program} from '../../support/objectfile.js'

describe('a program that cannot run', () => {
  it('is named with the line that the kernel refused', async () => {
    const text = 'BEGIN {\n  $a = *0;\n}\n'
    const refused = program({kind: 'begin'}, (a) => {
      a.place(text.indexOf('$a'))
      a.move('r1', 0)
      a.place(text.indexOf('*0'))
      a.load(8, 'r1', 'r1', 0)
    })
    await assert.rejects(load(objectFile([refused]), {text, logLines: 2}), (error) => {
      assert.ok(error instanceof VerifierError)
      assert.equal(error.at, text.indexOf('*0'))
      assert.match(
        error.message,
        /^the kernel refused the program of begin, for what line 2 became: R1 invalid mem access '(scalar|inv)'$/,
      )
      assert.deepEqual(error.context.slice(0, 2), ['  $a = *0;', '       ^'])
      assert.match(error.context[3] ?? '', /^processed \d+ insns/)
      return true
    })
  })

  it('leaves nothing attached, and says which probe and why', async () => {
    const missing: Attachment = {kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_opne'}
    const object = objectFile([program(openat, () => {}), program(missing, () => {})])
    const loaded = await load(object)
    await assert.rejects(loaded.attach(), {
      message: 'cannot attach tracepoint: there is no tracepoint syscalls:sys_enter_opne',
    })
    await loaded.close()
    await loaded.close()
    assert.deepEqual(heldBy(process.pid), [])
  })
})
