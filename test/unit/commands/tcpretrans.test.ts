import assert from 'node:assert/strict'
import {RowDecoder} from '#src/engine/event/rows.js'
import {select} from '#src/engine/event/select.js'
import type {Row, Value} from '#src/engine/event/row.js'
import {cell} from '#src/engine/render/table.js'
import {generateProgram} from '#src/engine/generate.js'
import {defaultFlags, loadTools} from '../../../scripts/tools.js'
import {tstrace} from '../../support/processes.js'
import {sampleContext} from '../../support/sample.js'

const tool = (await loadTools()).get('tcpretrans')
assert.ok(tool)
const {columns} = tool

/** The row made from the numbers that are sent, those not given being 0. */
function rowOf(shown: readonly string[], sent: Readonly<Record<string, Value>>): Row {
  const selection = select(columns, shown)
  const decoder = new RowDecoder(columns, selection, sampleContext)
  const row = decoder.decode([0, 1, ...selection.sent.map((name) => sent[name] ?? 0)])
  assert.ok(row)
  return decoder.complete(row)
}

const cellOf = (name: string, row: Row): string => {
  const column = columns[name]
  assert.ok(column)
  return cell(column, row[name] ?? null)
}

describe('tcpretrans', () => {
  for (const line of ['-4 -6', '--ipv6 --ipv4', '-46']) {
    it(`refuses ${line} with exit code 2`, async () => {
      const {code, stdout, stderr} = await tstrace(['tcpretrans', ...line.split(' ')]).outcome
      assert.deepEqual([code, stdout], [2, ''])
      assert.equal(stderr, 'tstrace: -4 and -6 cannot be given together\n')
    })
  }

  for (const [line, column] of [
    ['-c --columns state', 'state'],
    ['--columns remote,retransmits', 'retransmits'],
  ] as const) {
    it(`refuses ${line}, which has no such column`, async () => {
      const {code, stderr} = await tstrace(['tcpretrans', '--program', ...line.split(' ')]).outcome
      assert.equal(code, 2)
      assert.match(stderr, new RegExp(`^tstrace: --columns: there is no column '${column}' \\(there are `))
    })
  }

  it('-c sorts flows by family and count, apart by kind and error', async () => {
    const counting = tool.counting?.({count: true}, undefined)
    assert.ok(counting)
    assert.deepEqual(
      counting.maps.map(({name, key}) => [name, key.length]),
      [['@flows', 9]],
    )
    const [v4, v6] = [
      [2, 0, 0x0100007f, 33333, 0, 0, 0x0100007f, 80],
      [10, 0, 16777216, 33333, 0, 0, 16777216, 443],
    ]
    const probe = v4.with(4, 1)
    const counts: [readonly number[], number][] = [
      [[...v6, 0], 2],
      [[...v4, 0], 23],
      [[...probe, 4096], 5],
      // The local queue dropped it, and there was no memory for it.
      [[...v4, 1], 3],
      [[...v4, -105], 4],
    ]
    const entries = counts.map(([key, count]) => ({id: key.join(), key, count}))
    const collector = await counting.collect(sampleContext)
    const report = collector.report({
      ...{start: 0n, end: 1n, seconds: 1, last: true},
      ...{counts: () => entries, totals: () => entries, ever: () => entries},
    })
    const rows = report.sections.flatMap((section) => (section.kind === 'rows' ? section.rows : []))
    const shown = tool.show({count: true, lossprobe: true}, 'table')
    assert.deepEqual(tool.show({count: true}, 'table'), shown.toSpliced(1, 1))
    assert.deepEqual(
      rows.map((row) => shown.map((name) => row[name])),
      [
        ['127.0.0.1:33333', 'loss_probe', '127.0.0.1:80', 5, null],
        ['127.0.0.1:33333', 'retransmit', '127.0.0.1:80', 7, 'ENOBUFS'],
        ['127.0.0.1:33333', 'retransmit', '127.0.0.1:80', 23, null],
        ['[::1]:33333', 'retransmit', '[::1]:443', 2, null],
      ],
    )
  })

  it('names every state, without TCP_', () => {
    const names = Array.from({length: 13}, (_, index) =>
      cellOf('state', rowOf(['state'], {state_number: index + 1})),
    )
    assert.deepEqual(names, [
      ...[
        'ESTABLISHED',
        'SYN_SENT',
        'SYN_RECV',
        'FIN_WAIT1',
        'FIN_WAIT2',
        'TIME_WAIT',
        'CLOSE',
        'CLOSE_WAIT',
      ],
      ...['LAST_ACK', 'LISTEN', 'CLOSING', 'NEW_SYN_RECV', 'BOUND_INACTIVE'],
    ])
    assert.equal(cellOf('state', rowOf(['state'], {state_number: 99})), '99')
  })

  it('says how sending went: not known, sent, an error, dropped by the local queue', () => {
    const shown = ['state', 'errno', 'error']
    for (const [result, errno, error, state] of [
      [4096, null, null, 'SYN_SENT'],
      [0, 0, null, 'SYN_SENT'],
      [-101, 101, 'ENETUNREACH', 'SYN_SENT/ENETUNREACH'],
      [1, 105, 'ENOBUFS', 'SYN_SENT/ENOBUFS'],
    ] as const) {
      const row = rowOf(shown, {state_number: 2, result})
      assert.deepEqual([row['errno'], row['error']], [errno, error])
      assert.equal(cellOf('state', row), state)
      assert.equal(columns['state']?.json?.(row['state'] ?? null), 'SYN_SENT')
    }
  })

  it('says what was sent again', () => {
    const kinds = [0, 1, 2].map((kind_number) => rowOf(['kind'], {kind_number}))
    assert.deepEqual(
      kinds.map((row) => [row['kind'], cellOf('kind', row)]),
      [
        ['retransmit', 'R>'],
        ['loss_probe', 'L>'],
        ['syn_ack', 'S>'],
      ],
    )
  })

  it('leaves nothing out for the process that happens to run', () => {
    const flags = defaultFlags(tool)
    for (const source of tool.sources) {
      const program = generateProgram(tool, source, {
        flags,
        selection: select(columns, tool.show(flags, 'table')),
        includeSelf: false,
        tracesCommand: true,
      })
      assert.doesNotMatch(program, /\$\d|pid ==|pid !=/)
    }
  })

  it('has no --include-self, as no event is its own', async () => {
    const {code, stderr} = await tstrace(['tcpretrans', '--include-self']).outcome
    assert.equal(code, 2)
    assert.match(stderr, /include-self/)
  })
})
