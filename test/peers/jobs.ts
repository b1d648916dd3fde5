import {spawnSync} from 'node:child_process'
import {realpathSync} from 'node:fs'
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

/** Python, which has USDT probes: it collects garbage 23 times of generation 0, 7 times of generation 1. */
export function collections(): Job {
  const {stdout, stderr, status} = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`python3 does not run: ${stderr}`)
  const script = `
import gc, sys
gc.disable()
print("ready", flush=True)
for line in sys.stdin:
    for generation, times in ((0, 23), (1, 7)):
        for _ in range(times): gc.collect(generation)
    print("done", flush=True)
`
  return {command: realpathSync(stdout.trim()), args: ['-c', script]}
}
