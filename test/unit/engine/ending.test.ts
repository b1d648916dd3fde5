import assert from 'node:assert/strict'
import sinon from 'sinon'
import {Ending, type Reason} from '#src/engine/ending.js'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

describe('Ending', () => {
  let clock: sinon.SinonFakeTimers
  let acted: Reason[]
  let ending: Ending
  beforeEach(() => {
    clock = sinon.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'performance']})
    acted = []
    ending = new Ending()
    ending.onRequest((reason) => acted.push(reason))
  })
  afterEach(() => {
    ending.cleanUp()
    clock.restore()
  })

  it('is the first reason, once', () => {
    assert.equal(ending.reason, undefined)
    ending.request('limit')
    ending.request('interrupt')
    ending.request('limit')
    assert.deepEqual(acted, ['limit'])
    assert.equal(ending.reason, 'limit')
  })

  it('knows its reason while it acts', () => {
    const seen: (Reason | undefined)[] = []
    const one = new Ending()
    one.onRequest(() => seen.push(one.reason))
    one.request('error')
    assert.deepEqual(seen, ['error'])
  })

  it('is carried out also when it was asked for before anybody could', () => {
    const seen: Reason[] = []
    const one = new Ending()
    one.request('interrupt')
    one.request('duration')
    one.onRequest((reason) => seen.push(reason))
    one.request('limit')
    assert.deepEqual(seen, ['interrupt'])
  })

  it('comes after a duration', () => {
    ending.after(0.25)
    clock.tick(249)
    assert.deepEqual(acted, [])
    clock.tick(1)
    assert.deepEqual(acted, ['duration'])
  })

  it('comes after more days than a timer can count', () => {
    const day = 24 * 60 * 60
    ending.after(60 * day)
    for (const days of [24, 25, 10]) {
      clock.tick(days * day * 1000)
      assert.deepEqual(acted, [])
    }
    clock.tick(day * 1000 - 1)
    assert.deepEqual(acted, [])
    clock.tick(1)
    assert.deepEqual(acted, ['duration'])
  })

  it('takes its timer back, also one that was set again', () => {
    ending.after(60 * 24 * 60 * 60)
    clock.tick(2 ** 31)
    assert.equal(clock.countTimers(), 1)
    ending.cleanUp()
    assert.equal(clock.countTimers(), 0)
  })

  describe('every', () => {
    const acts: number[] = []
    const every = (seconds: number, duration = Infinity): void => {
      acts.length = 0
      ending.every(seconds, duration, () => acts.push(performance.now() / 1000))
    }

    it('stays on the clock for an hour, however late timers come and however long each act takes', () => {
      acts.length = 0
      ending.every(1, Infinity, () => {
        acts.push(performance.now() / 1000)
        // Time goes on while it acts.
        clock.tick(acts.length % 13)
      })
      // Only now and then is there time for timers.
      while (performance.now() < 3600_500) clock.tick(3)
      assert.equal(acts.length, 3600)
      assert.deepEqual(
        acts.filter((time, index) => time < index + 1 || time > index + 1.02),
        [],
      )
    })

    it('leaves the end of the last interval to the end of the run, whatever rounding makes of it', () => {
      for (const [seconds, duration, times] of [
        [1, 5, 4],
        [1, 5.5, 5],
        [2, 1, 0],
        [0.1, 0.3, 2],
        [0.35, 2.1, 5],
        [0.7, 6.3, 8],
        [1 / 3, 1, 2],
      ] as const) {
        every(seconds, duration)
        clock.tick(duration * 1000 + 100)
        assert.equal(acts.length, times, `${duration} s every ${seconds} s`)
        ending.cleanUp()
      }
    })

    it('does not make up for a standstill, and goes on at the times it had', () => {
      every(1)
      clock.tick(1000)
      clock.jump(6400)
      assert.deepEqual(acts, [1, 7.4])
      clock.tick(2000)
      assert.deepEqual(acts, [1, 7.4, 8, 9])
    })

    it('counts more days than a timer can', () => {
      const day = 24 * 60 * 60
      every(40 * day)
      clock.tick(39 * day * 1000)
      assert.equal(acts.length, 0)
      clock.tick(day * 1000)
      assert.equal(acts.length, 1)
      clock.tick(40 * day * 1000)
      assert.equal(acts.length, 2)
    })

    it('stops when the run ends', () => {
      every(1)
      clock.tick(2000)
      ending.request('interrupt')
      clock.tick(5000)
      assert.equal(acts.length, 2)
      assert.equal(clock.countTimers(), 0)
    })

    it('does not gather what it must clean up', () => {
      every(1)
      clock.tick(100_000)
      const cleared = sinon.spy(globalThis, 'clearTimeout')
      ending.cleanUp()
      assert.ok(cleared.callCount < 5, `${cleared.callCount} timers`)
      cleared.restore()
      assert.equal(clock.countTimers(), 0)
    })
  })

  for (const signal of signals) {
    it(`comes with ${signal}; a second one forces`, () => {
      let forced = 0
      ending.onSignals(() => forced++)
      process.emit(signal)
      assert.deepEqual(acted, ['interrupt'])
      assert.equal(forced, 0)
      process.emit('SIGINT')
      assert.equal(forced, 1)
      assert.deepEqual(acted, ['interrupt'])
    })
  }

  it('is forced by a second signal, also when something else came before', () => {
    let forced = 0
    ending.onSignals(() => forced++)
    ending.request('duration')
    process.emit('SIGINT')
    assert.equal(forced, 0)
    process.emit('SIGINT')
    assert.equal(forced, 1)
    assert.deepEqual(acted, ['duration'])
  })

  it('lets go of the signals', () => {
    const before = signals.map((signal) => process.listenerCount(signal))
    ending.onSignals(() => {})
    assert.deepEqual(
      signals.map((signal) => process.listenerCount(signal)),
      before.map((count) => count + 1),
    )
    ending.cleanUp()
    assert.deepEqual(
      signals.map((signal) => process.listenerCount(signal)),
      before,
    )
  })
})
