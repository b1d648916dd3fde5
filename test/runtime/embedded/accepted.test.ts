import assert from 'node:assert/strict'
import type {Context} from 'mocha'
import {compile} from '#src/engine/backend/embedded/compile.js'
import {load} from '#src/engine/backend/embedded/load.js'
import {machineContext} from '#src/engine/backend/embedded/machinecontext.js'
import type {ObjectFile} from '#src/engine/backend/embedded/object.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {programFiles} from '../../support/programs.js'
import {skipWithout} from '../../support/skip.js'

const machine = new Machine()
const context = machineContext({parameters: ['1', '2', '3'], textRoom: 160, now: () => 0n}, machine)

/** Compiles and loads a program, if this machine has what it traces. */
async function accept(test: Context, text: string): Promise<ObjectFile> {
  let object: ObjectFile
  try {
    object = compile(text, context)
  } catch (error) {
    const lacking =
      /there is no (probe|type) (.*?)(?: on this machine)?$|has no (member|symbol|argument) (\w+)|(nothing) is ever assigned to (@\w+)/.exec(
        (error as Error).message,
      )
    skipWithout(test, lacking?.[2] ?? lacking?.[4] ?? lacking?.[6] ?? '', lacking === null)
    throw error
  }
  const isFentry = object.programs.some(({attachment: {kind}}) => kind === 'fentry' || kind === 'fexit')
  if (isFentry) skipWithout(test, 'fentry', (await machine.fentry()).ok)
  const loaded = await load(object, {text})
  await loaded.close()
  return object
}

describe('the verifier accepts', () => {
  for (const {name, text} of programFiles())
    it(name, async function () {
      const {programs, records, named} = await accept(this, text)
      assert.ok(programs.length > 0 && records.length + named.length > 0)
    })
})
