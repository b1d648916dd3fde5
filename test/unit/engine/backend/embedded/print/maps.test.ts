import assert from 'node:assert/strict'
import type {Held, NamedMap, Shape} from '#src/engine/backend/embedded/object.js'
import {mapPrinter, type PrintOptions} from '#src/engine/backend/embedded/print/maps.js'
import {readingOf} from '#src/engine/backend/embedded/runtime/maps.js'
import {int, type Packed, packed, text, tuple} from '../../../../../support/bytes.js'
import {printContext} from '../../../../../support/names.js'

/** Prints a map with keys of one shape. */
function printed(
  held: Held,
  key: readonly [Shape, number][],
  rows: readonly (readonly [readonly Packed[], readonly Packed[]])[],
  options?: PrintOptions,
): string {
  let offset = 0
  const offsets = key.map(([, size]) => (offset += size) - size)
  const named: NamedMap = {name: '@m', map: 0, key: key.map(([shape]) => shape), offsets, held}
  const keys = rows.map(([parts]) => packed(...parts))
  const values = rows.map(([, parts]) => packed(...parts))
  const raw = {
    count: rows.length,
    keySize: keys[0]?.length ?? 0,
    valueSize: values[0]?.length ?? 8,
    cpus: 1,
    keys: Buffer.concat(keys),
    values: Buffer.concat(values),
  }
  return mapPrinter(named, printContext())(readingOf(named, raw), options)
}

const value = (shape: Shape): Held => ({kind: 'value', shape})
const one = (parts: readonly Packed[]): readonly [readonly Packed[], readonly Packed[]][] => [[[], parts]]
const numbers = [1, 2, 3].map((key, index) => [[[key, 8]], [[[5, 3, 9][index] ?? 0, 8]]] as never)

