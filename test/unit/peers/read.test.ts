import assert from 'node:assert/strict'
import {
  blocks,
  readDistributions,
  readFolded,
  readFunctions,
  readIntervals,
  readSamples,
  readStacks,
} from '../../peers/read.js'

describe('what counting tools print', () => {
  const table =
    'FUNC                                    COUNT\nvfs_open                                    7\n'

  it('is read as functions, those of several tables added', () => {
    const text = `Tracing 2 functions for "b'vfs_*'"... Hit Ctrl-C to end.\n\n${table}vfs_read                                   23\n\n${table}Detaching...\n`
    assert.deepEqual(readFunctions(text), {
      columns: ['FUNC', 'COUNT'],
      rows: [
        {FUNC: 'vfs_open', COUNT: '14'},
        {FUNC: 'vfs_read', COUNT: '23'},
      ],
    })
    assert.throws(
      () => readFunctions(`${table}vfs_read                                    3\n`),
      /deep-equal/,
    )
  })

  it('is read with what is above each table', () => {
    assert.deepEqual(readIntervals(`\n10:11:12\n${table}\n10:11:13\n${table}`).rows, [
      {FUNC: '\nHH:MM:SS\n', COUNT: ''},
      {FUNC: '\nHH:MM:SS\n', COUNT: ''},
      {FUNC: 'vfs_open', COUNT: '14'},
    ])
  })

  it('is read as stacks, with and without a process', () => {
    const text =
      'Tracing 1 functions for "f"... Hit Ctrl-C to end.\n\n  f\n  entry\n    --\n  main\n    a b [181]\n    7\n\n  f\n    23\n\n'
    assert.deepEqual(readStacks(text).rows, [
      {STACK: 'f\nentry\n--\nmain', PROCESS: 'a b [181]', COUNT: '7'},
      {STACK: 'f', PROCESS: '', COUNT: '23'},
    ])
  })

  it('is read as samples', () => {
    const text =
      'Sampling at 49 Hertz of all threads by user + kernel stack... Hit Ctrl-C to end.\n\n    f\n    --\n    main\n    -                a b (181)\n        7\n\n    -                c (182)\n        23\n\n'
    assert.deepEqual(readSamples(text).rows, [
      {STACK: 'f\n--\nmain', PROCESS: 'a b (181)', COUNT: '7'},
      {STACK: '', PROCESS: 'c (182)', COUNT: '23'},
    ])
  })

  it('is read as lines of whole stacks', () => {
    assert.deepEqual(readFolded('sh;main;f;-;entry;g 7\nsh 23\n').rows, [
      {STACK: ';main;f;-;entry;g', PROCESS: 'sh', COUNT: '7'},
      {STACK: '', PROCESS: 'sh', COUNT: '23'},
    ])
  })

  it('is read as tables of values and histograms, of a time that is over', () => {
    const block =
      'p:c:f(int n):int:n\n\tCOUNT      EVENT\n\t7          n = 1\n     n                   : count     distribution\n         0 -> 1          : 7        |****|\n'
    const text = `[10:11:12]\n${block}[10:11:13]\n`
    assert.deepEqual(blocks(text), [block])
    assert.deepEqual(readDistributions(block).rows, [
      {LABEL: 'p:c:f(int n):int:n', EVENT: 'n = 1', COUNT: '7'},
      {LABEL: 'n', EVENT: '         0 -> 1          : 7        |****|', COUNT: '7'},
    ])
  })
})
