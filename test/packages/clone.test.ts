import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {chmodSync, existsSync, mkdirSync, realpathSync} from 'node:fs'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {which} from '#src/engine/which.js'
import {root} from '../../scripts/root.js'
import type {Outcome} from '../support/processes.js'
import {skipWithout} from '../support/skip.js'
import {temporaryFolder} from '../support/temporary.js'
import {showsOpens} from './newcomer.js'
import {npmFrom, sandboxFor} from './sandbox.js'

/** Where the clone is in the sandbox. */
const there = '/srv/tstrace'
const inClone = ['env', `--chdir=${there}`]
const nobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups']
const noNetwork = ['unshare', '--net']
const systemPath = '/usr/sbin:/usr/bin:/sbin:/bin'

/** What the machine of a newcomer may lack, how that is brought about, and what is said of it. */
const lacks: Readonly<
  Record<string, {start?: readonly string[]; env: Record<string, string>; problem: string; hint: string}>
> = {
  'there is no node': {
    env: {PATH: systemPath},
    problem: 'there is no node: looked for node in PATH; version 20.19 or newer is needed',
    hint: `the package nodejs of Debian 13, Fedora, Arch or Alpine is new enough, that of Debian 12 (18) is not.
      https://nodejs.org/en/download has it for every Linux: unpack it anywhere, then name it:
      TSTRACE_NODE=/path/to/bin/node ./PROGRAM ...`,
  },
  'node is too old': {
    env: {PATH: `/opt/old:${systemPath}`},
    problem: "/opt/old/node is no node of version 20.19 or newer: it says 'v18.20.4'",
    hint: `the package nodejs of Debian 13, Fedora, Arch or Alpine is new enough, that of Debian 12 (18) is not.
      https://nodejs.org/en/download has it for every Linux: unpack it anywhere, then name it:
      TSTRACE_NODE=/path/to/bin/node ./PROGRAM ...`,
  },
  'there is no npm': {
    env: {PATH: `/opt/bare:${systemPath}`},
    problem: 'there is no npm: looked beside /opt/bare/node and in PATH',
    hint: 'install it: on Debian, as root: apt-get install npm',
  },
  'the clone is not to be written by this user': {
    start: nobody,
    env: {},
    problem: `something is to be installed or built in ${there}, and this user may not write there`,
    hint: 'run the same once as root, or in a clone of your own',
  },
}

