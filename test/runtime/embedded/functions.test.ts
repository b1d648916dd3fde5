import assert from 'node:assert/strict'
import {closeSync, fsyncSync, openSync, readFileSync, statfsSync, truncateSync} from 'node:fs'
import {join} from 'node:path'
import type {Attachment} from '#src/engine/backend/embedded/object.js'
import {functionTypeId} from '#src/engine/kernel/btf.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {counted, during} from '../../support/embedded.js'
import {count, counter, firstOwn, objectFile, onlyFor, program} from '../../support/objectfile.js'
import {skipWithout} from '../../support/skip.js'
import {temporaryFolder} from '../../support/temporary.js'

const many = 23
const machine = new Machine()
const folder = temporaryFolder()
const path = join(folder.path, 'file')
const file = openSync(path, 'w')

/** Functions of the kernel and how to call them: not every kernel describes the types of each. */
const functions: Readonly<Record<string, () => void>> = {
  vfs_statfs: () => statfsSync('/'),
  vfs_fsync_range: () => fsyncSync(file),
  vfs_truncate: () => truncateSync(path, 0),
}

/** How often a probe fires while a function of the kernel is called 23 times and returns. */
function countCalls(
  attachment: Attachment,
  call = functions['vfs_statfs'],
): Promise<{events: number; refused: string[]}> {
  const object = objectFile(
    [program(attachment, (a) => onlyFor(a, process.pid, () => count(a, firstOwn)))],
    [counter('events')],
  )
  return during(object, (loaded) => {
    for (let n = 0; n < many; n++) call?.()
    return {events: counted(loaded), refused: loaded.refused.map(({probe, why}) => `${probe}: ${why}`)}
  })
}

describe('functions of the kernel, with the embedded engine', () => {
  after(() => {
    closeSync(file)
    folder.remove()
  })

  describe('by kprobes', () => {
    before(async function () {
      skipWithout(this, 'kprobes', (await machine.kprobe()).ok)
    })

    for (const kind of ['kprobe', 'kretprobe'] as const) {
      it(`one ${kind}`, async () => {
        assert.deepEqual(await countCalls({kind, functions: ['vfs_statfs'], offset: 0}), {
          events: many,
          refused: [],
        })
      })

      it(`several of a ${kind}`, async () => {
        const names = ['vfs_statfs', 'vfs_fallocate', 'vfs_fsync_range']
        assert.deepEqual(await countCalls({kind, functions: names, offset: 0}), {events: many, refused: []})
      })

      it(`several of a ${kind}, one of which is not there`, async () => {
        const names = ['vfs_statfs', 'vfs_no_such_function']
        assert.deepEqual(await countCalls({kind, functions: names, offset: 0}), {
          events: many,
          refused: [`${kind}:vfs_no_such_function: the kernel has no function vfs_no_such_function`],
        })
      })
    }

    it('and says why one cannot be attached', async () => {
      await assert.rejects(countCalls({kind: 'kprobe', functions: ['vfs_no_such_function'], offset: 0}), {
        message: 'cannot attach kprobe: the kernel has no function vfs_no_such_function',
      })
      await assert.rejects(countCalls({kind: 'kprobe', functions: ['kprobe_ftrace_handler'], offset: 0}), {
        message: 'cannot attach kprobe: the kernel lets nobody probe kprobe_ftrace_handler there',
      })
    })

    it('and none of them stays', async () => {
      await countCalls({kind: 'kprobe', functions: ['vfs_statfs'], offset: 0})
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
        const name = Object.keys(functions).find((each) => functionTypeId(each) !== undefined) ?? ''
        const typeId = functionTypeId(name)
        assert.ok(typeId !== undefined)
        const expected = {events: many, refused: []}
        assert.deepEqual(await countCalls({kind, function: name, typeId}, functions[name]), expected)
      })
    }
  })
})
