import assert from 'node:assert/strict'
import {Clock} from '#src/engine/kernel/clock.js'
import {native} from '#src/engine/kernel/native.js'

const second = 1_000_000_000n

describe('Clock', () => {
  it('follows steps of the wall clock within a second', async () => {
    let times = {boot: 100n * second, real: 1000n * second}
    const clock = new Clock({...(await native()), clocks: () => times})
    assert.equal(clock.now(), 100n * second)
    assert.equal(clock.wall(100n * second + 5n), 1000n * second + 5n)
    times = {boot: 100n * second + 500_000_000n, real: 5000n * second}
    assert.equal(clock.wall(100n * second + 999_999_999n), 1000n * second + 999_999_999n)
    times = {boot: 101n * second, real: 5000n * second}
    assert.equal(clock.wall(101n * second), 5000n * second)
  })

  it('gives the time of an event before the clock was first asked', async () => {
    const clock = new Clock({...(await native()), clocks: () => ({boot: 10n * second, real: 50n * second})})
    assert.equal(clock.wall(9n * second), 49n * second)
  })

  it('is right on this machine', async () => {
    const clock = new Clock(await native())
    const wall = Number(clock.wall(clock.now()) / 1_000_000n)
    assert.ok(Math.abs(wall - Date.now()) < 1000, `${wall}`)
  })
})
