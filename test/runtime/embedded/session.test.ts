import assert from 'node:assert/strict'
import {load} from '#src/engine/backend/embedded/load.js'
import type {ObjectFile} from '#src/engine/backend/embedded/object.js'
import {EmbeddedSession} from '#src/engine/backend/embedded/session.js'
import {ringFlags} from '#src/engine/backend/embedded/helpers.js'
import type {Job, Message} from '#src/engine/backend/backend.js'
import {native} from '#src/engine/kernel/native.js'
import {deafToOpens, openat, openMissing, tellsMisses} from '../../support/embedded.js'
import {heldBy} from '../../support/held.js'
import {unpacked} from '../../support/messages.js'
import {count, counter, firstOwn, objectFile, onlyFor, output, program} from '../../support/objectfile.js'
import {skipWithout} from '../../support/skip.js'

/** Prime, so that no multiple of something else looks right. */
const many = 23

/** Sends the row (0, 5) and counts it in `@opens`, for each open of this process; END sends the row (0, 7). */
function sender(): ObjectFile {
  const send = (a: Parameters<Parameters<typeof program>[1]>[0], value: number): void => {
    a.store(8, 'r10', -24, 0)
    a.store(8, 'r10', -16, 0)
    a.store(8, 'r10', -8, value)
    output(a, -24, 24, ringFlags.noWakeup)
  }
  const programs = [
    program(openat, (a) =>
      onlyFor(a, process.pid, () => {
        count(a, firstOwn)
        send(a, 5)
      }),
    ),
    program({kind: 'end'}, (a) => send(a, 7)),
  ]
  const int = {kind: 'int', bytes: 8, signed: true} as const
  return {
    ...objectFile(programs, [counter('opens')]),
    named: [{name: '@opens', map: firstOwn, key: [], offsets: [], held: {kind: 'value', shape: int}}],
    records: [
      {
        kind: 'value',
        shape: {
          kind: 'tuple',
          bytes: 16,
          parts: [
            {offset: 0, shape: int},
            {offset: 8, shape: int},
          ],
        },
      },
    ],
  }
}

const job = (more: Partial<Job> = {}): Job => ({
  program: '',
  parameters: [process.pid, 0],
  row: {numbers: 2, texts: 0},
  bufferPages: undefined,
  ...more,
})

async function sessionOf(object: ObjectFile, what = job()): Promise<EmbeddedSession> {
  return new EmbeddedSession(await load(object), what, await native(), 64)
}

/** Runs a session, opens some files when it is ready, and gives all that it said. */
async function run(session: EmbeddedSession, work: () => void = () => {}): Promise<Message[]> {
  const all: Message[] = []
  try {
    for await (const batch of session.messages) {
      all.push(...batch.flatMap(unpacked))
      if (batch.some(({kind}) => kind === 'ready')) {
        work()
        session.stop()
      }
    }
  } finally {
    await session.kill()
  }
  return all
}

const openMany = (): void => {
  for (let n = 0; n < many; n++) openMissing()
}

describe('a session of the embedded engine', () => {
  it('gives each row once, those of END and the maps last, and leaves nothing in the kernel', async () => {
    const session = await sessionOf(sender())
    const messages = await run(session, openMany)
    assert.deepEqual(messages, [
      {kind: 'ready'},
      ...Array.from({length: many}, () => ({kind: 'row', values: [0, 5]})),
      {kind: 'row', values: [0, 7]},
      {kind: 'map', name: '@opens', entries: [['', many]]},
    ])
    assert.equal(session.deliversAll, true)
    assert.deepEqual(heldBy(process.pid), [])
  })

  it('reads the maps of a job for a snapshot when it is asked to, and a last time at the end', async () => {
    const session = await sessionOf(sender(), job({maps: [{name: '@opens', key: []}]}))
    const {boot} = (await native()).clocks()
    const messages = await run(session, () => {
      session.snapshot()
      openMany()
    })
    const snapshots = messages.filter((message) => message.kind === 'snapshot')
    assert.deepEqual(
      snapshots.map(({maps, last}) => [last, maps.get('@opens')]),
      [
        [false, [{id: '', key: [], count: 0}]],
        [true, [{id: '', key: [], count: many}]],
      ],
    )
    assert.ok(snapshots.every(({time}) => time !== undefined && time > boot))
    assert.ok(!messages.some(({kind}) => kind === 'map'))
  })

  it('says how many events found a program running already', async function () {
    skipWithout(this, 'counts of missed events (Linux 6.7)', tellsMisses())
    const messages = await run(await sessionOf(deafToOpens()), openMany)
    const missed = messages.map((message) => (message.kind === 'unseen' ? message.events : 0))
    assert.equal(
      missed.reduce((sum, events) => sum + events, 0),
      many,
    )
  })

  it('lets the ring fill while nobody takes messages', async () => {
    const session = await sessionOf(sender())
    const iterator = session.messages[Symbol.asyncIterator]()
    assert.deepEqual((await iterator.next()).value, [{kind: 'ready'}])
    openMany()
    session.stop()
    let rows = 0
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      rows += next.value.flatMap(unpacked).filter(({kind}) => kind === 'row').length
    }
    await session.kill()
    assert.equal(rows, many + 1)
  })

  for (const when of ['at once', 'when it is ready'] as const) {
    it(`is gone when it is killed ${when}`, async () => {
      const session = await sessionOf(sender())
      const iterator = session.messages[Symbol.asyncIterator]()
      if (when === 'when it is ready') await iterator.next()
      await session.kill()
      assert.deepEqual(heldBy(process.pid), [])
      let next = await iterator.next()
      while (next.done !== true) next = await iterator.next()
    })
  }

  it('ends with what END says when it is stopped at once', async () => {
    const session = await sessionOf(sender())
    session.stop()
    const messages = await run(session)
    assert.deepEqual(
      messages.filter(({kind}) => kind === 'row'),
      [{kind: 'row', values: [0, 7]}],
    )
    assert.deepEqual(heldBy(process.pid), [])
  })

  it('throws what the kernel refused', async () => {
    const broken = objectFile([
      program({kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_opne'}, () => {}),
    ])
    const session = await sessionOf(broken)
    await assert.rejects(run(session), /sys_enter_opne/)
    assert.deepEqual(heldBy(process.pid), [])
  })
})
