import assert from 'node:assert/strict'
import {Config} from '@oclif/core'
import {defineTool} from '#src/engine/define.js'
import {argument, countOf, type FlagTable} from '#src/engine/flag.js'
import {root} from '../../../scripts/root.js'
import {sampleTool} from '../../support/sample.js'
import {stderrOf} from '../../support/stderr.js'

const pattern = argument('What.', {value: 'PATTERN', position: 0, required: true, parse: (text) => text})
const count = argument('How often.', {value: 'COUNT', position: 1, parse: countOf})

describe('arguments of a tool', () => {
  let config: Config
  let seen: Record<string, unknown> | undefined
  before(async () => (config = await Config.load(root)))
  afterEach(() => {
    process.exitCode = 0
    seen = undefined
  })

  /** What the command says on stderr, and its exit code. */
  async function run(flags: FlagTable, argv: readonly string[]): Promise<[string, unknown]> {
    const command = defineTool({
      ...sampleTool,
      // In the order of their places, whatever their order here.
      flags: Object.fromEntries(Object.entries(flags).toReversed()),
      show: (values) => {
        seen = {...values}
        throw new Error('stop here')
      },
    })
    const runnable = command as unknown as {run: (argv: string[], config: Config) => Promise<void>}
    const words = await stderrOf(() => runnable.run([...argv], config))
    return [words.split('\n')[0] ?? '', process.exitCode]
  }

  it('have the names of the definition', async () => {
    await run({pattern, count}, ['vfs_*', '17', '-p', '5'])
    assert.deepEqual([seen?.['pattern'], seen?.['count'], seen?.['pid']], ['vfs_*', 17, 5])
  })

  it('may stand before, between and after flags, and may be left out', async () => {
    await run({pattern, count}, ['-p', '5', 'vfs_*', '--quiet'])
    assert.deepEqual([seen?.['pattern'], seen?.['count'], seen?.['quiet']], ['vfs_*', undefined, true])
  })

  it('are refused when they are missing, wrong or too many', async () => {
    assert.deepEqual(await run({pattern, count}, []), ['tstrace: PATTERN is missing', 2])
    assert.deepEqual(await run({pattern, count}, ['a', 'b']), [
      "tstrace: COUNT: 'b' is not a count (a whole number from 0)",
      2,
    ])
    assert.deepEqual(await run({pattern, count}, ['a', '1', 'c']), ["tstrace: unexpected argument 'c'", 2])
    assert.deepEqual(await run({}, ['a']), ["tstrace: unexpected argument 'a'", 2])
    assert.equal(seen, undefined)
  })

  it('are not read from what follows --', async () => {
    await run({pattern, count}, ['a', '--', 'cat', '3'])
    assert.deepEqual([seen?.['pattern'], seen?.['count']], ['a', undefined])
  })
})
