import assert from 'node:assert/strict'
import sinon from 'sinon'
import type {Message} from '#src/engine/backend/backend.js'
import type {Collector} from '#src/engine/definition.js'
import {reported} from '#src/engine/event/column.js'
import type {Value} from '#src/engine/event/row.js'
import {rendererFor} from '#src/engine/render/renderers.js'
import {Reporter} from '#src/engine/reporter.js'
import {Words} from '#src/engine/words.js'
import {stderrOf} from '../../support/stderr.js'

const second = 1_000_000_000n
const columns = {key: reported(6, 'Key.'), count: reported(6, 'Count.', {align: 'right'})}
const ready: Message = {kind: 'ready'}

function snapshot(seconds: number | undefined, counts: Record<string, number>, last = false): Message {
  const entries = Object.entries(counts).map(([id, count]) => ({id, key: [id], count}))
  const time = seconds === undefined ? undefined : BigInt(seconds * 1e9)
  return {kind: 'snapshot', time, maps: new Map([['@a', entries]]), last}
}

interface Run {
  readonly reporter: Reporter
  readonly calls: string[]
  readonly sent: (readonly Value[])[]
  /** Takes messages and gives the text they make. */
  readonly take: (...messages: readonly Message[]) => string
}

describe('Reporter', () => {
  let clock: sinon.SinonFakeTimers
  let now = 0n
  beforeEach(() => {
    clock = sinon.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']})
    now = 10n * second
  })
  afterEach(() => clock.restore())

  function start({
    limit,
    format = 'table',
    ...given
  }: {limit?: number; format?: 'table' | 'json'; collector?: Collector} = {}): Run {
    const calls: string[] = []
    const sent: (readonly Value[])[] = []
    const collector: Collector = given.collector ?? {
      message: (values) => sent.push(values),
      report: (interval) => ({
        interval,
        sections: [
          {
            kind: 'rows',
            type: 'interval',
            rows: interval.counts('@a').map(({id, count}) => ({key: id, count})),
          },
        ],
      }),
      close: () => calls.push('close'),
    }
    const reporter = new Reporter({
      collector,
      renderer: rendererFor(format, ['key', 'count'], columns, 'table'),
      limit,
      words: new Words({quiet: false, verbose: false}),
      clock: {now: () => now, wallTime: (bootNs) => bootNs},
      start: () => ({tool: 't', version: '1', kernel: 'k', engine: 'e', source: 's', time: now}),
      snapshot: () => calls.push('snapshot'),
      onBegin: () => calls.push('begin'),
      onLimit: () => calls.push('limit'),
    })
    const take = (...messages: readonly Message[]): string => {
      for (const message of messages) reporter.take(message)
      return reporter.takeText()
    }
    return {reporter, calls, sent, take}
  }

  it('begins with the first snapshot, for which it asks, and reports what came after it', () => {
    const {reporter, calls, take} = start()
    assert.equal(take(ready), '')
    assert.deepEqual(calls, ['snapshot'])
    assert.equal(take(snapshot(1, {x: 100})), 'KEY     COUNT\n')
    assert.deepEqual(calls, ['snapshot', 'begin'])
    assert.equal(take(snapshot(2, {x: 103, y: 1})), 'x           3\ny           1\n')
    assert.equal(take(snapshot(3, {x: 103, y: 1})), '')
    assert.equal(take(snapshot(4, {x: 104, y: 1}, true)), 'x           1\n')
    assert.deepEqual(reporter.finish('interrupt'), {reason: 'interrupt', events: 3, lost: 0, cut: 0})
    assert.deepEqual(calls, ['snapshot', 'begin', 'close'])
    assert.equal(clock.countTimers(), 0)
  })

  it('has records with time and length, and an end, in JSON', () => {
    const {reporter, take} = start({format: 'json'})
    const text = take(ready, snapshot(1, {}), snapshot(3.5, {x: 2}, true))
    reporter.finish('duration')
    assert.deepEqual(
      (text + reporter.takeText())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)
        .slice(1),
      [
        {type: 'interval', time: '1970-01-01T00:00:03.500000000Z', seconds: 2.5, key: 'x', count: 2},
        {type: 'end', reason: 'duration', events: 1, lost: 0, cut: 0},
      ],
    )
  })

  it('says how many events were missed, and counts them at the end', async () => {
    const {reporter, take} = start({format: 'json'})
    let text = ''
    const words = await stderrOf(() => {
      text = take(ready, snapshot(1, {}), {kind: 'unseen', events: 1}, snapshot(2, {x: 1}, true))
      assert.equal(reporter.finish('interrupt').missed, 1)
      text += reporter.takeText()
    })
    const [, message] = /^tstrace: (missed 1 event, counted before any filter: .*)\n$/.exec(words) ?? []
    assert.ok(text.includes(JSON.stringify({type: 'warning', message})), words)
    assert.match(text, /"cut":0,"missed":1\}\n$/)
  })

  it('begins without a first snapshot when none comes, says so, and reports what there is at the end', async () => {
    const {calls, take} = start()
    take(ready)
    now = 12n * second
    const words = await stderrOf(() => void clock.tick(2000))
    assert.match(words, /^tstrace: the program does not answer, so its counts come at the end only/)
    assert.deepEqual(calls, ['snapshot', 'begin'])
    now = 15n * second
    assert.equal(take(snapshot(undefined, {x: 5}, true)), 'KEY     COUNT\nx           5\n')
  })

  it('counts from when the program was ready, when the run ends before the first snapshot', () => {
    const {calls, take} = start({format: 'json'})
    take(ready)
    now = 11n * second
    const text = take(snapshot(undefined, {x: 5}, true))
    assert.match(text, /"seconds":1,"key":"x","count":5\}\n$/)
    assert.deepEqual(calls, ['snapshot', 'begin'])
    assert.equal(clock.countTimers(), 0)
  })

  it('says nothing of a run that ends before it begins', () => {
    const {reporter, take} = start({format: 'json'})
    take(ready)
    assert.deepEqual(reporter.finish('error'), {reason: 'error', events: 0, lost: 0, cut: 0})
    assert.equal(reporter.takeText(), '')
    assert.equal(clock.countTimers(), 0)
  })

  it('ends at its limit; what the end brings is not shown', () => {
    const {calls, take} = start({limit: 2})
    take(ready, snapshot(1, {}), snapshot(2, {x: 1}))
    assert.equal(calls.includes('limit'), false)
    assert.equal(take(snapshot(3, {x: 2})), 'x           1\n')
    assert.equal(calls.filter((call) => call === 'limit').length, 1)
    assert.equal(take(snapshot(4, {x: 3}, true)), '')
    assert.equal(calls.filter((call) => call === 'limit').length, 1)
  })

  it('gives the collector what the program sent', () => {
    const {sent, take} = start()
    take(ready, {kind: 'row', values: [0, 17, 'a']}, snapshot(1, {}))
    assert.deepEqual(sent, [[17, 'a']])
  })

  it('says what was lost, and each trouble once', async () => {
    const {reporter, take} = start({format: 'json'})
    const words = await stderrOf(() => {
      const text = take(
        ready,
        snapshot(1, {}),
        {kind: 'lost', events: 3},
        {kind: 'trouble', text: 'a map is full'},
        {kind: 'trouble', text: 'a map is full'},
      )
      assert.match(text, /\{"type":"lost","events":3\}\n\{"type":"warning","message":"a map is full"\}\n$/)
      assert.equal(reporter.finish('limit').lost, 3)
    })
    assert.equal(
      words,
      'tstrace: lost 3 messages: they came faster than they could be taken\nHINT: raise --buffer-pages\ntstrace: a map is full\n',
    )
  })

  describe('of stacks that were missed', () => {
    const missing = async (messages: readonly Message[], missed: {noRoom: number; notKept: number}) => {
      const {reporter, take} = start({
        format: 'json',
        collector: {tellsMissed: true, report: (interval) => ({interval, sections: [], missed})},
      })
      let text = ''
      const words = await stderrOf(() => {
        text = take(ready, snapshot(1, {}), ...messages, snapshot(2, {}), snapshot(3, {}, true))
        reporter.finish('interrupt')
        text += reporter.takeText()
      })
      return {words, warnings: text.split('\n').filter((line) => line.includes('"warning"'))}
    }
    const missed: Message = {kind: 'missed', stacks: 1, hint: 'do this'}

    it('says how many, once, and what to do', async () => {
      const {words, warnings} = await missing([missed], {noRoom: 2, notKept: 3})
      assert.equal(
        words,
        'tstrace: 10 stack traces could not be displayed\nHINT: raise --stack-storage-size\n',
      )
      assert.deepEqual(warnings, ['{"type":"warning","message":"10 stack traces could not be displayed"}'])
    })

    it('says what the backend knows, also of stacks of which one half is there', async () => {
      const {words} = await missing([missed, missed, missed], {noRoom: 0, notKept: 1})
      assert.equal(words, 'tstrace: 3 stack traces could not be displayed\nHINT: do this\n')
    })

    it('says nothing if there are none, nor of a full map', async () => {
      const full: Message = {kind: 'trouble', text: 'full', mapFull: true}
      assert.deepEqual(await missing([full], {noRoom: 0, notKept: 0}), {words: '', warnings: []})
    })
  })
})
