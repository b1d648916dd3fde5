import assert from 'node:assert/strict'
import {readTable} from '../../peers/table.js'

describe('a table that a peer printed', () => {
  it('begins at its header, and its last column may hold blanks or nothing', () => {
    const text = [
      'Tracing open syscalls... Hit Ctrl-C to end.',
      'TIME(s)       PID    COMM             FD ERR PATH',
      '0.000012300   181    nginx            -1   2 /nx/with blanks',
      '0.000012400   181    nginx            -1  14 ',
      '0.000012500   181    nginx            -1  14',
      '',
    ].join('\n')
    const {columns, rows} = readTable(text)
    assert.deepEqual(columns, ['TIME(s)', 'PID', 'COMM', 'FD', 'ERR', 'PATH'])
    assert.deepEqual(
      rows.map((row) => [row['TIME(s)'], row['PID'], row['ERR'], row['PATH']]),
      [
        ['0.000012300', '181', '2', '/nx/with blanks'],
        ['0.000012400', '181', '14', ''],
        ['0.000012500', '181', '14', ''],
      ],
    )
  })

  it('has a header, and rows that have its columns', () => {
    assert.throws(() => readTable('something else\n'), /no header/)
    assert.throws(() => readTable('PID COMM FD PATH\n181 nginx\n'), /4 columns expected in "181 nginx"/)
  })
})
