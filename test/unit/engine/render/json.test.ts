import assert from 'node:assert/strict'
import {time} from '#src/engine/event/columns.js'
import {computed, int, text} from '#src/engine/event/column.js'
import type {Value} from '#src/engine/event/row.js'
import {OddText, TextList} from '#src/engine/event/text.js'
import {bt} from '#src/engine/program/bt.js'
import {jsonRenderer} from '#src/engine/render/json.js'

describe('jsonRenderer', () => {
  const json = jsonRenderer([
    ['time', time],
    ['pid', int(bt`pid`, 6, 'Process.')],
    ['names', computed([], () => [], 6, 'Names.')],
    ['path', text(bt`str($path)`, 8, 'Path.')],
  ])
  const path = (value: Value): string =>
    json.row({time_ns: 1, time: 1n, pid: 5, names: ['a', 'b'], path: value}).replace(/^.*"path":/, '')

  it('says at the start what runs', () => {
    const start = {
      tool: 'opensnoop',
      version: '0.1.0',
      kernel: '6.1',
      engine: 'bpftrace 0.23.2',
      source: 'kprobe',
    }
    assert.equal(
      json.begin({...start, time: 1_000_000_000_000_000_001n}),
      '{"type":"start","schema":1,"tool":"opensnoop","version":"0.1.0","kernel":"6.1","engine":"bpftrace 0.23.2","source":"kprobe","time":"2001-09-09T01:46:40.000000001Z"}\n',
    )
  })

  it('has typed values in the order of the columns', () => {
    assert.equal(
      json.row({path: '/a', time_ns: 1, names: ['x', 'y'], pid: 2n ** 60n, time: 1_000_000_000_000_000_001n}),
      '{"type":"event","time":"2001-09-09T01:46:40.000000001Z","pid":"1152921504606846976","names":["x","y"],"path":"/a"}\n',
    )
  })

  it('has null where there is no value', () => {
    assert.equal(path(null), 'null}\n')
    assert.equal(json.row({time_ns: 1, time: 1n}).includes('"pid":null,"names":null,"path":null'), true)
  })

  it('has bytes that are not UTF-8 a second time in base64', () => {
    assert.equal(
      path(new OddText(Buffer.from('a\xff', 'latin1'), false)),
      '"a\\\\xff","path_base64":"Yf8="}\n',
    )
  })

  it('says when a text was cut', () => {
    assert.equal(path(new OddText(Buffer.from('abc'), true)), '"abc","path_cut":true}\n')
    assert.equal(
      path(new OddText(Buffer.from('a\xff', 'latin1'), true)),
      '"a\\\\xff","path_base64":"Yf8=","path_cut":true}\n',
    )
  })

  it('has a list of texts as a list, the whole of it in base64 where one text needs it', () => {
    const odd = new OddText(Buffer.from([0xff]), false)
    assert.equal(path(new TextList(['a b', ''], false)), '["a b",""]}\n')
    assert.equal(path(new TextList(['a'], true)), '["a"],"path_cut":true}\n')
    assert.equal(path(new TextList(['a', odd], false)), '["a","\\\\xff"],"path_base64":["YQ==","/w=="]}\n')
    assert.equal(path(new TextList([new OddText(Buffer.from('a'), true)], false)), '["a"],"path_cut":true}\n')
  })

  it('escapes what some readers take for the end of a line, or a terminal for a command', () => {
    assert.equal(
      path('a\n\x1b\x7f\x85\x9b\u2028\u2029é'),
      '"a\\n\\u001b\\u007f\\u0085\\u009b\\u2028\\u2029é"}\n',
    )
  })

  it('says what was lost, what is wrong, and how it ended', () => {
    assert.equal(json.notice({kind: 'lost', events: 3}), '{"type":"lost","events":3}\n')
    assert.equal(json.notice({kind: 'warning', text: 'a "b"'}), '{"type":"warning","message":"a \\"b\\""}\n')
    assert.equal(
      json.end({reason: 'limit', events: 1, lost: 2, cut: 3}),
      '{"type":"end","reason":"limit","events":1,"lost":2,"cut":3}\n',
    )
  })
})
