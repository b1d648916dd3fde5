import {join} from 'node:path'
import type {Job} from '../support/count.js'
import {type KnownCode, writeKnownCode} from '../support/knowncode.js'

/** One of the workloads of test/support that is told its plan. */
export const support = (file: 'libcalls.js' | 'filework.js', plan: object): Job => ({
  command: process.execPath,
  args: [join(import.meta.dirname, '../support', file), JSON.stringify(plan)],
})

/** A program at a path of which all stacks are known. */
export function knownFunctions(path: string, plan: KnownCode): Job {
  writeKnownCode(path, plan)
  return {command: path, args: []}
}
