import assert from 'node:assert/strict'
import {computed, int, text} from '#src/engine/event/column.js'
import {OddText} from '#src/engine/event/text.js'
import {bt} from '#src/engine/program/bt.js'
import {tableRenderer} from '#src/engine/render/table.js'

const start = {tool: 't', version: '1', kernel: 'k', engine: 'e', source: 's', time: 0n}

describe('tableRenderer', () => {
  const table = tableRenderer([
    ['pid', int(bt`pid`, 6, 'Process.', {align: 'left'})],
    ['comm', text(bt`comm`, 6, 'Name.')],
    ['errno', int(bt`$err`, 3, 'Error.', {header: 'ERR'})],
    [
      'mode',
      computed([], () => null, 4, 'Mode.', {
        cell: (value) => (value === null ? 'n/a ' : `0${Number(value)}`),
      }),
    ],
    ['path', text(bt`str($path)`, 8, 'Path.')],
  ])

  it('lines up, and does not pad the last column', () => {
    const lines = [
      table.begin(start),
      table.row({time_ns: 1, pid: 17, comm: 'cat', errno: 2, mode: null, path: '/a'}),
      table.row({
        time_ns: 1,
        pid: 4194304,
        comm: 'a\nb',
        errno: 0,
        mode: 644,
        path: new OddText(Buffer.from('/b'), true),
      }),
    ]
    assert.equal(
      lines.join(''),
      ['PID    COMM   ERR MODE PATH', '17     cat      2 n/a  /a', '4194304 a\\nb     0 0644 /b...', ''].join(
        '\n',
      ),
    )
  })

  it('never cuts a value', () => {
    assert.equal(
      table.row({time_ns: 1, pid: 1, comm: 'a-long-name', errno: 12345, mode: null, path: '/c'}),
      '1      a-long-name 12345 n/a  /c\n',
    )
  })

  it('shows what is missing as a dash', () => {
    assert.equal(table.row({time_ns: 1}), '-      -        - n/a  -\n')
  })

  it('has no words for losses and the end: they are on stderr', () => {
    assert.equal(table.notice({kind: 'lost', events: 3}), '')
    assert.equal(table.notice({kind: 'warning', text: 'x'}), '')
    assert.equal(table.end({reason: 'limit', events: 1, lost: 3, cut: 0}), '')
  })
})
