import assert from 'node:assert/strict'
import fc from 'fast-check'
import opensnoop from '#src/commands/opensnoop.js'
import type {Message} from '#src/engine/backend/backend.js'
import {toolMark} from '#src/engine/definition.js'
import type {Field} from '#src/engine/event/packed.js'
import type {RowContext} from '#src/engine/event/row.js'
import {RowDecoder} from '#src/engine/event/rows.js'
import {jsonColumns, select} from '#src/engine/event/select.js'
import type {Format} from '#src/engine/render/formats.js'
import {rendererFor} from '#src/engine/render/renderers.js'
import {rowWriter} from '#src/engine/render/rowwriter.js'
import type {RunSummary} from '#src/engine/render/renderer.js'
import {Stream} from '#src/engine/stream.js'
import {Words} from '#src/engine/words.js'
import {hostileBytes} from '../../../support/hostile.js'
import {type PackedRow, packedRows} from '../../../support/packedrows.js'

const {columns} = opensnoop[toolMark]
const table = ['pid', 'comm', 'fd', 'errno', 'path']
const json = jsonColumns(columns, table)
const room = 24

/** What a run shows of the same rows, written from their bytes or decoded. */
function shown(
  way: 'bytes' | 'values',
  format: Format,
  names: readonly string[],
  rows: readonly PackedRow[],
  {limit, endsAt = Infinity}: {limit?: number; endsAt?: number} = {},
): {text: string; summary: RunSummary; wrote: boolean} {
  const selection = select(columns, names)
  const renderer = rendererFor(format, names, columns)
  // The wall clock began at an odd moment, so that its seconds and those of the boot clock differ.
  const context: RowContext = {
    wallTime: (boot) => 1_000_000_000_123_456_789n + boot,
    sinceBegin: (boot) => boot,
    userName: (uid) => (uid % 2 === 0 ? `user "${uid}", é` : null),
  }
  let wrote = false
  const writer = (fields: readonly Field[]): ReturnType<typeof rowWriter> => {
    const made = renderer.cells && rowWriter(renderer.cells, selection, columns, fields, context)
    wrote = made !== undefined
    return made
  }
  const stream = new Stream({
    decoder: new RowDecoder(columns, selection, context),
    renderer,
    ...(way === 'bytes' && {writer}),
    keep: undefined,
    limit,
    words: new Words({quiet: true, verbose: false}),
    start: () => ({tool: 't', version: '1', kernel: 'k', engine: 'e', source: 's', time: 0n}),
    onBegin: () => {},
    onLimit: () => {},
  })
  stream.endsAt = endsAt
  const isText = selection.sent.map((name) => columns[name]?.type === 'text')
  const messages: Message[] = [
    {kind: 'ready'},
    {kind: 'rows', rows: packedRows(selection.sent, isText, rows, room)},
    {kind: 'trouble', text: 'something happened'},
    {kind: 'rows', rows: packedRows(selection.sent, isText, rows.toReversed(), room)},
  ]
  let text = ''
  for (const message of messages) {
    stream.take(message)
    text += Buffer.from(stream.takeText()).toString('latin1')
  }
  const summary = stream.finish('interrupt', true)
  return {text: text + Buffer.from(stream.takeText()).toString('latin1'), summary, wrote}
}

const plainText = fc.string({unit: 'grapheme-ascii', maxLength: room + 4}).map((text) => Buffer.from(text))
const anyText = fc.oneof(plainText, hostileBytes, fc.constantFrom(Buffer.from(''), Buffer.from(' a')))
const anyNumber = fc.oneof(
  fc.integer({min: -200, max: 200}).map(BigInt),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n), -(2n ** 53n) + 1n, 999_999_999n, 1_000_000_000n),
)
const anyTime = fc.oneof(
  fc.bigInt(0n, 5_000_000_000n),
  fc.bigInt(2n ** 52n, 2n ** 53n - 1n),
  fc.bigInt(0n, 2n ** 64n - 1n),
)
const anyRow: fc.Arbitrary<PackedRow> = fc.record({
  time: anyTime,
  numbers: fc.func(anyNumber),
  texts: fc.func(anyText),
})

describe('rowWriter', () => {
  const cases: [Format, readonly string[]][] = [
    ['json', json],
    ['json', ['path', 'user', 'flags', 'flag_names']],
    ['table', table],
    ['table', ['path', 'comm', 'time', 'time_ns', 'uid', 'user', 'flags', 'flag_names', 'error', 'fd']],
    ['csv', json],
    ['csv', ['path', 'user', 'comm', 'flags']],
  ]
  for (const [format, names] of cases) {
    it(`${format}: writes ${names.join(',')} as the renderer does, whatever is in them`, () => {
      fc.assert(
        fc.property(fc.array(anyRow, {maxLength: 4}), (rows) => {
          const bytes = shown('bytes', format, names, rows)
          const values = shown('values', format, names, rows)
          assert.equal(bytes.text, values.text)
          assert.deepEqual(bytes.summary, values.summary)
          assert.ok(bytes.wrote)
        }),
      )
    })
  }

  it('shows no row after the limit or the end, and counts no cut of one', () => {
    const row = (time: bigint): PackedRow => ({
      time,
      numbers: () => 5n,
      texts: () => Buffer.from('/a/path/that/does/not/fit/into/its/room'),
    })
    const rows = [row(1n), row(7n), row(2n), row(3n)]
    for (const options of [{limit: 3}, {endsAt: 5}, {limit: 5, endsAt: 5}]) {
      const bytes = shown('bytes', 'json', json, rows, options)
      assert.deepEqual(bytes, {...shown('values', 'json', json, rows, options), wrote: true})
      assert.equal(bytes.summary.cut, bytes.summary.events)
    }
  })

  it('is not made for a column of more than one other, nor for one that is asked for twice', () => {
    const rows: PackedRow[] = [{time: 1n, numbers: () => 5n, texts: () => Buffer.from('/a')}]
    for (const names of [['mode'], ['pid', 'pid']])
      assert.equal(shown('bytes', 'json', names, rows).wrote, false)
  })
})
