import assert from 'node:assert/strict'
import type {Entries} from '#src/engine/backend/embedded/loaded.js'
import type {Held, NamedMap} from '#src/engine/backend/embedded/object.js'
import {printer} from '#src/engine/backend/embedded/print/printer.js'
import {readingOf} from '#src/engine/backend/embedded/runtime/maps.js'
import {mapMessage, snapshotEntries} from '#src/engine/backend/embedded/runtime/messages.js'
import {int, packed, text} from '../../../../../support/bytes.js'
import {printContext} from '../../../../../support/names.js'

const print = printContext()
const context = {room: 64, printer: (shape: NamedMap['key'][number]) => printer(shape, print)}

function entries(keys: Buffer, values: Buffer, keySize: number, valueSize: number, cpus = 1): Entries {
  return {count: values.length / valueSize, keySize, valueSize, cpus, keys, values}
}

const plain = (held: Held, present?: number): NamedMap => ({
  name: '@m',
  map: 0,
  key: [],
  offsets: [],
  held,
  ...(present !== undefined && {present}),
})
const keyed = (held: Held): NamedMap => ({...plain(held), key: [int(8), text(8)], offsets: [0, 8]})
const message = (named: NamedMap, raw: Entries): unknown => mapMessage(named, readingOf(named, raw), context)

describe('maps', () => {
  it('have what each CPU counted, put together', () => {
    const values = packed([3, 8], [1, 8], [-5, 8], [1, 8], [99, 8], [0, 8])
    const raw = entries(packed(), values, 0, 48, 3)
    const of = (held: Held): unknown => message(plain(held, 8), raw)
    assert.deepEqual(of({kind: 'sum', signed: true}), {kind: 'map', name: '@m', entries: [['', 97]]})
    assert.deepEqual(of({kind: 'min', signed: true}), {kind: 'map', name: '@m', entries: [['', -5]]})
    assert.deepEqual(of({kind: 'max', signed: true}), {kind: 'map', name: '@m', entries: [['', 3]]})
    assert.deepEqual(of({kind: 'max', signed: false}), {
      kind: 'map',
      name: '@m',
      entries: [['', '18446744073709551611']],
    })
    assert.deepEqual(of({kind: 'stats', signed: true}), {
      kind: 'stats',
      name: '@m',
      entries: [['', {count: 2, average: 48, total: 97}]],
    })
    assert.deepEqual(of({kind: 'avg', signed: true}), {
      kind: 'stats',
      name: '@m',
      entries: [['', {average: 48}]],
    })
  })

  it('are as exact as 64 bits', () => {
    const big = entries(packed(), packed([2n ** 62n, 8], [2n ** 62n + 1n, 8]), 0, 16, 2)
    assert.deepEqual(message(plain({kind: 'sum', signed: false}), big), {
      kind: 'map',
      name: '@m',
      entries: [['', '9223372036854775809']],
    })
  })

  it('without a key are nothing before they are set', () => {
    const unset = entries(packed(), packed([0, 8], [0, 8]), 0, 16)
    const set = entries(packed(), packed([0, 8], [1, 8]), 0, 16)
    const named = plain({kind: 'value', shape: int(8)}, 8)
    assert.equal(message(named, unset), undefined)
    assert.deepEqual(message(named, set), {kind: 'map', name: '@m', entries: [['', 0]]})
  })

  it('have keys whose parts are joined with commas', () => {
    const raw = entries(packed([1, 8], ['a', 8], [-2, 8], ['b c', 8]), packed([5, 8], [6, 8]), 16, 8)
    assert.deepEqual(message(keyed({kind: 'value', shape: int(8)}), raw), {
      kind: 'map',
      name: '@m',
      entries: [
        ['1,a', 5],
        ['-2,b c', 6],
      ],
    })
  })

  it('of buckets are histograms, one for each key', () => {
    const keys = packed([1, 8], ['a', 8], [3, 8], [1, 8], ['b', 8], [0, 8], [1, 8], ['a', 8], [5, 8])
    const raw = entries(keys, packed([2, 8], [1, 8], [4, 8]), 24, 8)
    assert.deepEqual(message(keyed({kind: 'hist', bits: 0}), raw), {
      kind: 'histogram',
      name: '@m',
      series: [
        [
          '1,a',
          [
            {min: 2, max: 3, count: 2},
            {min: 4, max: 7, count: 0},
            {min: 8, max: 15, count: 4},
          ],
        ],
        ['1,b', [{max: -1, count: 1}]],
      ],
    })
  })

  it('of buckets without a key are arrays', () => {
    const raw = entries(packed(), packed([0, 8], [0, 8], [7, 8], [0, 8]), 0, 8)
    assert.deepEqual(message(plain({kind: 'lhist', min: 0n, max: 20n, step: 10n}), raw), {
      kind: 'histogram',
      name: '@m',
      series: [['', [{min: 10, max: 19, count: 7}]]],
    })
  })

  it('of a job are entries of a snapshot, stacks as addresses', () => {
    const named: NamedMap = {
      ...plain({kind: 'count'}),
      key: [{kind: 'stack', of: 'kernel', map: 4, depth: 127, form: 'raw'}, int(8, false), text(8)],
      offsets: [0, 16, 24],
    }
    const raw = entries(
      packed([7, 8], [0, 8], [2n ** 60n, 8], ['x\xe9', 8]),
      packed([2, 8], [3, 8]),
      32,
      16,
      2,
    )
    const [entry] = snapshotEntries(
      {name: '@m', key: ['stack', 'int', 'text']},
      named,
      readingOf(named, raw),
      64,
      print.stacks,
    )
    assert.equal(entry?.count, 5)
    assert.deepEqual(entry.key.slice(0, 2), [[0xffffffff81000010n, 0xffffffff81001020n], 2n ** 60n])
    assert.equal(entry.id.length, 32)
  })
})
