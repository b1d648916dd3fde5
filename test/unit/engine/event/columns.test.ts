import assert from 'node:assert/strict'
import * as columns from '#src/engine/event/columns.js'
import type {Row, Value} from '#src/engine/event/row.js'
import {sampleContext} from '../../../support/sample.js'
import {setEnvironment} from '../../../support/temporary.js'

const compute = (name: 'time' | 'timeNs' | 'elapsed' | 'user' | 'error', row: Row): Value =>
  columns[name].compute?.(row, sampleContext) ?? null

describe('shared columns', () => {
  it('time is wall time: local in a table, UTC with nanoseconds in JSON', () => {
    const value = compute('time', {time_ns: 1})
    assert.equal(value, 1_000_000_000_000_000_001n)
    assert.equal(columns.time.json?.(value), '2001-09-09T01:46:40.000000001Z')
    const restore = setEnvironment({TZ: 'UTC'})
    assert.equal(columns.time.cell?.(value), '01:46:40')
    restore()
    assert.equal(compute('time', {time_ns: 2n ** 60n}), 1_000_000_000_000_000_000n + 2n ** 60n)
  })

  it('time_ns is as the kernel counts', () => {
    assert.equal(compute('timeNs', {time_ns: 17}), 17)
    assert.equal(compute('timeNs', {time_ns: 2n ** 60n}), 2n ** 60n)
  })

  it('elapsed is seconds since the beginning, thousandths in a table', () => {
    assert.equal(compute('elapsed', {time_ns: 1_234_567_890}), 1.23456789)
    assert.equal(columns.elapsed.cell?.(1.2345678), '1.235')
    assert.equal(columns.elapsed.cell(0), '0.000')
  })

  it('user and error are names of numbers', () => {
    assert.equal(compute('user', {uid: 7}), 'seven')
    assert.equal(compute('user', {uid: 8}), null)
    assert.equal(compute('error', {errno: 2}), 'ENOENT')
    assert.equal(compute('error', {errno: 0}), null)
  })

  it('have widths and sides of BCC', () => {
    const layout = Object.fromEntries(
      Object.entries(columns).map(([name, {width, align, sent}]) => [
        name,
        `${width} ${align} ${sent?.toString() ?? '-'}`,
      ]),
    )
    assert.deepEqual(layout, {
      comm: '16 left comm',
      intervalTime: '10 left -',
      elapsed: '7 left -',
      error: '10 left -',
      pid: '6 left pid',
      ppid: '7 left curtask->real_parent->tgid',
      tid: '6 left tid',
      time: '8 left -',
      timeNs: '16 right -',
      uid: '6 left uid',
      user: '12 left -',
    })
  })
})
