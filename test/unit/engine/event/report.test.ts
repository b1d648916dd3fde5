import assert from 'node:assert/strict'
import {type Interval, Intervals} from '#src/engine/event/report.js'
import type {MapEntry, Snapshot} from '#src/engine/event/snapshot.js'

const second = 1_000_000_000n
const wallTime = (bootNs: bigint): bigint => 1000n * second + bootNs

function snapshot(
  seconds: number | undefined,
  counts: Record<string, Record<string, number>>,
  last = false,
): Snapshot {
  const entries = (of: Record<string, number>): MapEntry[] =>
    Object.entries(of).map(([id, count]) => ({id, key: [id], count}))
  return {
    kind: 'snapshot',
    time: seconds === undefined ? undefined : BigInt(seconds * 1e9),
    maps: new Map(Object.entries(counts).map(([name, of]) => [name, entries(of)])),
    last,
  }
}

const found = (entries: readonly MapEntry[]): Record<string, number> =>
  Object.fromEntries(entries.map(({id, count}) => [id, count]))
const counts = (interval: Interval, map = '@a'): Record<string, number> => found(interval.counts(map))
const totals = (interval: Interval, map = '@a'): Record<string, number> => found(interval.totals(map))

describe('Intervals', () => {
  it('counts from the snapshot before, and in all from the first one', () => {
    const intervals = new Intervals(snapshot(1, {'@a': {x: 5, y: 1}}), 99n, wallTime)
    const first = intervals.next(snapshot(2, {'@a': {x: 7, y: 1, z: 3}, '@b': {'': 2}}), 99n)
    assert.deepEqual(
      [counts(first), totals(first)],
      [
        {x: 2, z: 3},
        {x: 2, z: 3},
      ],
    )
    assert.deepEqual([counts(first, '@b'), counts(first, '@none')], [{'': 2}, {}])
    const next = intervals.next(snapshot(3, {'@a': {x: 7, y: 2, z: 4}, '@b': {'': 2}}, true), 99n)
    assert.deepEqual(
      [counts(next), totals(next)],
      [
        {y: 1, z: 1},
        {x: 2, y: 1, z: 4},
      ],
    )
    assert.deepEqual([counts(next, '@b'), totals(next, '@b')], [{}, {'': 2}])
    assert.deepEqual([first.last, next.last], [false, true])
    // They stay as they were.
    assert.deepEqual(
      [counts(first), totals(first)],
      [
        {x: 2, z: 3},
        {x: 2, z: 3},
      ],
    )
  })

  it('knows when it was, and how long it took', () => {
    const intervals = new Intervals(snapshot(1, {}), 99n, wallTime)
    const {start, end, seconds} = intervals.next(snapshot(3.5, {}), 99n)
    assert.deepEqual([start, end, seconds], [1001n * second, 1003n * second + second / 2n, 2.5])
    const next = intervals.next(snapshot(4, {}), 99n)
    assert.deepEqual([next.start, next.end, next.seconds], [end, 1004n * second, 0.5])
  })

  it('takes the time from the clock where a snapshot has none, or where there is no first one', () => {
    const intervals = new Intervals(undefined, 2n * second, wallTime)
    const only = intervals.next(snapshot(undefined, {'@a': {x: 4}}, true), 5n * second)
    assert.deepEqual([only.start, only.end, only.seconds], [1002n * second, 1005n * second, 3])
    assert.deepEqual([counts(only), totals(only)], [{x: 4}, {x: 4}])
  })

  it('takes a key that is missing, or a whole map, for one that was lost on its way', () => {
    const intervals = new Intervals(snapshot(1, {'@a': {x: 5, y: 5}}), 99n, wallTime)
    const some = intervals.next(snapshot(2, {'@a': {y: 6}}), 99n)
    assert.deepEqual([counts(some), totals(some)], [{y: 1}, {y: 1}])
    const none = intervals.next(snapshot(3, {}), 99n)
    assert.deepEqual([counts(none), totals(none)], [{}, {y: 1}])
    const all = intervals.next(snapshot(4, {'@a': {x: 8, y: 7}}), 99n)
    assert.deepEqual(
      [counts(all), totals(all)],
      [
        {x: 3, y: 1},
        {x: 3, y: 2},
      ],
    )
  })

  it('keeps what a key stands for', () => {
    const key = [1, 'text', [2n ** 63n]] as const
    const intervals = new Intervals(undefined, 0n, wallTime)
    const maps = new Map([['@a', [{id: 'k', key, count: 3}]]])
    const interval = intervals.next({kind: 'snapshot', time: 1n, maps, last: false}, 0n)
    assert.deepEqual(interval.counts('@a'), [{id: 'k', key, count: 3}])
  })
})
