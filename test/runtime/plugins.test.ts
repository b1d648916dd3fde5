import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {which} from '#src/engine/which.js'
import {root} from '../../scripts/root.js'
import {packExample} from '../support/example.js'
import {PluginFolder, workingTool} from '../support/plugins.js'
import {type Outcome, Running, tstrace} from '../support/processes.js'
import {serveRegistry} from '../support/registry.js'
import {records} from '../support/trace.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'

const nobody = 65534
const asNobody = [
  'setpriv',
  `--reuid=${nobody}`,
  `--regid=${nobody}`,
  '--clear-groups',
  '--no-new-privs',
  '--',
] as const

describe('plugins of root', () => {
  inGuestsOnly()
  let temporary = ''
  beforeEach(() => {
    // Others may go through it, as through /home.
    temporary = mkdtempSync(join('/tmp', 'tstrace-plugins-'))
    chmodSync(temporary, 0o755)
  })
  afterEach(() => rmSync(temporary, {recursive: true}))

  /** What a run says to somebody whose home folder this is. */
  const atHome = (
    home: string,
    args: readonly string[],
    prefix: readonly string[] = [],
  ): Promise<Outcome> => {
    const env = {...process.env, HOME: home, TSTRACE_DATA_DIR: undefined, XDG_DATA_HOME: undefined}
    const [command = '', ...rest] = [...prefix, process.execPath, join(root, 'bin', 'run.js'), ...args]
    return new Running(command, rest, {env}).outcome
  }

  it('are not those of another user, whose HOME sudo may have kept', async function () {
    const home = join(temporary, 'nobody')
    const [command, ...rest] = [...asNobody, 'mkdir', '-p', join(home, '.local', 'share')] as const
    mkdirSync(home)
    chownSync(home, nobody, nobody)
    execFileSync(command, rest)
    const data = join(home, '.local', 'share', 'tstrace')
    const folder = new PluginFolder(data)
    const trap = join(home, 'was-here')
    const trapCode = `import {writeFileSync} from 'node:fs'\nwriteFileSync(${JSON.stringify(trap)}, '')\n`
    folder.install('theirs', {fsyncwho: `${trapCode}${workingTool}`})
    execFileSync('chown', ['-R', `${nobody}:${nobody}`, home])

    const ours = await atHome(home, ['list'])
    assert.equal(ours.code, 0)
    assert.doesNotMatch(ours.stdout, /fsyncwho/)
    assert.match(ours.stdout, /^opensnoop /m)
    const [line = '', hint = '', ...more] = ours.stderr.trimEnd().split('\n')
    assert.equal(line, `tstrace: as root, no plugin is read from ${data}: ${home} belongs to user ${nobody}`)
    assert.match(hint, /^HINT: install theirs as root where only root may write/)
    assert.deepEqual(more, [])
    assert.ok(!existsSync(trap), 'code of another user was run')
    const tool = await atHome(home, ['opensnoop', '--program', '--source', 'tracepoint'])
    assert.deepEqual([tool.code, tool.stderr], [0, ''])

    skipWithout(this, 'a repository that others may read', othersMayRead(join(root, 'bin', 'run.js')))
    const theirs = await atHome(home, ['list'], asNobody)
    assert.match(theirs.stdout, /^fsyncwho /m, theirs.stderr)
    assert.ok(existsSync(trap))
  })

  it('are not installed where another user could change them', async () => {
    const home = join(temporary, 'nobody')
    mkdirSync(home)
    chownSync(home, nobody, nobody)
    const {code, stderr} = await atHome(home, ['plugins', 'install', 'tstrace-plugin-any'])
    const data = join(home, '.local', 'share', 'tstrace')
    const line = `tstrace: will not install plugins for root in ${data}: ${home} belongs to user ${nobody}\n`
    assert.ok(stderr.startsWith(`${line}HINT: `), stderr)
    assert.equal(code, 2)
    assert.ok(!existsSync(data))
  })

  describe('are left out', () => {
    let folder: PluginFolder
    beforeEach(() => {
      folder = new PluginFolder(join(temporary, 'data'))
      folder.install('good', {good: workingTool})
    })
    const leftOut = async (): Promise<string> => {
      const {stdout, stderr} = await folder.run('list')
      assert.match(stdout, /^good /m)
      assert.doesNotMatch(stdout, /^bad /m)
      assert.equal(stderr.split('\n').filter((line) => line.startsWith('tstrace:')).length, 1, stderr)
      return stderr.split('\n')[0] ?? ''
    }

    it('where a folder of theirs belongs to another user', async () => {
      const bad = folder.install('bad', {bad: workingTool})
      chownSync(bad, nobody, nobody)
      assert.equal(await leftOut(), `tstrace: the plugin 'bad' is left out: ${bad} belongs to user ${nobody}`)
    })

    it('where a file of theirs may be written by others', async () => {
      const tool = join(folder.install('bad', {bad: workingTool}), 'dist', 'commands', 'bad.js')
      chmodSync(tool, 0o664)
      assert.equal(
        await leftOut(),
        `tstrace: the plugin 'bad' is left out: others than root may write to ${tool}`,
      )
    })

    it('where they are linked from a folder that others may write to', async () => {
      const work = join(temporary, 'work')
      mkdirSync(work)
      folder.link(join(work, 'bad'), 'bad', {bad: workingTool})
      chmodSync(work, 0o777)
      assert.equal(
        await leftOut(),
        `tstrace: the plugin 'bad' is left out: others than root may write to ${work}`,
      )
    })
  })

  for (const [what, mode] of [
    ['the group', 0o775],
    ['everybody', 0o757],
  ] as const) {
    it(`are not read from a folder that ${what} may write to`, async () => {
      const folder = new PluginFolder(join(temporary, 'data'))
      folder.install('good', {good: workingTool})
      chmodSync(folder.path, mode)
      const {stdout, stderr} = await folder.run('list')
      assert.doesNotMatch(stdout, /^good /m)
      assert.match(
        stderr,
        new RegExp(
          `^tstrace: as root, no plugin is read from ${folder.path}: others than root may write to ${folder.path}\n`,
        ),
      )
    })
  }
})

