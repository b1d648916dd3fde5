import assert from 'node:assert/strict'
import sinon from 'sinon'
import {Losses} from '#src/engine/losses.js'

describe('Losses', () => {
  let clock: sinon.SinonFakeTimers
  let said: number[]
  let losses: Losses
  beforeEach(() => {
    clock = sinon.useFakeTimers({toFake: ['performance']})
    said = []
    losses = new Losses((events) => said.push(events))
  })
  afterEach(() => clock.restore())

  it('says it at once, then once a second at most', () => {
    losses.add(5)
    losses.add(1)
    clock.tick(999)
    losses.add(2)
    assert.deepEqual(said, [5])
    clock.tick(1)
    losses.add(3)
    assert.deepEqual(said, [5, 6])
    assert.equal(losses.total, 11)
  })

  it('says the rest at the end', () => {
    losses.add(5)
    losses.add(1)
    losses.settle(undefined, 100, 0)
    assert.deepEqual(said, [5, 1])
    losses.settle(undefined, 100, 0)
    assert.deepEqual(said, [5, 1])
  })

  it('believes the count of the kernel side where it is higher', () => {
    losses.add(5)
    losses.settle(108, 100, 0)
    assert.deepEqual(said, [5, 3])
    assert.equal(losses.total, 8)
  })

  it('believes that count also where it is lower', () => {
    losses.add(5)
    losses.settle(102, 100, 0)
    assert.deepEqual(said, [5])
    assert.equal(losses.total, 2)
  })

  it('never has lost less than nothing', () => {
    losses.settle(90, 100, 0)
    assert.deepEqual(said, [])
    assert.equal(losses.total, 0)
  })

  it('says nothing where nothing was lost', () => {
    losses.add(0)
    losses.settle(7, 7, 0)
    assert.deepEqual(said, [])
  })

  it('leaves out what a stop can have thrown away, and nothing more', () => {
    const said: number[] = []
    const stopped = new Losses((events) => said.push(events))
    stopped.settle(105, 100, 5)
    assert.deepEqual([stopped.total, said], [0, []])
    const swamped = new Losses((events) => said.push(events))
    swamped.settle(106, 100, 5)
    assert.deepEqual([swamped.total, said], [6, [6]])
  })
})
