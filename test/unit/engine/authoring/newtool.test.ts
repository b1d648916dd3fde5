import assert from 'node:assert/strict'
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {tstrace} from '../../../support/processes.js'
import {temporaryFolder} from '../../../support/temporary.js'

describe('new-tool', () => {
  let folder: string
  let remove: () => void
  beforeEach(() => ({path: folder, remove} = temporaryFolder()))
  afterEach(() => remove())

  const run = async (args: readonly string[], cwd = folder) => {
    const {code, stdout, stderr} = await tstrace(['new-tool', ...args], {cwd}).outcome
    return {code, stdout, stderr}
  }
  const ownFiles = (name: string): string[] => [
    `src/commands/${name}.ts`,
    `man/${name}.8.md`,
    `test/${name}.test.js`,
    `test/${name}.bt`,
  ]

  it('adds a tool to a plugin, from any folder in it, and changes nothing that is there', async () => {
    assert.equal((await run(['first'])).code, 0)
    const before = readFileSync(join(folder, 'package.json'), 'utf8')
    const first = readFileSync(join(folder, 'src', 'commands', 'first.ts'), 'utf8')
    assert.deepEqual(await run(['second'], join(folder, 'src', 'commands')), {
      code: 0,
      stdout: ownFiles('second')
        .map((file) => `${file}\n`)
        .join(''),
      stderr: 'Each TODO in them is for you; next: npm test\n',
    })
    for (const file of ownFiles('second')) assert.ok(existsSync(join(folder, file)), file)
    assert.match(readFileSync(join(folder, 'src', 'commands', 'second.ts'), 'utf8'), /from 'tstrace\/tool'/)
    assert.equal(readFileSync(join(folder, 'package.json'), 'utf8'), before)
    assert.equal(readFileSync(join(folder, 'src', 'commands', 'first.ts'), 'utf8'), first)
  })

  it('writes over no file, and then writes none', async () => {
    await run(['first'])
    mkdirSync(join(folder, 'test'), {recursive: true})
    writeFileSync(join(folder, 'test', 'second.bt'), 'mine')
    const {code, stdout, stderr} = await run(['second'])
    assert.deepEqual([code, stdout], [2, ''])
    assert.equal(stderr, `tstrace: ${join(folder, 'test', 'second.bt')} is there already\n`)
    assert.ok(!existsSync(join(folder, 'src', 'commands', 'second.ts')))
    assert.equal(readFileSync(join(folder, 'test', 'second.bt'), 'utf8'), 'mine')
  })

  it('makes nothing in a folder of something else', async () => {
    writeFileSync(join(folder, 'package.json'), '{"name": "other"}')
    const {code, stdout, stderr} = await run(['first'])
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(
      stderr,
      /^tstrace: cannot make a tool in .*: it is neither empty, nor a plugin, nor the repository/,
    )
    assert.match(
      stderr,
      /\nHINT: make a folder for the plugin: mkdir tstrace-plugin-NAME && cd tstrace-plugin-NAME\n$/,
    )
    assert.deepEqual(readdirSync(folder), ['package.json'])
  })

  for (const [args, says] of [
    [['opensnoop'], /^tstrace: tstrace has a command 'opensnoop'\nHINT: `tstrace list` lists the tools\n$/],
    [['New_Tool'], /^tstrace: 'New_Tool' is no name for a tool \(lower-case letters/],
    [['../up'], /^tstrace: '\.\.\/up' is no name for a tool/],
    [[], /^tstrace: .*\bname\b/i],
  ] as const) {
    it(`refuses ${args.join(' ') || 'no name'}`, async () => {
      const {code, stdout, stderr} = await run(args)
      assert.deepEqual([code, stdout], [2, ''], stderr)
      assert.match(stderr, says)
      assert.deepEqual(readdirSync(folder), [])
    })
  }
})