describe('the example plugin', () => {
  inGuestsOnly()
  const temporary = mkdtempSync(join('/tmp', 'tstrace-example-'))
  // Where CI is set, what goes into a pipe has no colours either.
  const env = {...process.env, CI: 'true', TSTRACE_DATA_DIR: join(temporary, 'data')}
  const run = async (...args: string[]): Promise<Outcome> => tstrace(args, {env}).outcome
  let tarball = ''
  before(() => {
    tarball = packExample(temporary)
  })
  after(() => rmSync(temporary, {recursive: true, force: true}))

  it('is installed from a file, traces, and is removed', async () => {
    const installed = await run('plugins', 'install', tarball)
    assert.equal(installed.code, 0, installed.stderr)
    assert.match(installed.stderr, /^tools of plugins: synccount$/m)
    const list = await run('plugins')
    assert.match(list.stdout, /^tstrace-plugin-synccount 0\.1\.0$/m)

    const page = await run('man', 'synccount')
    assert.match(page.stdout, /^TSTRACE-SYNCCOUNT\(8\)/)
    assert.match(page.stdout, /--interval SECONDS/)

    // By a name of its own, as others call sync, too.
    const sync = join(temporary, 'sync-of-test')
    copyFileSync(which('sync') ?? '', sync)
    const tool = tstrace(['synccount', '--json', '-n', 'sync-of-test'], {env})
    await tool.firstLine
    for (let call = 0; call < 23; call++) execFileSync(sync, ['-d', tarball])
    tool.signal('SIGINT')
    const {stdout, code, stderr} = await tool.outcome
    assert.equal(code, 0, stderr)
    const counts = records(stdout).all.filter(({type}) => type === 'count')
    assert.deepEqual(
      counts.map(({comm, call, count}) => [comm, call, count]),
      Array.from({length: 23}, () => ['sync-of-test', 'fdatasync', 1]),
    )

    const removed = await run('plugins', 'uninstall', 'tstrace-plugin-synccount')
    assert.equal(removed.code, 0, removed.stderr)
    const gone = await run('synccount')
    assert.deepEqual([gone.code, gone.stdout], [2, ''])
    assert.match(gone.stderr, /^tstrace: there is no command 'synccount'/)
  })

  it('is installed from a registry by its name, and nothing else is asked of it', async () => {
    const described = JSON.parse(
      execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], {encoding: 'utf8'}),
    ) as {name: string; version: string}
    const registry = await serveRegistry(tarball, described)
    try {
      // In a cache of its own, npm has nothing from another registry.
      const own = {npm_config_registry: registry.url, npm_config_cache: join(temporary, 'cache')}
      const {code, stderr} = await tstrace(['plugins', 'install', described.name], {env: {...env, ...own}})
        .outcome
      assert.equal(code, 0, stderr)
      assert.match(stderr, /^tools of plugins: synccount$/m)
      assert.deepEqual(registry.missed, [])
      assert.match((await run('synccount', '--program')).stdout, /^tracepoint:syscalls:sys_enter_fsync/m)
      await run('plugins', 'uninstall', described.name)
    } finally {
      registry.close()
    }
  })

  it('is installed from a git repository', async () => {
    const repository = join(temporary, 'repository')
    mkdirSync(repository)
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', repository])
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost']
    for (const args of [
      ['init', '-q'],
      ['add', '-A'],
      [...author, 'commit', '-qm', 'Add a tool'],
    ])
      execFileSync('git', ['-C', repository, ...args])
    const {code, stderr} = await run('plugins', 'install', `git+file://${repository}`)
    assert.equal(code, 0, stderr)
    assert.match(stderr, /^tools of plugins: synccount$/m)
    await run('plugins', 'uninstall', 'tstrace-plugin-synccount')
  })
})

/** Whether every folder on the way lets others through. */
function othersMayRead(path: string): boolean {
  return spawnSync(asNobody[0], [...asNobody.slice(1), 'test', '-r', path]).status === 0
}
