import assert from 'node:assert/strict'
import {join} from 'node:path'
import {exitCodes} from '#src/engine/errors.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {everyEngine} from '../support/engines.js'
import {traceJob} from '../support/job.js'
import {tstrace} from '../support/processes.js'
import {programOfFunctions} from '../support/program.js'
import {inGuest, inGuestsOnly, skipWithout} from '../support/skip.js'
import {temporaryFolder} from '../support/temporary.js'

const many = 23
const functions = 1500
const machine = new Machine()
/** What one by one would take several minutes. In a guest a tool that traces nothing takes 5 seconds until it is ready. */
const readyWithin = inGuest ? 300 : 30
/** Functions of the kernel that are seldom called but for those of files: more would be the emulated CPU's only business. */
const seldom = '(acpi|vfs)_.*'

for (const {name, version, env} of await everyEngine()) {
  describe(`thousands of functions with ${name}`, () => {
    inGuestsOnly('of the kernel')

    const folder = temporaryFolder()
    after(folder.remove)

    it('of the kernel are attached at once, and counted', async function () {
      this.timeout(900_000)
      skipWithout(this, 'kprobes that are attached at once', (await machine.kprobeMulti()).ok)
      const plan = {calls: [['mkdir', many]], folder: folder.path}
      const script = join(import.meta.dirname, '../support/filework.js')
      const job = {command: process.execPath, args: [script, JSON.stringify(plan)]}
      const args = (pid: number): string[] => ['funccount', '-p', `${pid}`, '-r', seldom]
      const {lines, outcome, secondsToReady} = await traceJob(job, args, env)
      const traced = Number(/^Tracing (\d+) functions for "/m.exec(outcome.stderr)?.[1])
      assert.ok(traced > 1000, outcome.stderr)
      const counts = new Map(lines.map((line) => line.split(/ +/) as [string, string]))
      assert.equal(counts.get('vfs_mkdir'), `${many}`, outcome.stderr)
      assert.match(outcome.stderr, /^tstrace: not traced, because they [^:]+: \w+/m)
      assert.ok(secondsToReady < readyWithin, `${secondsToReady} s for ${traced} functions`)
    })

    it('of the kernel are refused beforehand where they are attached one by one', async function () {
      const {ok} = await machine.kprobeMulti()
      skipWithout(this, 'a kernel that attaches kprobes one by one', (await machine.kprobe()).ok && !ok)
      const {code, stdout, stderr} = await tstrace(['funccount', '-r', seldom], {
        env: {...process.env, ...env},
      }).outcome
      assert.deepEqual([code, stdout], [exitCodes.usage, ''])
      assert.match(
        stderr,
        /matches \d{4,} (kernel )?functions, more than the limit of 1000\nHINT:.*--max-probes \d{4,}/,
      )
    })

    it('of a program are attached at once, and counted', async function () {
      const atOnce = (await machine.uprobeMulti()).ok && !version?.startsWith('0.17.')
      skipWithout(this, 'uprobes that are attached at once', atOnce)
      const job = programOfFunctions(this, folder.path, functions)
      const args = ['funccount', '--json', '--max-probes', `${functions}`, `${job.command}:each_*`]
      const {counted, outcome, secondsToReady} = await traceJob(job, () => args, env)
      assert.equal(counted.length, functions, outcome.stderr)
      assert.deepEqual([...new Set(counted.map(({count}) => count))], [1])
      assert.ok(secondsToReady < readyWithin, `${secondsToReady} s`)
      const refused = await tstrace(['funccount', `${job.command}:each_*`], {env: {...process.env, ...env}})
        .outcome
      assert.equal(refused.code, exitCodes.usage)
      assert.match(refused.stderr, /more than the limit of 1000\nHINT:.*--max-probes 1500/)
    })
  })
}
