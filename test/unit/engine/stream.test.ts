import assert from 'node:assert/strict'
import type {Message} from '#src/engine/backend/backend.js'
import type {Keep} from '#src/engine/definition.js'
import type {Value} from '#src/engine/event/row.js'
import {RowDecoder} from '#src/engine/event/rows.js'
import {select} from '#src/engine/event/select.js'
import {OddText} from '#src/engine/event/text.js'
import {rendererFor} from '#src/engine/render/renderers.js'
import {Stream} from '#src/engine/stream.js'
import {Words} from '#src/engine/words.js'
import {sampleColumns, sampleContext} from '../../support/sample.js'
import {stderrOf} from '../../support/stderr.js'

const row = (time: number, pid: number, path: Value = '/a'): Message => ({
  kind: 'row',
  values: [0, time, pid, path],
})
const ready: Message = {kind: 'ready'}
const sent = (count: number): Message => ({kind: 'map', name: '@sent', entries: [['', count]]})
const shown = ['pid', 'path']
const runStart = {
  tool: 'sample',
  version: '0.1.0',
  kernel: '6.1',
  engine: 'bpftrace 0.23.2',
  source: 'kprobe',
  time: 0n,
}

interface Options {
  readonly format?: 'table' | 'json'
  readonly keep?: Keep
  readonly limit?: number
  readonly quiet?: boolean
  readonly columns?: readonly string[]
}

interface Run {
  readonly stream: Stream
  readonly calls: string[]
}

function streamOf({format = 'table', keep, limit, quiet = false, columns = shown}: Options = {}): Run {
  const calls: string[] = []
  const stream = new Stream({
    decoder: new RowDecoder(sampleColumns, select(sampleColumns, columns, keep?.reads), sampleContext),
    renderer: rendererFor(format, columns, sampleColumns),
    keep,
    limit,
    words: new Words({quiet, verbose: false}),
    start: () => runStart,
    onBegin: () => calls.push('begin'),
    onLimit: () => calls.push('limit'),
  })
  return {stream, calls}
}

