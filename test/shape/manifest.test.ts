import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {manifestText} from '../../scripts/manifest.js'
import {root} from '../../scripts/root.js'

describe('oclif.manifest.json', () => {
  it('is up to date with the commands', async () => {
    const written = readFileSync(join(root, 'oclif.manifest.json'), 'utf8')
    assert.equal(written, await manifestText(), 'run `npm run build`')
  })
})
