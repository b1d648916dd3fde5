import assert from 'node:assert/strict'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {Machine} from '#src/engine/kernel/machine.js'
import {root} from '../../scripts/root.js'
import {bpftraces} from '../support/bpftraces.js'
import {attachesTo} from '../support/golden.js'
import {KnownWork} from '../support/knownwork.js'
import {Running} from '../support/processes.js'
import {type Reference, references} from '../support/references.js'
import {inGuest, skipWithout, speed} from '../support/skip.js'

const machine = new Machine()
const all = await bpftraces()
const folder = join(root, 'scripts-bt')
const files = readdirSync(folder).sort()

/** It says so when all is attached; nothing else of it changes. */
const marker = '__BPFTRACE_NOTIFY_PROBES_ATTACHED'
/** As a user would have it who sets nothing for bpftrace but what the file says. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.includes('BPFTRACE'))),
  [marker]: '1',
}

describe('reference programs, run by hand', () => {
  it('are all tested', () => assert.deepEqual(Object.keys(references).sort(), files))

  for (const [file, reference] of Object.entries(references)) {
    const {plan, shows, needs} = reference
    const path = join(folder, file)
    const program = readFileSync(path, 'utf8')
    const isOfKernel = /^k(ret)?(probe|func):/m.test(program) || file.startsWith('tcpretrans')

    it(`${file} shows what happens`, async function () {
      skipWithout(this, speed, !inGuest || isOfKernel)
      skipWithout(this, 'bpftrace', all.length > 0)
      for (const source of ['fentry', 'kprobe', 'hardwareCounters'] as const)
        if (attachesTo[source].test(program)) skipWithout(this, source, (await machine[source]()).ok)
      const library = /^u(?:probe|sdt):"(.*?)"/m.exec(program)?.[1]
      if (library !== undefined) skipWithout(this, library, existsSync(library))
      if (needs !== undefined) skipWithout(this, needs.join(':'), machine.tracepointField(...needs))

      const scratch = mkdtempSync(join(tmpdir(), 'reference-'))
      try {
        const work = await KnownWork.start(plan(scratch))
        try {
          for (const {version, hasUserNames, output} of await outputs(path, program, reference, work)) {
            try {
              shows(output, work, hasUserNames)
            } catch (error) {
              throw new Error(`bpftrace ${version} wrote:\n${output}`, {cause: error})
            }
          }
        } finally {
          await work.end()
        }
      } finally {
        rmSync(scratch, {recursive: true})
      }
    })
  }
})

/** What its first lines tell those to set who have a certain bpftrace. */
function toldToSet(program: string, version: string): NodeJS.ProcessEnv {
  const [, told, name = '', value] = /^\/\/ With bpftrace (\S+), set (\w+)=(\w+)/m.exec(program) ?? []
  return told !== undefined && version.startsWith(`${told}.`) ? {[name]: value} : {}
}

interface Output {
  readonly version: string
  readonly hasUserNames: boolean
  readonly output: string
}

/** What each bpftrace prints: all of them run the file while the work is done once. */
async function outputs(
  path: string,
  program: string,
  {shows, printsRows}: Reference,
  work: KnownWork,
): Promise<Output[]> {
  const runs = all.map(({version, path: bpftrace}) => {
    const env = toldToSet(program, version)
    const hasUserNames = env['BPFTRACE_NO_USER_SYMBOLS'] === undefined
    return {version, hasUserNames, run: new Running(bpftrace, [path], {env: {...environment, ...env}})}
  })
  const isShown = (output: string): boolean => {
    try {
      shows(output, work, false)
      return true
    } catch {
      return false
    }
  }
  try {
    await Promise.all(runs.map(({run}) => run.written(marker)))
    await work.go()
    // What is still on its way when it is interrupted may be lost.
    if (printsRows) {
      const late = sleep(30_000, undefined, {ref: false})
      await Promise.all(runs.map(({run}) => Promise.race([run.until(isShown), late])))
    }
  } finally {
    for (const {run} of runs) run.signal('SIGINT')
    await Promise.all(runs.map(({run}) => run.outcome))
  }
  return Promise.all(
    runs.map(async ({version, hasUserNames, run}) => {
      const {code, stdout, stderr} = await run.outcome
      assert.equal(code, 0, stderr)
      return {version, hasUserNames, output: stdout}
    }),
  )
}
