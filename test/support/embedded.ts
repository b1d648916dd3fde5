import assert from 'node:assert/strict'
import {openSync} from 'node:fs'
import {load} from '#src/engine/backend/embedded/load.js'
import type {Loaded} from '#src/engine/backend/embedded/loaded.js'
import type {Attachment, ObjectFile} from '#src/engine/backend/embedded/object.js'
import {firstOwn} from './objectfile.js'

/** Opens a file that is not there. */
export function openMissing(path = '/missing'): void {
  assert.throws(() => openSync(path, 'r'), {code: 'ENOENT'})
}

/** What `openMissing` reaches. */
export const openat: Attachment = {kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_openat'}

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
