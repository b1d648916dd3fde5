import assert from 'node:assert/strict'
import {join} from 'node:path'
import {engines} from '../support/engines.js'
import {traceJob} from '../support/job.js'
import type {CallPlan} from '../support/libcalls.js'
import {type Outcome, tstrace, Workload} from '../support/processes.js'
import {type Event, records} from '../support/trace.js'
import {inGuestsOnly} from '../support/skip.js'

const flood = 20_011
/** Keys that a map of argdist has room for. */
const roomOfArgdist = 16_384
const offsets = 't:syscalls:sys_enter_lseek():u64:args->offset'
const script = join(import.meta.dirname, '../support/libcalls.js')
const O_WRONLY = 1

/** Traces more events than a one-page buffer holds, with the tracer stopped while they happen. */
async function overrun(engine: NodeJS.ProcessEnv, ...options: string[]): Promise<Outcome> {
  const workload = await Workload.start({
    opens: [{call: 'open', path: '/nx/flood', flags: O_WRONLY, times: flood}],
  })
  // -f, because the C library may open a file of its own for reading while the workload runs.
  const tool = tstrace(['opensnoop', '-b', '1', '-f', 'O_WRONLY', '-p', `${workload.pid}`, ...options], {
    env: {...process.env, ...engine},
  })
  await tool.firstLine
  const tracer = tool.tracer()
  process.kill(tracer, 'SIGSTOP')
  await workload.go()
  process.kill(tracer, 'SIGCONT')
  tool.signal('SIGINT')
  const outcome = await tool.outcome
  await workload.end()
  return outcome
}

for (const {name, env} of await engines()) {
  describe(`lost events with ${name}`, () => {
    inGuestsOnly('are reported')

    it('are reported when it happens, in the summary, and as a record; what came and what was lost is all there was', async () => {
      const {code, stdout, stderr} = await overrun(env, '--json')
      assert.equal(code, 0)
      const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Event)
      const lost = lines
        .filter(({type}) => type === 'lost')
        .reduce((sum, {events}) => sum + Number(events), 0)
      const {events, records: others} = records(stdout)
      assert.ok(lost > 0)
      assert.equal(others['end']?.['lost'], lost)
      assert.equal(events.length + lost, flood)
      assert.match(stderr, /^tstrace: lost \d+ events: they came faster than they could be taken$/m)
      assert.equal(stderr.match(/^HINT:/gm)?.length, 1)
      assert.match(stderr, new RegExp(`^tstrace: ${events.length} events shown, ${lost} lost, `, 'm'))
    })

    it('make --strict exit with 1', async () => {
      const {code, stderr} = await overrun(env, '--strict', '--quiet')
      assert.equal(code, 1)
      assert.match(stderr, /lost \d+ events/)
    })

    it('are said where a map of the program is full, once, and what was there counts on', async () => {
      const prototype = 'long lseek(int fd, long offset)'
      const plan: CallPlan = {
        calls: [
          {prototype: 'long lseek(int fd, long offset, int whence)', args: [-1, 7, 0], times: 23},
          {prototype, args: [-1], rising: true, times: 2 * roomOfArgdist},
          {prototype: 'long lseek(int fd, long offset, int whence)', args: [-1, 7, 0], times: 23},
        ],
      }
      const {counted, outcome} = await traceJob(
        {command: process.execPath, args: [script, JSON.stringify(plan)]},
        (pid) => ['argdist', '--json', '-p', `${pid}`, '-c', '-i', '3600', '-C', offsets],
        env,
      )
      assert.equal(counted.length, roomOfArgdist)
      assert.deepEqual(
        counted.filter(({event}) => event === 'args->offset = 7').map(({count}) => count),
        [2 * 23 + 1],
      )
      assert.equal(outcome.stderr.match(/a map of the program is full: new keys are not counted/g)?.length, 1)
    })
  })
}
