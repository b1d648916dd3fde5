import assert from 'node:assert/strict'
import type {Bucket} from '#src/engine/event/report.js'
import {histogramText} from '#src/engine/render/histogram.js'

const bucket = (min: number | bigint, max: number | bigint, count: number): Bucket => ({
  min: BigInt(min),
  max: BigInt(max),
  count,
})
const text = (buckets: readonly Bucket[]): string[] =>
  histogramText({kind: 'histogram', label: 'x', unit: 'usecs', buckets}).split('\n')

describe('histogramText', () => {
  it("is BCC's", () => {
    assert.deepEqual(text([bucket(0, 1, 0), bucket(2, 3, 7), bucket(4, 7, 12345), bucket(8, 15, 6172)]), [
      '     usecs               : count     distribution',
      '         0 -> 1          : 0        |                                        |',
      '         2 -> 3          : 7        |                                        |',
      '         4 -> 7          : 12345    |****************************************|',
      '         8 -> 15         : 6172     |*******************                     |',
      '',
    ])
  })

  it('has room for more than 32 bits, with shorter bars', () => {
    assert.deepEqual(
      text([bucket(2 ** 31, 2 ** 32 - 1, 3)])[1],
      `2147483648 -> 4294967295 : 3        |${'*'.repeat(40)}|`,
    )
    assert.deepEqual(text([bucket(0, 1, 4), bucket(2 ** 32, 2 ** 33 - 1, 3)]), [
      '               usecs                         : count     distribution',
      '                   0 -> 1                    : 4        |********************|',
      '          4294967296 -> 8589934591           : 3        |***************     |',
      '',
    ])
    assert.equal(text([bucket(-(2n ** 63n), -(2n ** 32n), 1)])[1]?.indexOf(' -> '), 20)
  })

  it('has negative values, too', () => {
    assert.equal(text([bucket(-7, -4, 1)])[1], `        -7 -> -4         : 1        |${'*'.repeat(40)}|`)
  })

  it('is nothing when nothing was counted', () => assert.deepEqual(text([]), ['']))
})