describe('a fresh clone on a Debian 13 with node from elsewhere', () => {
  const {path: folder, remove} = temporaryFolder()
  const clone = join(folder, 'tstrace')
  const npm = join(realpathSync(which('npm') ?? '/'), '../..')
  const {shown, env} = npmFrom(npm)
  // What this machine has downloaded need not come again.
  const cache = `${homedir()}/.npm`

  before(function () {
    skipWithout(this, 'git', which('git') !== undefined && existsSync(join(root, '.git')))
    mkdirSync(clone)
    // What a commit of everything here would have.
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
    })
    const listed = files
      .toString()
      .split('\0')
      .filter((file) => file !== '' && existsSync(join(root, file)))
    const tar = execFileSync('tar', ['-c', '--null', '-T', '-'], {
      cwd: root,
      input: listed.join('\0'),
      maxBuffer: 2 ** 28,
    })
    execFileSync('tar', ['-x', '--no-same-owner', '-C', clone], {input: tar})
    chmodSync(clone, 0o755)
  })
  const sandbox = sandboxFor(
    () => ({
      ...shown,
      [there]: clone,
      ...(existsSync(cache) && {'/root/.npm': cache}),
    }),
    {network: true},
  )
  after(remove)

  before(async () => {
    const nodes = `
      ln -s ../lib/node_modules/npm/bin/npm-cli.js /opt/node/bin/npm
      mkdir -p /opt/bare /opt/old
      ln -s /opt/node/bin/node /opt/bare/node
      printf '#!/bin/sh\\necho v18.20.4\\n' >/opt/old/node
      chmod +x /opt/old/node`
    await sandbox().out(['sh', '-ec', nodes])
  })

  const run = (start: readonly string[], more: Record<string, string> = {}): Promise<Outcome> =>
    sandbox().run([...inClone, ...start], {...env, npm_config_prefer_offline: 'true', ...more})

  for (const [lack, {start = [], env: own, problem, hint}] of Object.entries(lacks)) {
    it(`./tstrace and ./check say so where ${lack}`, async () => {
      const said = (program: string): string =>
        `${program}: ${problem}\nHINT: ${hint.replace('PROGRAM', program)}\n`
      const traced = await run([...start, './tstrace', 'opensnoop', '-d', '5'], own)
      assert.deepEqual(
        {code: traced.code, stdout: traced.stdout, stderr: traced.stderr},
        {code: 3, stdout: '', stderr: said('tstrace')},
      )
      const checked = await run([...start, './check', 'build'], own)
      assert.equal(checked.code, 1)
      assert.ok(checked.stderr.startsWith(said('check')), checked.stderr)
      assert.match(checked.stdout, /^0 passed, 1 failed\n$/m)
    })
  }

  it('./tstrace says what to do by hand where npm reaches no registry', async () => {
    const empty = {npm_config_cache: '/tmp/empty', npm_config_fetch_retries: '0'}
    const {code, stdout, stderr} = await run([...noNetwork, './tstrace', 'opensnoop', '-d', '5'], empty)
    assert.deepEqual({code, stdout}, {code: 3, stdout: ''})
    const [installing = '', failed = ''] = stderr.split('\n')
    assert.match(installing, /^tstrace: installing the npm packages .* into node_modules, 100 MB: npm ci$/)
    assert.match(failed, /^tstrace: `npm ci .*` failed with exit code \d+:$/)
    assert.ok(
      stderr.endsWith(`tstrace: so the npm packages are not installed
HINT: npm needs its registry for this, once: \`npm ping\` tries it, \`npm config list\` shows what is set.
      Then again, or by hand: cd '${there}' && npm ci
`),
      stderr,
    )
  })

  it('the first run says what it sets up, sets it up, and traces', async function () {
    this.timeout(600_000)
    const told =
      'tstrace: installing the npm packages of npm-shrinkwrap.json into node_modules, 100 MB: npm ci\n'
    const said = await showsOpens(
      sandbox(),
      [...inClone, './tstrace', 'opensnoop', '-d', '5'],
      {...env, npm_config_prefer_offline: 'true'},
      async (tool) => {
        await tool.written(told)
        // npm writes it last.
        assert.ok(!existsSync(join(clone, 'node_modules', '.package-lock.json')))
      },
    )
    assert.equal(said, `${told}tstrace: building: npm run build\n`)
  })

  it('the second run sets nothing up, and traces without a network', async () => {
    const args = [...inClone, ...noNetwork, './tstrace', 'opensnoop', '-d', '2']
    assert.equal(await showsOpens(sandbox(), args, env), '')
  })

  it('a user without rights is told the line to type, and may ask for help', async () => {
    const {code, stdout, stderr} = await run([...nobody, './tstrace', 'opensnoop', '-d', '5'])
    assert.deepEqual({code, stdout}, {code: 3, stdout: ''})
    assert.match(
      stderr,
      /^tstrace: tracing the kernel needs root, and this is user 65534 without CAP_BPF.*\nHINT: type this: su root -c "\.\/tstrace opensnoop -d 5"\n$/,
    )
    const help = await run([...nobody, './tstrace', 'opensnoop', '-h'])
    assert.deepEqual({code: help.code, stderr: help.stderr}, {code: 0, stderr: ''})
    assert.match(help.stdout, /^Trace open/)
  })

  it('a missing bpftrace that was asked for is named, with the line to type', async () => {
    const args = ['./tstrace', 'opensnoop', '--engine', 'bpftrace', '-d', '5']
    const line = 'apt-get install -y --no-install-recommends bpftrace'
    const user = await run([...nobody, ...args])
    assert.equal(user.code, 3)
    assert.ok(user.stderr.startsWith(`tstrace: bpftrace is missing; as root, type: ${line}\n`), user.stderr)
    const {code, stdout, stderr} = await run([...noNetwork, ...args])
    assert.deepEqual({code, stdout}, {code: 3, stdout: ''})
    assert.ok(stderr.startsWith(`tstrace: installing bpftrace and what it needs: ${line}\n`), stderr)
    assert.ok(
      stderr.endsWith(`tstrace: so bpftrace is not installed
HINT: it needs the network and the system's package sources; by hand: ${line}
`),
      stderr,
    )
  })
})
