import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {root} from '../../scripts/root.js'
import {renderScripts, scriptsPath} from '../../scripts/scripts.js'
import {comparisons} from '../differential/scripts.js'
import {scripts} from '../scripts.js'

describe('the list of scripts of bpftrace', () => {
  it('is up to date', () => {
    assert.equal(readFileSync(join(root, scriptsPath), 'utf8'), renderScripts(), '`npm run pages` writes it')
  })

  it('has all that are compared, which are there', () => {
    const compared = Object.keys(comparisons)
    assert.deepEqual(
      compared.filter((name) => !(name in scripts)),
      [],
    )
  })
})
