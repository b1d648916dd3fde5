import assert from 'node:assert/strict'
import type {Job} from '#src/engine/backend/backend.js'
import {dialectOf} from '#src/engine/backend/bpftrace/dialect.js'
import {BpftraceSession} from '#src/engine/backend/bpftrace/session.js'
import type {MapShape, Snapshot} from '#src/engine/event/snapshot.js'
import {type Text, readable} from '#src/engine/event/text.js'
import {bpftraces} from '../support/bpftraces.js'
import {Workload} from '../support/processes.js'
import type {Open} from '../support/workload.js'
import {inGuestsOnly} from '../support/skip.js'
import {systemCallsHaveStacks} from '../support/systemcalls.js'

const texts = [
  'plain',
  'a b  c ',
  'x,y,2',
  ',',
  '"q"\\',
  'é€\u2028',
  "s'q;$(x)",
  '-5',
  '{"a": 1}',
  'new\nline\t',
]
/** Different numbers, so that none can be taken for another. */
const opens: readonly Open[] = texts.map((text, index) => ({
  call: 'openat',
  path: Buffer.from(`/nx/${text}`).toString('latin1'),
  times: 23 + index,
}))
const expected = Object.fromEntries(texts.map((text, index) => [`/nx/${text}`, 23 + index]))
const sum = opens.reduce((total, {times = 1}) => total + times, 0)

const maps: readonly MapShape[] = [
  {name: '@number_text', key: ['int', 'int', 'text']},
  {name: '@text', key: ['text']},
  {name: '@text_number', key: ['text', 'int']},
  {name: '@number', key: ['int', 'int']},
  {name: '@total', key: []},
  {name: '@stacks', key: ['stack', 'stack', 'int']},
  {name: '@text_stacks', key: ['stack', 'stack', 'int', 'text']},
  {name: '@none', key: ['int']},
]
const job: Job = {
  program: `tracepoint:syscalls:sys_enter_openat
/pid == $2 && args->flags == 0/
{
	@number_text[-5, 9007199254740993, str(args->filename)] = count();
	@text[str(args->filename)] = count();
	@text_number[str(args->filename), tid] = count();
	@number[pid, -1] = count();
	@total = count();
	@stacks[kstack(raw), ustack(raw), pid] = count();
	@text_stacks[kstack(raw), ustack(raw), pid, comm] = count();
}
profile:hz:1 /pid == $1/ { @none[1] = count(); delete(@none[1]); }
`,
  parameters: [process.pid, 0],
  row: {numbers: 3, texts: 1},
  bufferPages: undefined,
  maps,
}

for (const {version, path} of await bpftraces()) {
  describe(`snapshots of maps by bpftrace ${version}`, () => {
    inGuestsOnly('are exact')

    let workload: Workload
    let session: BpftraceSession
    const start = async (plan: readonly Open[]): Promise<AsyncIterator<Snapshot>> => {
      workload = await Workload.start({opens: plan, comm: 'a, b "c"'})
      session = new BpftraceSession({path, version}, dialectOf(version), {
        ...job,
        parameters: [process.pid, workload.pid],
      })
      return snapshotsOf(session)
    }
    afterEach(async () => {
      await session.kill()
      await workload.end()
    })

    it('are exact at the beginning, in between, and in the end', async () => {
      const snapshots = await start(opens)
      const first = await next(snapshots)
      assert.deepEqual(
        [first.last, ...maps.map(({name}) => total(first, name))],
        [false, ...maps.map(() => 0)],
      )

      await workload.go()
      session.snapshot()
      const second = await next(snapshots)
      check(second, workload, 1)
      assert.equal(second.last, false)

      session.snapshot()
      assert.deepEqual((await next(snapshots)).maps, second.maps)

      await workload.go()
      session.stop()
      const last = await next(snapshots)
      check(last, workload, 2)
      assert.equal(last.last, true)
      assert.ok(Number(first.time) < Number(second.time) && Number(second.time) < Number(last.time))
      assert.equal((await snapshots.next()).done, true)
      // A key has the same id in each of them.
      for (const [name, entries] of second.maps)
        assert.deepEqual(ids(entries), ids(last.maps.get(name) ?? []), name)
    })

    it('come when asked for while much happens, also the last one', async () => {
      const snapshots = await start([{call: 'openat', path: '/nx/flood', times: 1_000_003}])
      await next(snapshots)
      const done = workload.go()
      const counts: number[] = []
      while (new Set(counts).size < 6) {
        session.snapshot()
        counts.push(total(await next(snapshots), '@total'))
      }
      session.stop()
      const last = await next(snapshots)
      assert.deepEqual([last.last, typeof last.time], [true, 'bigint'])
      counts.push(total(last, '@total'))
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => a - b),
      )
      assert.equal((await snapshots.next()).done, true)
      await done
    })
  })
}

/** Asks for the first one as soon as the program runs. */
async function* snapshotsOf(session: BpftraceSession): AsyncGenerator<Snapshot> {
  for await (const batch of session.messages) {
    for (const message of batch) {
      if (message.kind === 'ready') session.snapshot()
      else if (message.kind === 'snapshot') yield message
      else assert.fail(`there is a message of kind ${message.kind}: ${JSON.stringify(message)}`)
    }
  }
}

async function next(snapshots: AsyncIterator<Snapshot>): Promise<Snapshot> {
  const {value, done} = await snapshots.next()
  assert.notEqual(done, true, 'there are no more snapshots')
  return value as Snapshot
}

function check(snapshot: Snapshot, {pid, tids}: Workload, rounds: number): void {
  const counted = (name: string, at: number): Record<string, number> =>
    Object.fromEntries(
      (snapshot.maps.get(name) ?? []).map(({key, count}) => [readable(key[at] as Text), count / rounds]),
    )
  const others = (name: string, ...at: number[]): unknown[] => [
    ...new Set(
      (snapshot.maps.get(name) ?? []).map(({key}) =>
        at.map((index) => String(key[index] as number | bigint | string)).join(),
      ),
    ),
  ]
  assert.deepEqual(counted('@number_text', 2), expected)
  assert.deepEqual(others('@number_text', 0, 1), ['-5,9007199254740993'])
  assert.deepEqual(counted('@text', 0), expected)
  assert.deepEqual(counted('@text_number', 0), expected)
  assert.deepEqual(others('@text_number', 1), [`${tids[0]}`])
  assert.deepEqual(others('@number', 0, 1), [`${pid},-1`])
  assert.equal(total(snapshot, '@number'), rounds * sum)
  assert.equal(total(snapshot, '@total'), rounds * sum)
  assert.equal(total(snapshot, '@none'), 0)
  for (const name of ['@stacks', '@text_stacks']) {
    assert.equal(total(snapshot, name), rounds * sum, name)
    for (const {key} of snapshot.maps.get(name) ?? []) {
      const [kernel, user] = key as readonly (readonly bigint[])[]
      assert.ok(kernel !== undefined && kernel.every((address) => address >= 2n ** 63n))
      assert.equal(kernel.length > 1, systemCallsHaveStacks())
      // Where there are no frame pointers, what follows the first address may be anything.
      assert.ok(user?.[0] !== undefined && user[0] < 2n ** 63n)
      assert.equal(key[2], pid)
    }
  }
  assert.deepEqual(others('@text_stacks', 3), ['a, b "c"'])
}

function total({maps: all}: Snapshot, name: string): number {
  return (all.get(name) ?? []).reduce((count, entry) => count + entry.count, 0)
}

function ids(entries: readonly {readonly id: string}[]): string[] {
  return entries.map(({id}) => id).toSorted()
}
