import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {differencesPath, renderDifferences} from '../../scripts/differences.js'
import {root} from '../../scripts/root.js'

describe('the list of differences between the engines', () => {
  it('is up to date', () => {
    assert.equal(
      readFileSync(join(root, differencesPath), 'utf8'),
      renderDifferences(),
      '`npm run pages` writes it',
    )
  })
})
