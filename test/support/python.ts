import {spawnSync} from 'node:child_process'
import {realpathSync} from 'node:fs'
import type {Context} from 'mocha'
import {readElf} from '#src/engine/kernel/elf.js'
import type {Job} from './count.js'
import {skipWithout} from './skip.js'

/** How often `collections` collects garbage of each generation, the first argument of the USDT probe `gc__start`. */
export const collected = {0: 23, 1: 7} as const

/** Python, which has USDT probes: told to go, it collects garbage. */
export function collections(): Job {
  const program = pythonWithProbes()
  if (program === undefined) throw new Error('there is no python3 with USDT probes')
  const script = `
import gc, sys
gc.disable()
print("ready", flush=True)
for line in sys.stdin:
    for generation, times in ${JSON.stringify(Object.entries(collected))}:
        for _ in range(times): gc.collect(int(generation))
    print("done", flush=True)
`
  return {command: program, args: ['-c', script]}
}

/** The same, for a test that is skipped where there is no such Python. */
export function probedCollections(context: Context): Job {
  skipWithout(context, 'USDT probes in python3', pythonWithProbes() !== undefined)
  return collections()
}

/** The first in PATH, or the distribution's: one that was built by hand seldom has the probes. */
function pythonWithProbes(): string | undefined {
  for (const name of ['python3', '/usr/bin/python3']) {
    const python = spawnSync(name, ['-c', 'import sys; print(sys.executable)'], {encoding: 'utf8'})
    if (python.status !== 0) continue
    const program = realpathSync(python.stdout.trim())
    const elf = readElf(program)
    try {
      if (elf.probes.some((each) => each.name === 'gc__start')) return program
    } finally {
      elf.close()
    }
  }
  return undefined
}
