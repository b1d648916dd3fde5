import assert from 'node:assert/strict'
import vfsstat from '#src/commands/vfsstat.js'
import {toolMark} from '#src/engine/definition.js'
import type {Interval} from '#src/engine/event/report.js'
import {rendererFor} from '#src/engine/render/renderers.js'
import {defaultFlags} from '../../../scripts/tools.js'
import {sampleContext} from '../../support/sample.js'
import {tstrace} from '../../support/processes.js'

const tool = vfsstat[toolMark]
const countingOf = (flags: object): ReturnType<NonNullable<typeof tool.counting>> =>
  tool.counting?.({...defaultFlags(tool), ...flags}, undefined)

describe('vfsstat', () => {
  it('reports each second without an end, unless told otherwise', () => {
    assert.deepEqual(countingOf({})?.every, {seconds: 1, times: undefined})
    assert.deepEqual(countingOf({interval: 5, count: 3})?.every, {seconds: 5, times: 3})
    assert.deepEqual(countingOf({interval: 1, count: 0})?.every, {seconds: 1, times: undefined})
  })

  const wrong = {
    '0': "INTERVAL: '0' is not a time in seconds (more than 0)",
    '-1': "INTERVAL: '-1' is not a time in seconds (more than 0)",
    x: "INTERVAL: 'x' is not a time in seconds (more than 0)",
    '1 x': "COUNT: 'x' is not a count (a whole number from 0)",
    '1 -1': "COUNT: '-1' is not a count (a whole number from 0)",
    '1 2 3': "unexpected argument '3'",
    '-p 0': "--pid: '0' is not a process id",
  }
  for (const [line, message] of Object.entries(wrong)) {
    it(`${line}: exit code 2, one or two lines, nothing on stdout`, async () => {
      const {code, stdout, stderr} = await tstrace(['vfsstat', ...line.split(' ')]).outcome
      assert.deepEqual([code, stdout], [2, ''], stderr)
      assert.ok(stderr.startsWith(`tstrace: ${message}`), stderr)
      assert.ok(stderr.trimEnd().split('\n').length <= 2, stderr)
    })
  }

  it('has its arguments in the help, each once', async () => {
    const {stdout} = await tstrace(['vfsstat', '--help']).outcome
    assert.match(stdout, /^ {2}tstrace vfsstat \[FLAGS\] \[INTERVAL\] \[COUNT\] \[-- COMMAND\]$/m)
    assert.match(stdout, /^ {2}INTERVAL +Seconds/m)
    assert.match(stdout, /^ {2}COUNT +How many/m)
  })

  describe('output', () => {
    const calls: Readonly<Record<string, number>> = {
      '@read': 3,
      '@write': 123_456_789,
      '@unlink': 1_999_999_999,
    }
    // 9 September 2001, 01:46:40.5 UTC
    const interval: Interval = {
      start: 1_000_000_000_000_000_000n,
      end: 1_000_000_000_500_000_000n,
      seconds: 2,
      last: false,
      counts: (map) => (calls[map] === undefined ? [] : [{id: '[]', key: [], count: calls[map]}]),
      totals: () => [],
      ever: () => [],
    }
    async function output(format: 'table' | 'json' | 'csv', columns: readonly string[]): Promise<string> {
      const counting = countingOf({})
      assert.ok(counting !== undefined)
      const renderer = rendererFor(format, columns, tool.columns, counting.layout)
      const start = {tool: 't', version: '1', kernel: 'k', engine: 'e', source: 's', time: 0n}
      return (
        (format === 'json' ? '' : renderer.begin(start)) +
        renderer.report((await counting.collect(sampleContext)).report(interval))
      )
    }
    const shown = tool.show(defaultFlags(tool), 'table')

    it("is BCC's table: rates cut to whole numbers, wide ones push the rest to the right", async () => {
      const [header, row, rest] = (await output('table', shown)).split('\n')
      // print("%-8s  " ...) and print(" %8s" ...); then print("%-8s: " ...) and print(" %8d" ...)
      const titles = ['READ', 'WRITE', 'FSYNC', 'OPEN', 'CREATE', 'UNLINK', 'MKDIR', 'RMDIR']
      assert.equal(header, 'TIME      ' + titles.map((title) => ' ' + `${title}/s`.padStart(8)).join(''))
      const rates = ['1', '61728394', '0', '0', '0', '999999999', '0', '0']
      assert.match(row ?? '', /^\d\d:46:40: /)
      assert.equal(row?.slice(10), rates.map((rate) => ' ' + rate.padStart(8)).join(''))
      assert.equal(rest, '')
    })

    it('has rates and numbers of calls in JSON', async () => {
      const json = await output('json', ['time', 'read', 'write', 'reads', 'writes', 'fsyncs'])
      assert.equal(
        json,
        '{"type":"interval","time":"2001-09-09T01:46:40.500000000Z","seconds":2,"read":1.5,"write":61728394.5,"reads":3,"writes":123456789,"fsyncs":0}\n',
      )
    })

    it('has the time once in CSV', async () => {
      assert.equal(
        await output('csv', ['time', 'read', 'reads']),
        'time,seconds,read,reads\n2001-09-09T01:46:40.500000000Z,2,1,3\n',
      )
    })
  })
})
