import assert from 'node:assert/strict'
import {readFileSync, statfsSync} from 'node:fs'
import type {Attachment} from '#src/engine/backend/embedded/object.js'
import {functionTypeId} from '#src/engine/kernel/btf.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {counted, during} from '../../support/embedded.js'
import {count, counter, firstOwn, objectFile, onlyFor, program} from '../../support/objectfile.js'
import {skipWithout} from '../../support/skip.js'

const many = 23
const machine = new Machine()

/** How often a probe of a function of the kernel fires while `vfs_statfs` is called 23 times and returns. */
function countStatfs(attachment: Attachment): Promise<{events: number; refused: string[]}> {
  const object = objectFile(
    [program(attachment, (a) => onlyFor(a, process.pid, () => count(a, firstOwn)))],
    [counter('events')],
  )
  return during(object, (loaded) => {
    for (let n = 0; n < many; n++) statfsSync('/')
    return {events: counted(loaded), refused: loaded.refused.map(({probe, why}) => `${probe}: ${why}`)}
  })
}

describe('functions of the kernel, with the embedded engine', () => {
  describe('by kprobes', () => {
    before(async function () {
      skipWithout(this, 'kprobes', (await machine.kprobe()).ok)
    })

    for (const kind of ['kprobe', 'kretprobe'] as const) {
      it(`one ${kind}`, async () => {
        assert.deepEqual(await countStatfs({kind, functions: ['vfs_statfs'], offset: 0}), {
          events: many,
          refused: [],
        })
      })

      it(`several of a ${kind}`, async () => {
        const functions = ['vfs_statfs', 'vfs_fallocate', 'vfs_fsync_range']
        assert.deepEqual(await countStatfs({kind, functions, offset: 0}), {events: many, refused: []})
      })

      it(`several of a ${kind}, one of which is not there`, async () => {
        const functions = ['vfs_statfs', 'vfs_no_such_function']
        assert.deepEqual(await countStatfs({kind, functions, offset: 0}), {
          events: many,
          refused: [`${kind}:vfs_no_such_function: the kernel has no function vfs_no_such_function`],
        })
      })
    }

    it('and says why one cannot be attached', async () => {
      await assert.rejects(countStatfs({kind: 'kprobe', functions: ['vfs_no_such_function'], offset: 0}), {
        message: 'cannot attach kprobe: the kernel has no function vfs_no_such_function',
      })
      await assert.rejects(countStatfs({kind: 'kprobe', functions: ['kprobe_ftrace_handler'], offset: 0}), {
        message: 'cannot attach kprobe: the kernel lets nobody probe kprobe_ftrace_handler there',
      })
    })

    it('and none of them stays', async () => {
      await countStatfs({kind: 'kprobe', functions: ['vfs_statfs'], offset: 0})
      const probed = readFileSync('/sys/kernel/debug/kprobes/list', 'utf8')
      assert.doesNotMatch(probed, /vfs_statfs/)
    })
  })

  describe('by fentry and fexit', () => {
    before(async function () {
      skipWithout(this, 'fentry', (await machine.fentry()).ok)
    })

    for (const kind of ['fentry', 'fexit'] as const) {
      it(`one ${kind}`, async () => {
        const typeId = functionTypeId('vfs_statfs')
        assert.ok(typeId !== undefined)
        assert.deepEqual(await countStatfs({kind, function: 'vfs_statfs', typeId}), {
          events: many,
          refused: [],
        })
      })
    }
  })
})
