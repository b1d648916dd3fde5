import assert from 'node:assert/strict'
import fc from 'fast-check'
import type {Row, Value} from '#src/engine/event/row.js'
import {pieceColumns, RowDecoder} from '#src/engine/event/rows.js'
import {select} from '#src/engine/event/select.js'
import {OddText} from '#src/engine/event/text.js'
import {sampleColumns, sampleContext} from '../../../support/sample.js'

function decoder(shown: readonly string[], keepReads: readonly string[] = []): RowDecoder {
  return new RowDecoder(sampleColumns, select(sampleColumns, shown, keepReads), sampleContext)
}

describe('RowDecoder', () => {
  it('names the values', () => {
    const rows = decoder(['path', 'pid', 'size'])
    assert.deepEqual(rows.decode([0, 17, 1, 2, 'p']), {time_ns: 17, pid: 1, size: 2, path: 'p'})
    assert.equal(rows.received, 1)
    assert.equal(rows.isCut, false)
  })

  it('holds numbers above 2^53 exactly, and smaller ones as numbers', () => {
    const rows = decoder(['pid', 'size', 'path'])
    const numbers = (time: Value, pid: Value, size: Value): Row | undefined =>
      rows.decode([0, time, pid, size, '12'])
    assert.deepEqual(numbers('9007199254740993', '18446744073709551615', '-9007199254740993'), {
      time_ns: 9007199254740993n,
      pid: 18446744073709551615n,
      size: -9007199254740993n,
      path: '12',
    })
    assert.deepEqual(numbers('9007199254740991', '0', '-1'), {
      time_ns: 9007199254740991,
      pid: 0,
      size: -1,
      path: '12',
    })
  })

  it('tells whether a text of the last row was cut', () => {
    const rows = decoder(['comm', 'path'])
    const cut = new OddText(Buffer.from('a'), true)
    const odd = new OddText(Buffer.from([0xff]), false)
    const isCut = (...values: Value[]): boolean => {
      rows.decode(values)
      return rows.isCut
    }
    assert.deepEqual(
      [isCut(0, 1, cut, cut), isCut(0, 1, 'a', odd), isCut(0, 1, 'a', cut)],
      [true, false, true],
    )
    assert.equal(rows.received, 3)
    const pieces = decoder(['full'])
    pieces.decode([1, 1, 1, cut])
    pieces.decode([0, 1, 1, 1, cut])
    assert.equal(pieces.isCut, true)
    pieces.decode([1, 1, 1, cut])
    pieces.decode([0, 1, 1, 1, 'a'])
    assert.equal(pieces.isCut, true)
    pieces.decode([0, 1, 1, 1, 'a'])
    assert.equal(pieces.isCut, false)
  })

  it('computes what the filter reads at once, and the rest when the row is shown', () => {
    const rows = decoder(['quadruple'], ['double'])
    const row = rows.decode([0, 1, 10])
    assert.deepEqual(row, {time_ns: 1, size: 10, double: 20})
    assert.deepEqual(rows.complete(row), {time_ns: 1, size: 10, double: 20, quadruple: 40})
  })

  it('refuses a row with too few or too many values', () => {
    const rows = decoder(['pid', 'size'])
    for (const values of [[0, 1, 2], [0, 1, 2, 3, 4], [0]]) {
      assert.throws(() => rows.decode(values), {
        name: 'RunError',
        exitCode: 1,
        message: `a row came with ${values.length} values where 4 were expected`,
      })
    }
    assert.throws(() => decoder(['full']).decode([0, 1, 2, 3]), {
      message: /^a row came with 4 values where 5 were/,
    })
  })

  it('refuses a message of a kind it does not know', () => {
    assert.throws(() => decoder(['pid']).decode([1, 2, 'x']), {message: 'a message of unknown kind 1 came'})
    assert.throws(() => decoder(['full']).decode([2, 2, 2, 'x']), {
      message: 'a message of unknown kind 2 came',
    })
    assert.throws(() => decoder(['full']).decode([1, 2, 2]), {message: 'a message of unknown kind 1 came'})
  })

  describe('puts pieces together', () => {
    const shown = ['full']
    const piece = (tid: number, text: string, time: Value = 5): Value[] => [1, time, tid, text]
    const row = (tid: number, count: number, path: string): Value[] => [0, 5, tid, count, path]

    it('by thread', () => {
      const rows = decoder(shown)
      assert.equal(rows.decode(piece(1, 'b')), undefined)
      assert.equal(rows.decode(piece(2, 'y')), undefined)
      assert.equal(rows.decode(piece(1, 'a')), undefined)
      assert.equal(rows.decode(piece(2, 'x')), undefined)
      const [two, one] = [rows.decode(row(2, 2, 'z')), rows.decode(row(1, 2, 'c'))]
      assert.deepEqual(two, {time_ns: 5, dirs: ['y', 'x'], path: 'z'})
      assert.deepEqual(one && rows.complete(one), {time_ns: 5, dirs: ['b', 'a'], path: 'c', full: '/a/b/c'})
      assert.equal(rows.received, 6)
    })

    it('none', () => {
      assert.deepEqual(decoder(shown).decode(row(1, 0, '/a')), {time_ns: 5, dirs: [], path: '/a'})
    })

    it('null where one was lost', () => {
      const rows = decoder(shown)
      rows.decode(piece(1, 'b'))
      const lost = rows.decode(row(1, 2, 'c'))
      assert.deepEqual(lost && rows.complete(lost), {time_ns: 5, dirs: null, path: 'c', full: '.../c'})
      assert.deepEqual(decoder(shown).decode(row(1, 2, 'c')), {time_ns: 5, dirs: null, path: 'c'})
    })

    it('its own, where those of a lost row are left over', () => {
      const rows = decoder(shown)
      for (const text of ['old', 'older']) rows.decode(piece(1, text, 4))
      for (const text of ['b', 'a']) rows.decode(piece(1, text))
      assert.deepEqual(rows.decode(row(1, 2, 'c')), {time_ns: 5, dirs: ['b', 'a'], path: 'c'})
      assert.deepEqual(rows.decode(row(1, 0, 'c')), {time_ns: 5, dirs: [], path: 'c'})
    })
  })

  it('never mixes up events, whatever is lost', () => {
    const event = fc.record({tid: fc.integer({min: 1, max: 4}), count: fc.integer({min: 0, max: 4})})
    fc.assert(
      fc.property(fc.array(event, {maxLength: 20}), fc.infiniteStream(fc.nat()), (events, random) => {
        const next = (): number => random.next().value as number
        const messages = interleaved(events, next)
        const kept = messages.filter(() => next() % 4 > 0)
        const rows = decoder(['full'])
        const lossy = new Set(
          messages
            .filter((message) => !kept.includes(message))
            .map(([, time, tid]) => `${Number(tid)}.${Number(time)}`),
        )
        for (const message of kept) {
          const row = rows.decode(message)
          if (row === undefined) continue
          const [tid, id] = (row['path'] as string).split('.')
          const list = row['dirs'] as string[] | null
          if (list === null) assert.ok(lossy.has(`${tid}.${id}`))
          else
            assert.deepEqual(
              list,
              Array.from({length: Number(message[3])}, (_, at) => `${tid}.${id}.${at}`),
            )
          rows.complete(row)
        }
        assert.equal(rows.received, kept.length)
      }),
      {numRuns: 500},
    )
  })
})

describe('pieceColumns', () => {
  it('are those that are sent in pieces', () => {
    assert.deepEqual(pieceColumns(sampleColumns, select(sampleColumns, ['full', 'pid'])), ['dirs'])
    assert.deepEqual(pieceColumns(sampleColumns, select(sampleColumns, ['path', 'pid'])), [])
  })
})

/** The messages of events: in order within a thread, in any order between threads. */
function interleaved(events: readonly {tid: number; count: number}[], next: () => number): Value[][] {
  const threads = new Map<number, Value[][]>()
  for (const [id, {tid, count}] of events.entries()) {
    const list = threads.get(tid) ?? []
    for (let at = 0; at < count; at++) list.push([1, id, tid, `${tid}.${id}.${at}`])
    list.push([0, id, tid, count, `${tid}.${id}`])
    threads.set(tid, list)
  }
  const messages: Value[][] = []
  for (;;) {
    const waiting = [...threads.values()].filter((list) => list.length > 0)
    if (waiting.length === 0) return messages
    messages.push(waiting[next() % waiting.length]?.shift() ?? [])
  }
}
