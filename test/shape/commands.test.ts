import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {commandsPath, renderCommands} from '../../scripts/commands.js'
import {root} from '../../scripts/root.js'

describe("the list of command lines of BCC's documents", () => {
  it('is up to date', () => {
    assert.equal(
      readFileSync(join(root, commandsPath), 'utf8'),
      renderCommands(),
      '`npm run pages` writes it',
    )
  })
})
