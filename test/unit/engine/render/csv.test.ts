import assert from 'node:assert/strict'
import {int, text} from '#src/engine/event/column.js'
import {OddText} from '#src/engine/event/text.js'
import {bt} from '#src/engine/program/bt.js'
import {csvRenderer} from '#src/engine/render/csv.js'

describe('csvRenderer', () => {
  const csv = csvRenderer([
    ['pid', int(bt`pid`, 6, 'Process.', {header: 'TGID'})],
    ['path', text(bt`str($path)`, 8, 'Path.')],
  ])
  const row = (path: string | OddText | null): string => csv.row({time_ns: 1, pid: 5, path})

  it('begins with the names of the columns', () => {
    const start = {tool: 't', version: '1', kernel: 'k', engine: 'e', source: 's', time: 0n}
    assert.equal(csv.begin(start), 'pid,path\n')
  })

  it('quotes what needs it', () => {
    assert.equal(row('/plain'), '5,/plain\n')
    assert.equal(row('a,b'), '5,"a,b"\n')
    assert.equal(row('say "hi"'), '5,"say ""hi"""\n')
    assert.equal(row(' a'), '5," a"\n')
    assert.equal(row('a '), '5,"a "\n')
    assert.equal(row(''), '5,\n')
    assert.equal(row(null), '5,-\n')
  })

  it('keeps an event on one line', () => {
    assert.equal(row('a\r\n"b"\x1b'), '5,"a\\r\\n""b""\\x1b"\n')
    assert.equal(row(new OddText(Buffer.from([0x61, 0xff]), true)), '5,a\\xff...\n')
  })

  it('has no lines but records', () => {
    assert.equal(csv.notice({kind: 'lost', events: 3}), '')
    assert.equal(csv.end({reason: 'limit', events: 1, lost: 3, cut: 0}), '')
  })
})
