import assert from 'node:assert/strict'
import {copyFileSync, mkdirSync, readFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {root} from '../../scripts/root.js'
import type {Running} from '../support/processes.js'
import {temporaryFolder} from '../support/temporary.js'
import {records} from '../support/trace.js'
import {deb} from './built.js'
import {sandboxFor} from './sandbox.js'

/** Numbers of include/uapi/linux/capability.h. */
const capabilities: Readonly<Record<string, bigint>> = {SYS_PTRACE: 19n, SYSLOG: 34n, PERFMON: 38n, BPF: 39n}

const recipe = readFileSync(join(root, 'Containerfile'), 'utf8')
const [, given = ''] = /podman run ([^]*?) tstrace opensnoop/.exec(recipe) ?? []
/** The options that the recipe says to run it with, but for those that need a terminal. */
const options = given.split(/[\s#\\]+/).filter((word) => !['', '--interactive', '--tty'].includes(word))

describe('container image', () => {
  const {path: folder, remove} = temporaryFolder()
  const sandbox = sandboxFor(() => ({'/recipe': folder}))
  after(remove)

  /** What this machine may lack: higher limits than it has, some cgroup controllers, a network. */
  const limits = ['open files:nofile', 'processes:nproc'].flatMap((each) => {
    const [name = '', option = ''] = each.split(':')
    const [, soft = '', hard = ''] =
      new RegExp(`^Max ${name} +(\\S+) +(\\S+)`, 'm').exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === 'unlimited' ? [] : ['--ulimit', `${option}=${soft}:${hard}`]
  })
  const podman = ['podman', '--cgroup-manager=cgroupfs']
  const env = {PODMAN_IGNORE_CGROUPSV1_WARNING: '1'}
  const out = (...args: string[]): Promise<string> => sandbox().out([...podman, ...args], env)
  const start = (more: readonly string[], ...args: string[]): Running => {
    const all = ['run', '--rm', '--pull=never', '--network=none', '--pids-limit=0', ...limits, ...options]
    return sandbox().start([...podman, ...all, ...more, 'tstrace', ...args], env)
  }

  before(async () => {
    sandbox().atEnd([
      'find',
      '/sys/fs/cgroup/libpod_parent',
      '-depth',
      '-type',
      'd',
      '-exec',
      'rmdir',
      '{}',
      ';',
    ])
    const file = await deb()
    mkdirSync(join(folder, 'build/packages'), {recursive: true})
    copyFileSync(file, join(folder, 'build/packages', basename(file)))
    for (const file of ['Containerfile', '.containerignore'])
      copyFileSync(join(root, file), join(folder, file))
    await out('import', '--quiet', '/image.tar', 'docker.io/library/debian:trixie-slim')
  })

  it('has every option of its recipe explained', () => {
    const [, , explained = ''] = recipe.split('--pid=host')
    assert.deepEqual(
      options.map((option) => option.replace(/^--(cap-add|security-opt|volume)=?/, '')).filter(Boolean),
      [
        '--rm',
        '--pid=host',
        '--cap-drop=all',
        Object.keys(capabilities).toReversed().join(','),
        'seccomp=unconfined',
        '/sys/kernel/tracing:/sys/kernel/tracing',
      ],
    )
    for (const term of [...Object.keys(capabilities), 'seccomp=unconfined', '/sys/kernel/tracing'])
      assert.match(explained, new RegExp(`^# ${term} {2,}[A-Z]`, 'm'))
  })

  it('is built as its recipe says', async () => {
    await out('build', '--quiet', '--pull=never', '--network=none', ...limits, '--tag', 'tstrace', '/recipe')
    assert.match(await out('images', '--noheading', 'tstrace'), /^localhost\/tstrace +latest/)
  })

  it('runs with the capabilities that are explained, and no other', async () => {
    const {stdout, stderr} = await start(['--entrypoint', 'cat'], '/proc/self/status').outcome
    const sum = Object.values(capabilities).reduce((all, number) => all | (1n << number), 0n)
    assert.equal(/^CapEff:\t(.*)$/m.exec(stdout)?.[1], sum.toString(16).padStart(16, '0'), stderr)
    assert.equal(/^CapBnd:\t(.*)$/m.exec(stdout)?.[1], sum.toString(16).padStart(16, '0'))
  })

  it('traces every open of a process outside', async () => {
    const worker = sandbox().start([
      'sh',
      '-c',
      'read go; i=0; while [ $i -lt 23 ]; do : </etc/debian_version; i=$((i+1)); done',
    ])
    const tool = start([], 'opensnoop', '--json', '-p', worker.pid.toString(), '--limit', '23')
    await tool.firstLine
    worker.send('go\n')
    const {code, stdout, stderr} = await tool.outcome
    assert.equal(code, 0, stderr)
    assert.deepEqual(
      records(stdout).events.map(({pid, comm, path}) => ({pid, comm, path})),
      Array.from({length: 23}, () => ({pid: worker.pid, comm: 'sh', path: '/etc/debian_version'})),
    )
    await worker.outcome
  })

  it('counts calls of functions of a library', async () => {
    const {stdout, stderr} = await start([], 'funccount', 'c:getenv', '--', 'ls').outcome
    assert.match(stdout, /^getenv +[1-9]\d*$/m, stderr)
  })

  it('names functions of the kernel', async () => {
    const worker = sandbox().start(['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1M', 'status=none'])
    const {stdout, stderr} = await start([], 'profile', '-K', '-d', '1', '-p', worker.pid.toString()).outcome
    worker.signal('SIGKILL')
    await worker.outcome
    assert.match(stdout, /^ +vfs_read$/m, stderr)
  })
})
