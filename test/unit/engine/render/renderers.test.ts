import assert from 'node:assert/strict'
import fc from 'fast-check'
import {int, text} from '#src/engine/event/column.js'
import {textFrom} from '#src/engine/event/text.js'
import {bt} from '#src/engine/program/bt.js'
import {formats} from '#src/engine/render/formats.js'
import {rendererFor} from '#src/engine/render/renderers.js'
import {hostileBytes} from '../../../support/hostile.js'

const columns = {
  comm: text(bt`comm`, 8, 'Name.'),
  pid: int(bt`pid`, 6, 'Process.'),
  path: text(bt`str($path)`, 8, 'Path.'),
}
const shown = ['comm', 'pid', 'path']

describe('rendererFor', () => {
  for (const format of formats.filter((name) => name !== 'folded')) {
    it(`${format}: an event is one line without control characters, whatever its bytes`, () => {
      const renderer = rendererFor(format, shown, columns)
      const room = fc.oneof(fc.constant(Infinity), fc.integer({min: 8, max: 40}))
      fc.assert(
        fc.property(hostileBytes, hostileBytes, room, (comm, path, bytes) => {
          const line = renderer.row({time_ns: 1, comm: textFrom(comm), pid: 17, path: textFrom(path, bytes)})
          assert.match(line, /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\n$/)
          if (format !== 'json')
            assert.doesNotMatch(line, /[\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/)
        }),
        {numRuns: 500},
      )
    })
  }

  it('json: gives the bytes back exactly', () => {
    const renderer = rendererFor('json', shown, columns)
    fc.assert(
      fc.property(hostileBytes, hostileBytes, (comm, path) => {
        const event = JSON.parse(
          renderer.row({time_ns: 1, comm: textFrom(comm), pid: 17, path: textFrom(path)}),
        ) as Record<string, unknown>
        assert.deepEqual(
          Object.keys(event).filter((key) => !key.endsWith('_base64')),
          ['type', ...shown],
        )
        for (const [name, bytes] of Object.entries({comm, path})) {
          const base64 = event[`${name}_base64`] as string | undefined
          const back =
            base64 === undefined ? Buffer.from(event[name] as string) : Buffer.from(base64, 'base64')
          assert.deepEqual(back, bytes)
        }
      }),
      {numRuns: 500},
    )
  })

  it('csv: has as many fields as columns, whatever is in them', () => {
    const renderer = rendererFor('csv', shown, columns)
    fc.assert(
      fc.property(hostileBytes, hostileBytes, (comm, path) => {
        const line = renderer.row({time_ns: 1, comm: textFrom(comm), pid: 17, path: textFrom(path)})
        const fields = [
          ...line
            .trimEnd()
            .concat(',')
            .matchAll(/("(?:[^"]|"")*"|[^",]*),/g),
        ]
        assert.equal(fields.map(([whole]) => whole).join(''), `${line.trimEnd()},`)
        assert.equal(fields.length, 3)
        assert.equal(fields[1]?.[1], '17')
      }),
      {numRuns: 500},
    )
  })

  it('takes the columns in the order asked for', () => {
    const start = {tool: 't', version: '1', kernel: 'k', engine: 'e', source: 's', time: 0n}
    const renderer = rendererFor('csv', ['pid', 'comm', 'pid'], columns)
    assert.equal(renderer.begin(start), 'pid,comm,pid\n')
    assert.equal(renderer.row({time_ns: 1, comm: 'a', pid: 2}), '2,a,2\n')
  })
})
