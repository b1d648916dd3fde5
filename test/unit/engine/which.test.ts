import assert from 'node:assert/strict'
import {chmodSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {isExecutable, which} from '#src/engine/which.js'
import {setEnvironment, temporaryFolder} from '../../support/temporary.js'

describe('which', () => {
  const folder = temporaryFolder()
  const [first, second] = [join(folder.path, 'first'), join(folder.path, 'second')]
  let restore: () => void
  before(() => {
    for (const path of [first, second]) mkdirSync(path)
    const file = (path: string, mode: number): void => {
      writeFileSync(path, '#!/bin/sh\n')
      chmodSync(path, mode)
    }
    file(join(first, 'data'), 0o644)
    file(join(second, 'data'), 0o755)
    file(join(second, 'tool'), 0o755)
    mkdirSync(join(first, 'tool'))
    symlinkSync(join(second, 'tool'), join(first, 'link'))
    symlinkSync('/no/such/file', join(first, 'broken'))
    restore = setEnvironment({PATH: `:.:relative:/no/such/folder:${first}:${second}`})
  })
  after(() => {
    restore()
    folder.remove()
  })

  it('finds the first program of that name, past folders and files that cannot be run', () => {
    assert.equal(which('tool'), join(second, 'tool'))
    assert.equal(which('data'), join(second, 'data'))
    assert.equal(which('link'), join(first, 'link'))
  })

  it('finds nothing otherwise', () => {
    for (const name of ['missing', 'broken', '']) assert.equal(which(name), undefined, name)
  })

  it('does not look into relative folders', () => {
    const undo = setEnvironment({PATH: `.:${join('..', 'second')}`})
    const before = process.cwd()
    process.chdir(second)
    try {
      assert.equal(which('tool'), undefined)
    } finally {
      process.chdir(before)
      undo()
    }
  })

  it('takes a path as it is', () => {
    assert.equal(which(join(second, 'tool')), join(second, 'tool'))
    assert.equal(which(join(first, 'data')), undefined)
    assert.equal(which(join(first, 'tool')), undefined)
  })

  it('finds nothing without a PATH', () => {
    const undo = setEnvironment({PATH: undefined})
    assert.equal(which('tool'), undefined)
    undo()
  })

  it('knows what can be run', () => {
    assert.deepEqual(
      ['tool', 'data', 'link', 'broken', 'missing'].map((name) => isExecutable(join(first, name))),
      [false, false, true, false, false],
    )
  })
})