// What is expected is what bpftrace 0.23.2 wrote for the same maps.
describe('maps are printed', () => {
  it('as a line for each key, the smallest value first', () => {
    assert.equal(printed(value(int()), [], one([[5, 8]])), '@m: 5\n')
    assert.equal(printed(value(int()), [[int(), 8]], numbers), '@m[2]: 3\n@m[1]: 5\n@m[3]: 9\n')
    assert.equal(printed({kind: 'count'}, [[int(), 8]], numbers, {top: 2}), '@m[1]: 5\n@m[3]: 9\n')
    assert.equal(printed(value(int()), [[int(), 8]], numbers, {top: 2, divisor: 2}), '@m[1]: 2\n@m[3]: 4\n')
    assert.equal(printed(value(int()), [[int(), 8]], numbers, {divisor: 3}), '@m[2]: 1\n@m[1]: 1\n@m[3]: 3\n')
  })

  it('by key where values are no numbers', () => {
    const rows = [
      [
        [
          ['b', 8],
          [2, 8],
        ],
        [['x', 8]],
      ],
      [
        [
          ['a', 8],
          [10, 8],
        ],
        [['y', 8]],
      ],
      [
        [
          ['a', 8],
          [9, 8],
        ],
        [['z', 8]],
      ],
    ] as never
    assert.equal(
      printed(
        value(text(8)),
        [
          [text(8), 8],
          [int(), 8],
        ],
        rows,
      ),
      '@m[a, 9]: z\n@m[a, 10]: y\n@m[b, 2]: x\n',
    )
  })

  it('with tuples and stacks', () => {
    assert.equal(
      printed(
        value(tuple([int(), 8], [tuple([int(), 8], [text(8), 8]), 16])),
        [],
        one([
          [1, 8],
          [-5, 8],
          ['two', 8],
        ]),
      ),
      '@m: (1, (-5, two))\n',
    )
    const stack: Shape = {kind: 'stack', of: 'kernel', map: 0, depth: 127, form: 'bpftrace'}
    assert.equal(
      printed(
        {kind: 'count'},
        [
          [stack, 16],
          [int(), 8],
        ],
        [
          [
            [
              [7, 8],
              [0, 8],
              [5, 8],
            ],
            [[1, 8]],
          ],
        ],
      ),
      '@m[\n        vfs_read+16\n        ksys_read+32\n, 5]: 1\n',
    )
    assert.equal(
      printed(
        value({...stack, form: 'perf'}),
        [],
        one([
          [7, 8],
          [0, 8],
        ]),
      ),
      '@m: \n\tffffffff81000010 vfs_read+16\n\tffffffff81001020 ksys_read+32\n\n',
    )
    assert.equal(
      printed(
        value({...stack, form: 'raw'}),
        [],
        one([
          [7, 8],
          [0, 8],
        ]),
      ),
      '@m: \nffffffff81000010\nffffffff81001020\n\n',
    )
  })

  it('with averages and statistics', () => {
    const rows = [
      [
        [['a', 8]],
        [
          [10, 8],
          [1, 8],
        ],
      ],
      [
        [['b', 8]],
        [
          [-7, 8],
          [2, 8],
        ],
      ],
    ] as never
    assert.equal(printed({kind: 'avg', signed: true}, [[text(8), 8]], rows), '@m[b]: -3\n@m[a]: 10\n\n')
    assert.equal(
      printed({kind: 'stats', signed: true}, [[text(8), 8]], rows),
      '@m[b]: count 2, average -3, total -7\n@m[a]: count 1, average 10, total 10\n\n',
    )
  })

  it('not at all when empty', () => assert.equal(printed(value(int()), [[int(), 8]], []), ''))

  it('as histograms', () => {
    // Of 0, 1, 1000, 1000, 1023, 1024 and -1.
    const counts = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1]
    const rows = counts.flatMap((count, bucket) =>
      count === 0 ? [] : [[[[bucket, 8]], [[count, 8]]] as never],
    )
    const third = '@'.repeat(17).padEnd(52)
    const empty = ' '.repeat(52)
    assert.equal(
      printed(
        {kind: 'hist', bits: 0},
        [],
        counts.map((count) => [[], [[count, 8]]]),
      ),
      [
        '@m:',
        `(..., 0)               1 |${third}|`,
        `[0]                    1 |${third}|`,
        `[1]                    1 |${third}|`,
        ...[
          '[2, 4)',
          '[4, 8)',
          '[8, 16)',
          '[16, 32)',
          '[32, 64)',
          '[64, 128)',
          '[128, 256)',
          '[256, 512)',
        ].map((range) => `${range.padEnd(16)}       0 |${empty}|`),
        `[512, 1K)              3 |${'@'.repeat(52)}|`,
        `[1K, 2K)               1 |${third}|`,
        '',
        '',
      ].join('\n'),
    )
    assert.equal(rows.length, 5)
  })

  it('with bounds that have suffixes', () => {
    const labels = (held: Held, buckets: number[]): string[] =>
      buckets.flatMap((bucket) =>
        printed(
          held,
          [[int(), 8]],
          [
            [
              [
                [1, 8],
                [bucket, 8],
              ],
              [[1, 8]],
            ],
          ],
        )
          .split('\n')
          .filter((line) => line.includes('|'))
          .map((line) => line.split(/ {2}/)[0] ?? ''),
      )
    const at = (value: number, bits: number): number => {
      const power = Math.floor(Math.log2(value))
      return ((power - bits + 1) << bits) + ((value / 2 ** (power - bits)) & (2 ** bits - 1)) + 1
    }
    const hist = (bits: number, ...values: number[]): string[] =>
      labels(
        {kind: 'hist', bits},
        values.map((each) => at(each, bits)),
      )
    assert.deepEqual(hist(0, 2 ** 20, 2 ** 40), ['[1M, 2M)', '[1T, 2T)'])
    assert.deepEqual(hist(1, 1023, 1024, 2048, 1048576, 3e9), [
      '[768, 1024)',
      '[1024, 1536)',
      '[2K, 3K)',
      '[1024K, 1536K)',
      '[2G, 3G)',
    ])
    assert.deepEqual(hist(2, 1023, 2048, 40960, 3e9), [
      '[896, 1024)',
      '[2048, 2560)',
      '[40K, 48K)',
      '[2560M, 3072M)',
    ])
    assert.deepEqual(hist(5, 40, 1008, 2048, 40960), ['[40]', '[1008, 1024)', '[2048, 2112)', '[40K, 41K)'])
    const lhist = (min: bigint, max: bigint, step: bigint, ...buckets: number[]): string[] =>
      labels({kind: 'lhist', min, max, step}, buckets)
    assert.deepEqual(lhist(0n, 10240n, 1024n, 1, 10, 11), ['[0, 1K)', '[9K, 10K)', '[10K, ...)'])
    assert.deepEqual(lhist(0n, 10000000n, 100000n, 32, 33), ['[3100000, 3200000)', '[3200000, 3300000)'])
    assert.deepEqual(lhist(40n, 70n, 7n, 0, 4, 5), ['(..., 40)', '[61, 68)', '[70, ...)'])
    assert.deepEqual(lhist(0n, 10n, 1n, 6), ['[5, 6)'])
  })
})
