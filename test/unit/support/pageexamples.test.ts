import assert from 'node:assert/strict'
import {differences, examplesOf} from '../../support/pageexamples.js'

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
    assert.deepEqual(differences(['{', '  "pid": 7', '}'], ['{', '  "pid": 1,', '  "fd": 2', '}']), [])
  })

  it('finds another header, a column of another kind, another key, and no output', () => {
    assert.equal(differences(['TIME  TID COMM PATH', '01:02:03 1 cat x'], page).length, 1)
    assert.equal(differences(['TIME  PID COMM PATH', '01:02:03 cat 1 x'], page).length, 1)
    assert.equal(differences(['TIME  PID COMM PATH', 'x'], page).length, 1)
    assert.equal(differences(['{', '  "tid": 7', '}'], ['{', '  "pid": 1,', '}']).length, 1)
    assert.deepEqual(differences([''], page), ['nothing was printed'])
  })
})
