import assert from 'node:assert/strict'
import fc from 'fast-check'
import {Ranges} from '#src/engine/kernel/ranges.js'

const ranges = (
  list: readonly (readonly [start: number, size: number])[],
  limit = (): number => Infinity,
): Ranges =>
  new Ranges(
    Float64Array.from(list, ([start]) => start),
    Float64Array.from(list, ([, size]) => size),
    limit,
  )

describe('ranges', () => {
  it('are found by an address in them, the innermost first', () => {
    const nested = ranges([
      [100, 100],
      [150, 10],
      [300, 5],
    ])
    assert.deepEqual(nested.covering(155), [1, 0])
    assert.deepEqual(nested.covering(170), [0])
    assert.deepEqual(nested.covering(200), [])
    assert.deepEqual(nested.covering(304), [2])
    assert.deepEqual(nested.covering(305), [])
    assert.deepEqual(nested.covering(99), [])
  })

  it('without a size end where the next begins, or at the limit', () => {
    const open = ranges(
      [
        [100, 0],
        [100, 0],
        [150, 0],
      ],
      () => 160,
    )
    assert.deepEqual(open.covering(149), [1, 0])
    assert.deepEqual(open.covering(159), [2])
    assert.deepEqual(open.covering(160), [])
  })

  it('are none', () => {
    assert.deepEqual(ranges([]).covering(1), [])
  })

  // The second scale leaves no room for the place among the sorted digits.
  for (const scale of [1, 2 ** 46]) {
    it(`give what looking at each gives, at steps of ${scale}`, () => {
      const range = fc.tuple(fc.nat(100), fc.integer({min: 1, max: 30}))
      fc.assert(
        fc.property(fc.array(range, {maxLength: 30}), fc.nat(130), (list, address) => {
          const scaled = list.map(([start, size]) => [start * scale, size * scale] as const)
          const expected = list.flatMap(([start, size], at) =>
            address >= start && address < start + size ? [at] : [],
          )
          const found = ranges(scaled).covering(address * scale)
          assert.deepEqual(
            found.toSorted((a, b) => a - b),
            expected,
          )
        }),
      )
    })
  }
})
