import assert from 'node:assert/strict'
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {root} from '../../scripts/root.js'
import {loadTools} from '../../scripts/tools.js'
import {goldenPrograms} from '../support/golden.js'

/** `UPDATE_GOLDEN=1` rewrites the files: look at the difference before you commit it. */
const update = process.env['UPDATE_GOLDEN'] !== undefined

for (const [name, tool] of await loadTools()) {
  const folder = join(root, 'test', 'golden', name)
  const programs = await goldenPrograms(name, tool)

  describe(`golden programs of ${name}`, () => {
    before(() => {
      if (!update) return
      rmSync(folder, {recursive: true, force: true})
      mkdirSync(folder, {recursive: true})
    })

    for (const [file, {program: text}] of programs) {
      it(file, () => {
        const path = join(folder, file)
        if (update) writeFileSync(path, text)
        assert.equal(text, readFileSync(path, 'utf8'))
      })
    }

    it('are all that there are', () => {
      assert.deepEqual(readdirSync(folder).sort(), [...programs.keys()].sort())
    })
  })
}
