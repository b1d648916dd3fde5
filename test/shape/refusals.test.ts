import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {compile} from '#src/engine/backend/embedded/compile.js'
import {UnsupportedError} from '#src/engine/backend/embedded/mistake.js'
import {refusals, refusalsPath, withRefusals} from '../../scripts/refusals.js'
import {root} from '../../scripts/root.js'
import {fixedContext} from '../support/compiling.js'

const all = [...new Set(refusals().map(({what}) => what))]
const named = (pattern: RegExp): string[] => all.flatMap((what) => pattern.exec(what)?.[1] ?? [])

describe('what the embedded engine does not have', () => {
  it('is listed in its document', () => {
    const document = readFileSync(join(root, refusalsPath), 'utf8')
    assert.equal(document, withRefusals(document), 'run `npm run pages`')
  })

  it('leaves the sections behind the list as they are', () => {
    const more = `${withRefusals(readFileSync(join(root, refusalsPath), 'utf8'))}\n## More\n\nText.\n`
    assert.equal(withRefusals(more), more)
  })

  it('has the names of functions and of kinds of probes in it', () => {
    for (const name of ['skboutput', 'tseries']) assert.ok(named(/^(\w+)\(\)$/).includes(name), name)
    assert.ok(named(/^a probe of kind (\w+)$/).includes('watchpoint'))
  })

  const value = (name: string): string => `kprobe:vfs_read { @ = ${name}(comm) }`
  const statement = (name: string): string => `kprobe:vfs_read { ${name}(comm) }`
  for (const [program, what] of [
    ...named(/^(\w+)\(\)$/).map((name) => [(name === 'override' ? statement : value)(name), `${name}()`]),
    ...named(/^a probe of kind (\w+)$/).map((kind) => [`${kind}:x:1 { }`, `a probe of kind ${kind}`]),
  ] as [string, string][]) {
    it(`is refused by name: ${program}`, () =>
      assert.throws(
        () => compile(program, fixedContext),
        (error) => {
          assert.ok(error instanceof UnsupportedError, String(error))
          assert.ok(error.message.endsWith(`: ${what} is not in this engine yet`), error.message)
          return true
        },
      ))
  }
})
