import assert from 'node:assert/strict'
import type {CountedStack, StacksSection} from '#src/engine/event/report.js'
import type {Frame, StackOptions} from '#src/engine/event/stack.js'
import {textFrom} from '#src/engine/event/text.js'
import type {Format} from '#src/engine/render/formats.js'
import {rendererFor} from '#src/engine/render/renderers.js'
import {stackColumns, usualStackColumns} from '#src/engine/stacks.js'

const kernel: Frame[] = [
  {address: 0xffffffff81234567n, name: 'vfs_read', offset: 0x15, module: 'kernel', kernel: true},
  {address: 0xffffffffc0001000n, name: 'nft_do_chain', offset: 0, module: 'nf_tables', kernel: true},
]
const user: Frame[] = [
  {address: 0x7f0000001010n, name: 'read', offset: 16, module: '/usr/lib/libc.so.6', kernel: false},
  {address: 0x401000n, kernel: false},
]
const stacks: CountedStack[] = [
  {
    stack: {
      comm: 'my; tool\n',
      pid: 7,
      kernel: [],
      user: [{address: 1n, name: 'a;"b, c', offset: 0, kernel: false}],
    },
    count: 1,
  },
  {stack: {comm: '[unknown]', kernel: 'missed', user: 'missed'}, count: 2},
  {stack: {comm: textFrom(Buffer.from('x\xff', 'latin1')), pid: 42, kernel, user}, count: 30},
]

function render(
  format: Format,
  options: StackOptions = {},
  style: StacksSection['style'] = 'profile',
  columns = usualStackColumns(undefined, format),
): string {
  const renderer = rendererFor(format, columns, stackColumns, 'blocks')
  const interval = {start: 0n, end: 1_500_000_000n, seconds: 1.5}
  const start = {tool: 't', version: '1', kernel: 'k', engine: 'e', source: 's', time: 0n}
  const section: StacksSection = {kind: 'stacks', stacks, options, style}
  return (format === 'json' ? '' : renderer.begin(start)) + renderer.report({interval, sections: [section]})
}

const time = '1970-01-01T00:00:01.500000000Z'

describe('stacks', () => {
  it('are blocks in a table, as those of BCC', () => {
    assert.equal(
      render('table', {delimiter: true, annotations: true}),
      [
        ...['    a;"b, c', '    -                my; tool\\n (7)', '        1', ''],
        ...['    [Missed Kernel Stack]', '    [Missed User Stack]'],
        ...['    -                [unknown] (-)', '        2', ''],
        ...['    vfs_read_[k]', '    nft_do_chain_[k]', '    --', '    read', '    [unknown]'],
        ...['    -                x\\xff (42)', '        30', '', ''],
      ].join('\n'),
    )
    assert.equal(
      render('table', {address: true, offset: true, module: true}).split('\n').slice(9, 13).join('\n'),
      [
        '    ffffffff81234567 vfs_read+0x15 [kernel]',
        '    ffffffffc0001000 nft_do_chain+0x0 [nf_tables]',
        '    7f0000001010     read+0x10 [libc.so.6]',
        '    401000           [unknown]',
      ].join('\n'),
    )
  })

  it('have the blocks of stackcount in its style', () => {
    assert.equal(
      render('table', {}, 'stackcount').split('\n\n')[2],
      '  vfs_read\n  nft_do_chain\n  read\n  [unknown]\n    x\\xff [42]\n    30',
    )
  })

  it('are lines that can be taken apart when folded', () => {
    const text = render('folded', {delimiter: true, annotations: true, address: true})
    assert.equal(
      text,
      [
        'my:_tool\\n;a:"b, c 1',
        '[unknown];[Missed User Stack];[Missed Kernel Stack] 2',
        'x\\xff;[unknown];read;-;nft_do_chain_[k];vfs_read_[k] 30',
        '',
      ].join('\n'),
    )
  })

  it('have typed frames in JSON, from the innermost outwards, and null for what was missed', () => {
    const records = render('json').trimEnd().split('\n')
    assert.deepEqual(
      records.map((line) => JSON.parse(line) as unknown),
      [
        {
          ...{type: 'stack', time, seconds: 1.5, pid: 7, comm: 'my; tool\n', kernel: []},
          user: [{function: 'a;"b, c', offset: 0, address: '0x1'}],
          count: 1,
        },
        {type: 'stack', time, seconds: 1.5, kernel: null, user: null, count: 2},
        {
          ...{type: 'stack', time, seconds: 1.5, pid: 42, comm: 'x\\xff', comm_base64: 'eP8='},
          kernel: [
            {function: 'vfs_read', offset: 21, module: 'kernel', address: '0xffffffff81234567'},
            {function: 'nft_do_chain', offset: 0, module: 'nf_tables', address: '0xffffffffc0001000'},
          ],
          user: [
            {function: 'read', offset: 16, module: '/usr/lib/libc.so.6', address: '0x7f0000001010'},
            {function: null, address: '0x401000'},
          ],
          count: 30,
        },
      ],
    )
  })

  it('are one field in CSV', () => {
    assert.equal(
      render('csv'),
      [
        'time,seconds,pid,stack,count',
        `${time},1.5,7,"my:_tool\\n;a:""b, c",1`,
        `${time},1.5,,[unknown];[Missed User Stack];[Missed Kernel Stack],2`,
        `${time},1.5,42,x\\xff;[unknown];read;nft_do_chain;vfs_read,30`,
        '',
      ].join('\n'),
    )
  })

  it('have the fields that were chosen, in JSON and in CSV', () => {
    const csv = render('csv', {}, 'profile', ['count', 'kernel', 'user', 'comm'])
    assert.equal(
      csv,
      [
        'time,seconds,count,kernel,user,comm',
        `${time},1.5,1,,"a:""b, c",my; tool\\n`,
        `${time},1.5,2,[Missed Kernel Stack],[Missed User Stack],`,
        `${time},1.5,30,nft_do_chain;vfs_read,[unknown];read,x\\xff`,
        '',
      ].join('\n'),
    )
    const json = render('json', {}, 'profile', ['count', 'stack'])
    assert.deepEqual(JSON.parse(json.split('\n')[2] ?? ''), {
      ...{type: 'stack', time, seconds: 1.5, count: 30, stack: 'x\\xff;[unknown];read;nft_do_chain;vfs_read'},
    })
  })
})
