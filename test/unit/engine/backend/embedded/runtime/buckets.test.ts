import assert from 'node:assert/strict'
import {histRange, lhistRange} from '#src/engine/backend/embedded/runtime/buckets.js'

/** As `object.ts` says. */
function bucketOf(value: bigint, bits: number): number {
  if (value < 0n) return 0
  if (value < 2n ** BigInt(bits)) return Number(value) + 1
  const power = value.toString(2).length - 1
  return (
    ((power - bits + 1) << bits) + Number((value >> BigInt(power - bits)) & (2n ** BigInt(bits) - 1n)) + 1
  )
}

describe('buckets of hist()', () => {
  for (const bits of [0, 1, 2, 5]) {
    it(`hold the values that the program puts into them, with ${bits} bits`, () => {
      const values = Array.from({length: 64}, (_, power) => 2n ** BigInt(power)).flatMap((power) => [
        power - 1n,
        power,
        power + 1n,
        power + power / 3n,
      ])
      for (const value of [-1n, ...values]) {
        const {low, high} = histRange(bucketOf(value, bits), bits)
        assert.ok((low === undefined || low <= value) && (high === undefined || value < high), `${value}`)
      }
    })

    it(`meet without a gap, with ${bits} bits`, () => {
      for (let bucket = 0; bucket < 300; bucket++) {
        assert.equal(histRange(bucket, bits).high, histRange(bucket + 1, bits).low)
      }
    })
  }
})

describe('buckets of lhist()', () => {
  const held = {kind: 'lhist', min: 40n, max: 70n, step: 7n} as const

  it('begin at the least value and end at the greatest', () => {
    assert.deepEqual(
      [0, 1, 4, 5].map((bucket) => lhistRange(bucket, held)),
      [
        {low: undefined, high: 40n},
        {low: 40n, high: 47n},
        {low: 61n, high: 68n},
        {low: 70n, high: undefined},
      ],
    )
  })
})
