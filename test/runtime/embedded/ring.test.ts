import assert from 'node:assert/strict'
import {helpers, ringFlags} from '#src/engine/backend/embedded/helpers.js'
import {load} from '#src/engine/backend/embedded/load.js'
import {during, openat, openMissing} from '../../support/embedded.js'
import {globals, numbers, objectFile, onlyFor, program, ring, send} from '../../support/objectfile.js'

describe('the ring of the embedded engine', () => {
  it('gives records of any length in order, many times round', async () => {
    const rounds = 4001
    const object = objectFile([
      program(openat, (a) =>
        onlyFor(a, process.pid, () => {
          a.call(helpers.get_prandom_u32)
          a.alu64('&', 'r0', 0xff)
          a.alu64('+', 'r0', 8)
          a.move('r7', 'r0')
          for (let at = -272; at < 0; at += 8) a.store(8, 'r10', at, 0)
          a.store(8, 'r10', -272, 'r7')
          a.map('r1', ring)
          a.move('r2', 'r10')
          a.alu64('+', 'r2', -272)
          a.move('r3', 'r7')
          a.move('r4', ringFlags.noWakeup)
          a.call(helpers.ringbuf_output)
        }),
      ),
    ])
    const loaded = await load(object, {ringBytes: 1 << 16})
    try {
      await loaded.attach()
      let records = 0
      loaded.records(({view, count: more, starts, lengths}) => {
        for (let index = 0; index < more; index++)
          assert.equal(view.getBigUint64(starts[index] ?? 0, true), BigInt(lengths[index] ?? 0))
        records += more
      })
      for (let n = 0; n < rounds; n++) {
        openMissing('/missing')
        if (n % 100 === 0) loaded.drain()
      }
      loaded.drain()
      assert.equal(records, rounds)
    } finally {
      await loaded.close()
    }
  })

  it('hands on what came without a wake-up after a moment', async () => {
    const object = objectFile([program(openat, (a) => onlyFor(a, process.pid, () => send(a, 5)))])
    await during(object, async (loaded) => {
      const first = new Promise<number[]>((resolve) => loaded.records((batch) => resolve(numbers(batch))))
      openMissing('/missing')
      assert.deepEqual(await first, [5])
    })
  })

  it('is woken by the next record when it has gone to sleep', async () => {
    const object = objectFile([program(openat, (a) => onlyFor(a, process.pid, () => send(a, 5)))])
    await during(object, async (loaded) => {
      const sleeps = (): boolean => loaded.readMap(globals).values.readUInt32LE(4) === 1
      const came: number[] = []
      const first = new Promise<void>((resolve) =>
        loaded.records((batch) => {
          came.push(...numbers(batch))
          resolve()
        }),
      )
      while (!sleeps()) await new Promise((resolve) => setTimeout(resolve, 5))
      openMissing()
      assert.equal(sleeps(), false)
      await first
      assert.deepEqual(came, [5])
    })
  })

  it('reads what comes without a wake-up now and then, not all the time', async () => {
    const object = objectFile([program(openat, (a) => onlyFor(a, process.pid, () => send(a, 5)))])
    await during(object, async (loaded) => {
      const sleeps = (): boolean => loaded.readMap(globals).values.readUInt32LE(4) === 1
      let [records, batches] = [0, 0]
      loaded.records(({count}) => {
        records += count
        batches++
      })
      while (!sleeps()) await new Promise((resolve) => setTimeout(resolve, 5))
      const turns = 997
      for (let turn = 0; turn < turns; turn++) {
        openMissing()
        await new Promise((resolve) => setImmediate(resolve))
      }
      loaded.drain()
      assert.equal(records, turns)
      assert.ok(batches < turns / 2, `${batches} batches`)
    })
  })
})
