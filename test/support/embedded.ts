import assert from 'node:assert/strict'
import {openSync} from 'node:fs'
import {constants} from 'node:os'
import {helpers} from '#src/engine/backend/embedded/helpers.js'
import {load} from '#src/engine/backend/embedded/load.js'
import type {Loaded} from '#src/engine/backend/embedded/loaded.js'
import type {Attachment, ObjectFile} from '#src/engine/backend/embedded/object.js'
import {count, counter, firstOwn, objectFile, onlyFor, program} from './objectfile.js'
import {kernelIsSince} from './release.js'

/** Opens a file that is not there. */
export function openMissing(path = '/missing'): void {
  assert.throws(() => openSync(path, 'r'), {code: 'ENOENT'})
}

/** What `openMissing` reaches. */
export const openat: Attachment = {kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_openat'}

/** Counts the signals of this process; of those that it gets by a program while it opens a file, the kernel tells nobody. */
export function deafToOpens(): ObjectFile {
  const signalled = program(openat, (a) =>
    onlyFor(a, process.pid, () => {
      a.move('r1', constants.signals.SIGURG)
      a.call(helpers.send_signal)
    }),
  )
  const counting = program({kind: 'tracepoint', category: 'signal', name: 'signal_generate'}, (a) =>
    onlyFor(a, process.pid, () => count(a, firstOwn)),
  )
  return objectFile([signalled, counting], [counter('signals')])
}

/** Whether the kernel tells how many events found a program running already, of tracepoints too. */
export function tellsMisses(): boolean {
  return kernelIsSince('6.7')
}

/** Loads an object, has it attached while `work` runs, and closes it. */
export async function during<T>(object: ObjectFile, work: (loaded: Loaded) => T | Promise<T>): Promise<T> {
  const loaded = await load(object)
  try {
    await loaded.attach()
    return await work(loaded)
  } finally {
    await loaded.close()
  }
}

/** The number that a program counted in its own map. */
export function counted(loaded: Loaded): number {
  return Number(loaded.readMap(firstOwn).values.readBigUInt64LE())
}
