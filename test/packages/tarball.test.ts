import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {realpathSync, statSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {which} from '#src/engine/which.js'
import {root} from '../../scripts/root.js'
import {temporaryFolder} from '../support/temporary.js'
import {examplePlugin} from './built.js'
import {pages, sizes, tarballFiles} from './contents.js'
import {newcomersPath} from './newcomer.js'
import {npmFrom, sandboxFor} from './sandbox.js'

describe('npm tarball', () => {
  const {path: folder, remove} = temporaryFolder()
  let packed: {filename: string; files: {path: string; mode: number}[]}

  before(() => {
    const pack = ['pack', '--json', '--silent', '--pack-destination', folder]
    const stdout = execFileSync('npm', pack, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    packed = (JSON.parse(stdout) as [typeof packed])[0]
  })
  after(remove)

  it('has the files that it is to have, and no others', () => {
    const files = packed.files.map(({path}) => path).sort()
    assert.deepEqual(files, tarballFiles(), 'after a file was deleted: npm run clean && npm run build')
  })

  it('has one program', () => {
    assert.deepEqual(
      packed.files.filter(({mode}) => (mode & 0o111) !== 0).map(({path}) => path),
      ['bin/run.js'],
    )
  })

  it(`has less than ${sizes.tarball / 1000} kB`, () => {
    const {size} = statSync(join(folder, packed.filename))
    assert.ok(size < sizes.tarball, `it has ${size} bytes`)
  })

  describe('on a Debian 13 with node from elsewhere', () => {
    const npm = join(realpathSync(which('npm') ?? '/'), '../..')
    const {shown, env} = npmFrom(npm)
    const sandbox = sandboxFor(
      () => ({...shown, '/packages': folder, '/example': dirname(examplePlugin())}),
      {network: true},
    )

    it('is installed by npm, without any script being run', async () => {
      await sandbox().out(
        ['node', '/opt/node/lib/node_modules/npm/bin/npm-cli.js', ...install, `/packages/${packed.filename}`],
        env,
      )
      assert.match(await sandbox().out(['tstrace', '--version'], env), /^tstrace\/\d/)
    })

    it('brings the packages that it was tested with', async () => {
      const listed = await sandbox().out(
        [
          'node',
          '-p',
          'JSON.stringify(require("/usr/local/lib/node_modules/tstrace/node_modules/ajv/package.json").version)',
        ],
        env,
      )
      const locked = execFileSync(
        'node',
        ['-p', 'JSON.stringify(require("./npm-shrinkwrap.json").packages["node_modules/ajv"].version)'],
        {cwd: root, encoding: 'utf8'},
      )
      assert.equal(listed, locked)
    })

    it('does not need the folder it was built in', async () => {
      assert.equal((await sandbox().run(['ls', root])).code, 2)
      const program = await sandbox().out(['tstrace', 'opensnoop', '-p', '181', '--program'], env)
      assert.match(program, /^tracepoint:syscalls:sys_enter_open/)
    })

    it('writes its completions where the shells look', async () => {
      const places = {
        bash: '/usr/local/share/bash-completion/completions/tstrace',
        zsh: '/usr/local/share/zsh/site-functions/_tstrace',
        fish: '/usr/share/fish/vendor_completions.d/tstrace.fish',
      }
      for (const [shell, file] of Object.entries(places))
        await sandbox().out(
          ['sh', '-c', `mkdir -p '${dirname(file)}'; tstrace completion ${shell} >'${file}'`],
          env,
        )
    })

    newcomersPath(() => ({sandbox: sandbox(), env}))

    it('has its pages where man looks', async () => {
      const there = await sandbox().out(['ls', '/usr/local/share/man/man8'])
      assert.deepEqual(
        there.trim().split('\n'),
        pages()
          .map(({installed}) => installed)
          .sort(),
      )
    })

    it('is removed without a trace', async () => {
      await sandbox().out(
        [
          'node',
          '/opt/node/lib/node_modules/npm/bin/npm-cli.js',
          'uninstall',
          '--global',
          '--prefix',
          '/usr/local',
          'tstrace',
        ],
        env,
      )
      // Who wrote the completions removes them.
      await sandbox().out(['find', '/usr/local/share', '-name', '*tstrace', '-type', 'f', '-delete'])
      assert.equal(
        await sandbox().out(['find', '/usr/local', '/etc', '/opt', '-xdev', '-iname', '*tstrace*']),
        '',
      )
    })
  })
})

const install = [
  'install',
  '--global',
  '--prefix',
  '/usr/local',
  '--ignore-scripts',
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
]
