import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {root} from '#src/engine/root.js'

/** The files of dist/ that are loaded with one, without the hashes in their names. */
function loadedWith(entry: string, found = new Set<string>()): Set<string> {
  if (found.has(entry)) return found
  found.add(entry)
  for (const [, from = ''] of readFileSync(entry, 'utf8').matchAll(
    /^(?:import|export)\b.*?"(\.[^"\n]+)";$/gm,
  ))
    loadedWith(join(dirname(entry), from), found)
  return found
}

function large(file: string): string[] {
  const chunks = [...loadedWith(join(root, 'dist', file))].filter((path) => path.includes('/chunks/'))
  return chunks.map((path) => basename(path).replace(/-.{8}\.js$/, '')).sort()
}

describe('dist/', () => {
  it('has what a TAB loads apart from all else', () => {
    assert.deepEqual(large('engine/complete/main.js'), ['tab'])
  })

  it('has a tool in few files, and what runs it not among them', () => {
    assert.deepEqual(large('commands/opensnoop.js'), ['common', 'names', 'oclif', 'rolldown-runtime', 'tab'])
  })
})
