import assert from 'node:assert/strict'
import {differences, examplesOf, textDifferences} from '../../support/pageexamples.js'

describe('examplesOf', () => {
  it('finds the commands and what they print', () => {
    const page =
      '## NAME\n\n```\n# tstrace no\n```\n\n## EXAMPLES\n\nText.\n\n```\n# tstrace a \\\n    -x\nA  B\n# not a command\n$ tstrace b |\n    sort\n1\n```\n\n## FIELDS\n'
    assert.deepEqual(examplesOf(page), [
      {command: 'tstrace a \\\n    -x', output: ['A  B', '# not a command']},
      {command: 'tstrace b |\n    sort', output: ['1']},
    ])
  })
})

describe('differences', () => {
  const page = ['TIME     PID    COMM  PATH', '23:12:02 16882  shop  /a b']

  it('allows other values, and fewer or more rows', () => {
    assert.deepEqual(differences(['TIME  PID COMM PATH', '01:02:03 1 cat x', '01:02:03 2 dd -'], page), [])
    assert.deepEqual(differences(['anything'], []), [])
    assert.deepEqual(
      differences(['{', '  "fd": null,', '  "pid": 7', '}'], ['{', '  "pid": 1,', '  "fd": 2', '}']),
      [],
    )
  })

  const wrong: Readonly<Record<string, readonly [page: readonly string[], actual: readonly string[]]>> = {
    'another header': [page, ['TIME  TID COMM PATH', '01:02:03 1 cat x']],
    'a column of another kind': [page, ['TIME  PID COMM PATH', '01:02:03 cat 1 x']],
    'a header without rows': [page, ['TIME  PID COMM PATH']],
    'a row that is none': [page, [...page, 'x']],
    'no output': [page, ['']],
    'rows of which one kind is missing': [
      ['PID SIG', '1  9', '1  KILL'],
      ['PID SIG', '1  9'],
    ],
    'a number in the last column': [
      ['PID SEQ', '1  9'],
      ['PID SEQ', '1  x'],
    ],
    'a key that is missing': [
      ['{', '  "pid": 1,', '  "fd": 2', '}'],
      ['{', '  "pid": 1', '}'],
    ],
    'a key that is new': [
      ['{', '  "pid": 1', '}'],
      ['{', '  "pid": 1,', '  "fd": 2', '}'],
    ],
    'JSON on a line with other types': [['{"n":5}'], ['{"n":"5"}']],
    'words after the first one': [['12 shop'], ['12 34']],
    'a histogram without buckets': [
      ['  us : count     distribution', '    0 -> 1   : 3   |@@  |'.replaceAll('@', '*')],
      ['  us : count     distribution'],
    ],
    'a histogram of something else': [['  us : count     distribution'], ['  ms : count     distribution']],
    'another label': [
      ['[01:02:03]', 'files'],
      ['[01:02:03]', 'modes'],
    ],
    'a stack without frames': [
      ['    main', '    -    shop (12)', '      3'],
      ['    -    shop (12)', '      3'],
    ],
    'frames without offsets': [
      ['    main+0x12 [shop]', '      3'],
      ['    main', '      3'],
    ],
    'a stack without a delimiter': [
      ['    read', '    --', '    main', '      3'],
      ['    read', '    main', '      3'],
    ],
    'a folded stack that is none': [['shop;main 3'], ['shop main 3']],
    'another map': [['@opens[sh]: 2'], ['@reads[sh]: 2']],
    'another key of a map': [['@[sh]: 2'], ['@[1, sh]: 2']],
  }
  for (const [what, [shown, actual]] of Object.entries(wrong)) {
    it(`finds ${what}`, () => {
      assert.deepEqual(differences(shown, shown), [])
      assert.notDeepEqual(differences(actual, shown), [])
    })
  }

  it('finds no output where the page shows none', () =>
    assert.deepEqual(differences([''], []), ['nothing was printed']))

  it('says which line is missing, and which is not on the page', () => {
    assert.deepEqual(differences(['PID COMM', '1 cat', 'x y'], ['PID COMM', '2 dd', '12:00:00']), [
      'no line as (time): 12:00:00',
      'no line of the page is as (word word): x y',
    ])
  })

  it('does not ask for frames without a name, which come by chance', () => {
    const stack = ['    main', '    [unknown]', '      3']
    assert.deepEqual(differences(['    main', '      3'], stack), [])
    assert.deepEqual(differences(stack, ['    main', '      3']), [])
  })
})

describe('textDifferences', () => {
  it('allows other numbers and spaces, and nothing else', () => {
    assert.deepEqual(textDifferences(['list   12 tools'], ['list 9  tools', '']), [])
    assert.deepEqual(textDifferences([], []), [])
    for (const other of [['list 12 pages'], ['list 12 tools', 'more'], []])
      assert.equal(textDifferences(other, ['list 9 tools']).length, 1)
  })
})