describe('Stream', () => {
  it('shows rows after one header, and calls back when it begins', () => {
    const {stream, calls} = streamOf()
    for (const message of [ready, row(1, 5), ready, row(2, 6, '/b')]) stream.take(message)
    assert.equal(stream.takeText(), 'PID    PATH\n5      /a\n6      /b\n')
    assert.equal(stream.takeText(), '')
    assert.deepEqual(calls, ['begin'])
    assert.deepEqual(stream.finish('interrupt', true), {reason: 'interrupt', events: 2, lost: 0, cut: 0})
    assert.equal(stream.takeText(), '')
  })

  it('begins with the first row where that overtakes the news', () => {
    const {stream, calls} = streamOf()
    for (const message of [row(1, 5), ready]) stream.take(message)
    assert.equal(stream.takeText(), 'PID    PATH\n5      /a\n')
    assert.deepEqual(calls, ['begin'])
  })

  it('has a record for the start and the end in JSON', () => {
    const {stream} = streamOf({format: 'json'})
    stream.take(ready)
    stream.take(row(1, 5, new OddText(Buffer.from('/a'), true)))
    stream.finish('duration', true)
    assert.equal(
      stream.takeText(),
      [
        '{"type":"start","schema":1,"tool":"sample","version":"0.1.0","kernel":"6.1","engine":"bpftrace 0.23.2","source":"kprobe","time":"1970-01-01T00:00:00.000000000Z"}',
        '{"type":"event","pid":5,"path":"/a","path_cut":true}',
        '{"type":"end","reason":"duration","events":1,"lost":0,"cut":1}',
        '',
      ].join('\n'),
    )
  })

  it('has nothing to show of a run that never began', () => {
    const {stream, calls} = streamOf({format: 'json'})
    assert.deepEqual(stream.finish('interrupt', true), {reason: 'interrupt', events: 0, lost: 0, cut: 0})
    assert.equal(stream.takeText(), '')
    assert.deepEqual(calls, [])
  })

  it('says which events and stacks were missed, and counts events at the end', async () => {
    const {stream} = streamOf({format: 'json', quiet: true})
    const missed: Message = {kind: 'missed', stacks: 1, hint: ''}
    const words = await stderrOf(() => {
      for (const message of [ready, row(1, 5), missed, missed]) stream.take(message)
      for (const events of [20, 3]) stream.take({kind: 'unseen', events})
      assert.deepEqual(stream.finish('interrupt', true), {
        ...{reason: 'interrupt', events: 1, lost: 0, cut: 0},
        missed: 23,
      })
    })
    const why =
      'counted before any filter: another probe was at work on their CPU, or too many calls were under way'
    const said = [
      `missed 20 events, ${why}`,
      `missed 3 events, ${why}`,
      '2 stack traces could not be displayed',
    ]
    assert.deepEqual(words.trimEnd().split('\n'), [
      ...said.map((text) => `tstrace: ${text}`),
      'tstrace: 1 events shown, 0 lost, 0 with a text that was cut, 23 missed before any filter',
    ])
    const text = stream.takeText() as string
    const warnings = text.split('\n').filter((line) => line.includes('"type":"warning"'))
    assert.deepEqual(
      warnings.map((line) => (JSON.parse(line) as {message: string}).message),
      said,
    )
    assert.match(text, /"type":"end","reason":"interrupt","events":1,"lost":0,"cut":0,"missed":23\}\n$/)
  })

  it('ends at the limit, exactly', () => {
    const {stream, calls} = streamOf({limit: 2})
    for (const message of [ready, row(1, 5), row(2, 6), row(3, 7), row(4, 8)]) stream.take(message)
    assert.equal(stream.takeText(), 'PID    PATH\n5      /a\n6      /a\n')
    assert.deepEqual(calls, ['begin', 'limit'])
    assert.equal(stream.finish('limit', true).events, 2)
  })

  it('keeps what the filter lets pass, and counts no other', async () => {
    const keep = {reads: ['double'], test: (row: Readonly<Record<string, Value>>) => Number(row['pid']) > 5}
    const {stream, calls} = streamOf({keep, limit: 1})
    const words = await stderrOf(() => {
      for (const [pid, size] of [
        [5, 1],
        [6, 1],
      ])
        stream.take({kind: 'row', values: [0, 1, pid ?? 0, size ?? 0, '/a']})
      assert.equal(stream.finish('limit', true).events, 1)
    })
    assert.equal(stream.takeText(), 'PID    PATH\n6      /a\n')
    assert.deepEqual(calls, ['begin', 'limit'])
    assert.equal(words, '')
  })

  it('says how many events there were where none passed the filter', async () => {
    const {stream} = streamOf({keep: {reads: [], test: () => false}})
    const words = await stderrOf(() => {
      for (const message of [ready, row(1, 5), row(2, 6)]) stream.take(message)
      assert.equal(stream.finish('interrupt', true).events, 0)
    })
    assert.equal(stream.takeText(), 'PID    PATH\n')
    assert.equal(words, 'tstrace: no event passed the filters; 2 came before them\n')
  })

  it('shows nothing of what happened after the end', () => {
    const {stream} = streamOf()
    stream.take(row(10, 5))
    stream.endsAt = 10
    stream.take(row(11, 6))
    stream.take(row(10, 7))
    assert.equal(stream.takeText(), 'PID    PATH\n5      /a\n7      /a\n')
    assert.equal(stream.finish('duration', true).events, 2)
  })

  describe('losses', () => {
    const hint = 'HINT: filter more, show fewer columns, or raise --buffer-pages\n'
    const lost = (events: number): string =>
      `tstrace: lost ${events} events: they came faster than they could be taken\n`

    const summary = (events: number, lost: number): string =>
      `tstrace: ${events} events shown, ${lost} lost, 0 with a text that was cut\n`

    it('are said when they happen, in the data, and in the summary', async () => {
      const {stream} = streamOf({format: 'json', quiet: true})
      const words = await stderrOf(() => {
        stream.take(ready)
        stream.take({kind: 'lost', events: 7})
        stream.takeText()
        stream.take({kind: 'lost', events: 4})
        assert.equal(stream.finish('interrupt', true).lost, 11)
      })
      assert.equal(words, lost(7) + hint + lost(4) + summary(0, 11))
      assert.equal(
        stream.takeText(),
        '{"type":"lost","events":4}\n{"type":"end","reason":"interrupt","events":0,"lost":11,"cut":0}\n',
      )
    })

    it('are found by counting where nobody says them', async () => {
      const {stream} = streamOf()
      const words = await stderrOf(() => {
        for (const message of [ready, row(1, 5), row(2, 5), sent(9)]) stream.take(message)
        assert.equal(stream.finish('interrupt', true).lost, 7)
      })
      assert.equal(words, lost(7) + hint + summary(2, 7))
    })

    it('are not found in what the end threw away', () => {
      const late = streamOf()
      for (const message of [ready, row(1, 5)]) late.stream.take(message)
      late.stream.endsAt = 1
      for (const message of [row(2, 5), sent(3)]) late.stream.take(message)
      assert.equal(late.stream.finish('interrupt', false).lost, 0)
    })

    it('are not found in pieces that the end threw away', () => {
      const {stream} = streamOf({columns: ['full']})
      const piece: Message = {kind: 'row', values: [1, 2, 7, 'a']}
      stream.take(ready)
      stream.endsAt = 1
      for (const message of [piece, piece, piece, sent(6)]) stream.take(message)
      assert.equal(stream.finish('interrupt', false).lost, 0)
    })

    it('are found where more is missing than the end can have thrown away', async () => {
      const {stream} = streamOf()
      await stderrOf(() => {
        for (const message of [ready, row(1, 5)]) stream.take(message)
        stream.endsAt = 1
        for (const message of [row(2, 5), sent(9)]) stream.take(message)
        assert.equal(stream.finish('interrupt', false).lost, 7)
      })
    })

    it('are found where the end threw nothing away', async () => {
      const {stream} = streamOf()
      await stderrOf(() => {
        for (const message of [ready, row(1, 5), sent(9)]) stream.take(message)
        assert.equal(stream.finish('interrupt', false).lost, 8)
      })
    })
  })

  it('says each trouble once, on stderr and in the data', async () => {
    const {stream} = streamOf({format: 'json'})
    const words = await stderrOf(() => {
      stream.take(ready)
      stream.takeText()
      for (const text of ['a map is full', 'a map is full', 'other']) stream.take({kind: 'trouble', text})
    })
    assert.equal(words, 'tstrace: a map is full\ntstrace: other\n')
    assert.equal(
      stream.takeText(),
      '{"type":"warning","message":"a map is full"}\n{"type":"warning","message":"other"}\n',
    )
  })

  it('says no warnings on stderr when it is to be quiet', async () => {
    const {stream} = streamOf({quiet: true, format: 'json'})
    const words = await stderrOf(() => stream.take({kind: 'trouble', text: 'a map is full'}))
    assert.equal(words, '')
    assert.equal(stream.takeText(), '{"type":"warning","message":"a map is full"}\n')
  })

  it('shows nothing of other messages', () => {
    const {stream} = streamOf()
    stream.take({kind: 'text', text: 'x'})
    stream.take({kind: 'map', name: '@other', entries: [['', 5]]})
    stream.take({kind: 'histogram', name: '@h', series: []})
    stream.take({kind: 'stats', name: '@s', entries: []})
    assert.equal(stream.takeText(), '')
    assert.equal(stream.finish('interrupt', true).lost, 0)
  })
})
