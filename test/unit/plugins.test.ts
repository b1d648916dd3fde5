import assert from 'node:assert/strict'
import {cpSync, rmSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {root as tstraceRoot} from '../../scripts/root.js'
import {PluginFolder, workingTool} from '../support/plugins.js'
import {temporaryFolder} from '../support/temporary.js'

describe('plugins', () => {
  let temporary: ReturnType<typeof temporaryFolder>
  let folder: PluginFolder
  beforeEach(() => {
    temporary = temporaryFolder()
    folder = new PluginFolder(join(temporary.path, 'data'))
  })
  afterEach(() => temporary.remove())

  const tools = async (): Promise<string[]> => {
    const {stdout} = await folder.run('list', '--json')
    return (JSON.parse(stdout) as {name: string}[]).map(({name}) => name)
  }

  it('bring tools that are among ours in list, help, completion, doctor and --program', async () => {
    folder.install('whosyncs', {fsyncwho: workingTool})
    assert.ok((await tools()).includes('fsyncwho'))
    const help = await folder.run('fsyncwho', '--help')
    assert.match(help.stdout, /Show who calls fsync\./)
    assert.match(help.stdout, /--columns/)
    const program = await folder.run('fsyncwho', '-p', '181', '--program', '--source', 'tracepoint')
    assert.match(program.stdout, /^tracepoint:syscalls:sys_enter_fsync\n\/pid == 181\/$/m, program.stderr)
    const completed = await folder.run('__complete', 'zsh', 'fsyncwho', '--columns', 'pid,c')
    assert.equal(
      completed.stdout,
      'words\npid,comm\tName of the thread, 15 bytes at most.\n',
      completed.stderr,
    )
    const doctor = await folder.run('doctor', 'fsyncwho', '--json')
    assert.match(doctor.stdout, /"tool": "fsyncwho"/)
    assert.deepEqual([program.stderr, help.stderr, doctor.stderr], ['', '', ''])
  })

  it('may be linked from the folder where one works on them', async () => {
    folder.link(join(temporary.path, 'work'), 'whosyncs', {fsyncwho: workingTool})
    const {stdout, stderr} = await folder.run('fsyncwho', '--program', '--source', 'tracepoint')
    assert.match(stdout, /^tracepoint:syscalls:sys_enter_fsync$/m, stderr)
    assert.equal(stderr, '')
  })

  describe('that are broken are named in a line, and break nothing else:', () => {
    /** What is said where all tools are looked at: a line, and perhaps a hint. */
    async function said(): Promise<string> {
      folder.install('whosyncs', {fsyncwho: workingTool})
      const [list, works, ours] = await Promise.all([
        folder.run('list'),
        folder.run('fsyncwho', '--program', '--source', 'tracepoint'),
        folder.run('opensnoop', '--program', '--source', 'tracepoint'),
      ])
      assert.equal(list.code, 0)
      assert.match(list.stdout, /^fsyncwho /m)
      assert.match(list.stdout, /^opensnoop /m)
      assert.equal(works.code, 0, works.stderr)
      assert.deepEqual([ours.code, ours.stderr], [0, ''])
      const [line, hint, ...more] = list.stderr.trimEnd().split('\n')
      assert.deepEqual(more, [])
      if (hint !== undefined) assert.match(hint, /^HINT: /)
      return line ?? ''
    }

    it('one that throws at import', async () => {
      folder.install('broken', {bad: "throw new Error('not today\\nnor tomorrow')", good: workingTool})
      assert.equal(await said(), "tstrace: the tool 'bad' of the plugin 'broken' is left out: not today")
      assert.ok((await tools()).includes('good'))
    })

    it('one that throws at import and has a manifest', async () => {
      const command = {
        id: 'bad',
        isESM: true,
        relativePath: ['dist', 'commands', 'bad.js'],
        tstrace: {api: 1},
      }
      const manifest = {
        version: '1.0.0',
        commands: {bad: {...command, summary: 'Bad.', aliases: [], flags: {}, args: {}}},
      }
      folder.install(
        'broken',
        {bad: "throw new Error('not today')"},
        {'oclif.manifest.json': JSON.stringify(manifest)},
      )
      assert.equal(await said(), '')
      const line = "tstrace: the tool 'bad' of the plugin 'broken' cannot be loaded: not today\n"
      const hint = 'HINT: tstrace plugins uninstall broken removes the plugin\n'
      const run = await folder.run('bad')
      assert.deepEqual(run, {code: 1, signal: null, stdout: '', stderr: line + hint})
      const doctor = await folder.run('doctor', '--json')
      assert.deepEqual([doctor.code, doctor.stderr], [0, line])
      assert.match(doctor.stdout, /"tool": "fsyncwho"/)
    })

    it('one that was made for another version of the definition', async () => {
      const future = workingTool
        .replace('export default ', 'const tool = ')
        .concat(
          'Object.defineProperty(tool, "tstrace", {value: {api: 2}, enumerable: true})\nexport default tool',
        )
      folder.install('newer', {future})
      assert.equal(
        await said(),
        "tstrace: the tool 'future' of the plugin 'newer' is left out: it was made for version 2 of tstrace's tools, and this tstrace has version 1",
      )
    })

    it('one that has the name of a tool of ours, which stays', async () => {
      folder.install('shadow', {opensnoop: workingTool.replace('who calls fsync', 'nothing')})
      assert.equal(
        await said(),
        "tstrace: the tool 'opensnoop' of the plugin 'shadow' is left out: tstrace has one of that name",
      )
      const {stdout} = await folder.run('list')
      assert.doesNotMatch(stdout, /Show nothing/)
    })

    it('one that has the name of a tool of another plugin, which stays', async () => {
      folder.install('first', {same: workingTool})
      folder.install('second', {same: workingTool})
      assert.equal(
        await said(),
        "tstrace: the tool 'same' of the plugin 'second' is left out: the plugin 'first' has one of that name",
      )
    })

    it('one that is not there any more', async () => {
      const root = folder.install('gone', {tool: workingTool})
      rmSync(root, {recursive: true})
      assert.equal(await said(), `tstrace: the plugin 'gone' is left out: there is no package in ${root}`)
    })

    it('one that exits at import, for the tools of ours', async () => {
      folder.install('leaver', {leave: 'process.exit(5)'})
      const {code, stderr} = await folder.run('opensnoop', '--program', '--source', 'tracepoint')
      assert.deepEqual([code, stderr], [0, ''])
    })
  })

  it('are found by several copies of tstrace, by the symbol and the number of the definition', async () => {
    // A second copy of all modules, in the folder of the plugin.
    const root = join(temporary.path, 'work')
    folder.link(root, 'whosyncs', {fsyncwho: workingTool})
    const copy = join(root, 'node_modules', 'tstrace')
    rmSync(copy)
    for (const part of ['dist', 'package.json', 'oclif.manifest.json'])
      cpSync(join(tstraceRoot, part), join(copy, part), {recursive: true})
    symlinkSync(join(tstraceRoot, 'node_modules'), join(copy, 'node_modules'))
    const doctor = await folder.run('doctor', 'fsyncwho', '--json')
    assert.match(doctor.stdout, /"tool": "fsyncwho"/, doctor.stderr)
    const {stdout, stderr} = await folder.run('fsyncwho', '-p', '181', '--program', '--source', 'tracepoint')
    assert.match(stdout, /^tracepoint:syscalls:sys_enter_fsync\n\/pid == 181\/$/m, stderr)
    assert.equal(stderr, '')
  })
})
