import assert from 'node:assert/strict'
import {intervalTime} from '#src/engine/event/columns.js'
import {reported} from '#src/engine/event/column.js'
import type {Report, Section} from '#src/engine/event/report.js'
import type {Format} from '#src/engine/render/formats.js'
import {rendererFor} from '#src/engine/render/renderers.js'
import type {Layout} from '#src/engine/render/renderer.js'

const columns = {
  time: intervalTime,
  name: reported(6, 'Name.'),
  count: reported(5, 'Count.', {align: 'right'}),
}
const start = {tool: 't', version: '1', kernel: 'k', engine: 'e', source: 's', time: 0n}
const interval = {start: 0n, end: 1_500_000_000n, seconds: 1.5}
const time = '1970-01-01T00:00:01.500000000Z'
const rows: Section = {
  kind: 'rows',
  type: 'count',
  rows: [
    {name: 'a', count: 3},
    {name: 'b,\n', count: 12},
  ],
}
const labelled: Section = {...rows, label: 'fd = 1\x1b', rows: [{name: 'c', count: 2n ** 60n}]}
const histogram: Section = {
  kind: 'histogram',
  label: 'ret',
  unit: 'bytes',
  buckets: [
    {min: 0n, max: 1n, count: 2},
    {min: 2n ** 60n, max: 2n ** 61n - 1n, count: 1},
  ],
}

function render(
  format: Format,
  layout: Layout,
  reports: readonly Partial<Report>[],
  shown: readonly string[] = ['name', 'count'],
): string {
  const renderer = rendererFor(format, shown, columns, layout)
  const all = reports.map((report) => renderer.report({interval, sections: [rows], ...report}))
  return (format === 'json' ? '' : renderer.begin(start)) + all.join('')
}

describe('reports', () => {
  it('go on as one table', () => {
    assert.equal(
      render('table', 'table', [{}, {sections: []}, {}]),
      'NAME   COUNT\na          3\nb,\\n      12\na          3\nb,\\n      12\n',
    )
  })

  it('are blocks with a heading, a header and labels', () => {
    const text = render('table', 'blocks', [
      {heading: '12:00:00', sections: [rows, labelled, histogram]},
      {sections: []},
    ])
    const bar = (length: number): string => `|${'*'.repeat(length).padEnd(20)}|`
    assert.equal(
      text,
      [
        '12:00:00',
        'NAME   COUNT',
        'a          3',
        'b,\\n      12',
        'fd = 1\\x1b',
        '\tNAME   COUNT',
        '\tc      1152921504606846976',
        `${' '.repeat(15)}bytes${' '.repeat(24)} : count     distribution`,
        `${'0'.padStart(20)} -> ${'1'.padEnd(20)} : 2        ${bar(20)}`,
        ` 1152921504606846976 -> 2305843009213693951  : 1        ${bar(10)}`,
        '',
      ].join('\n'),
    )
  })

  it('are records of their own types in JSON', () => {
    assert.deepEqual(
      render('json', 'blocks', [{sections: [rows, labelled, histogram]}])
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
      [
        {type: 'count', time, seconds: 1.5, name: 'a', count: 3},
        {type: 'count', time, seconds: 1.5, name: 'b,\n', count: 12},
        {type: 'count', time, seconds: 1.5, label: 'fd = 1\x1b', name: 'c', count: '1152921504606846976'},
        {
          type: 'histogram',
          time,
          seconds: 1.5,
          label: 'ret',
          unit: 'bytes',
          buckets: [
            {min: 0, max: 1, count: 2},
            {min: '1152921504606846976', max: '2305843009213693951', count: 1},
          ],
        },
      ],
    )
  })

  it('have a header in CSV whenever their fields change, and only then', () => {
    assert.equal(
      render('csv', 'blocks', [{}, {sections: [rows, labelled, histogram]}, {}]),
      [
        'time,seconds,name,count',
        `${time},1.5,a,3`,
        `${time},1.5,"b,\\n",12`,
        `${time},1.5,a,3`,
        `${time},1.5,"b,\\n",12`,
        'time,seconds,label,name,count',
        `${time},1.5,fd = 1\\x1b,c,1152921504606846976`,
        'time,seconds,label,min,max,count',
        `${time},1.5,ret,0,1,2`,
        `${time},1.5,ret,1152921504606846976,2305843009213693951,1`,
        'time,seconds,name,count',
        `${time},1.5,a,3`,
        `${time},1.5,"b,\\n",12`,
        '',
      ].join('\n'),
    )
  })

  it('have their time once in CSV', () => {
    assert.equal(
      render(
        'csv',
        'table',
        [{sections: [{...rows, rows: [{time: 1n, name: 'a', count: 3}]}]}],
        ['time', 'name'],
      ),
      `time,seconds,name\n${time},1.5,a\n`,
    )
  })
})
