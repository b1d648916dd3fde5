import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {readFileSync, statSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {buildDebIn, deb, examplePlugin} from './built.js'
import {bundledFile, debFiles, neededPackages, sizes} from './contents.js'
import {newcomersPath} from './newcomer.js'
import {sandboxFor} from './sandbox.js'

describe('Debian package', () => {
  let file = ''
  let listed: {mode: string; owner: string; path: string}[] = []
  /** A second one, built meanwhile. */
  let second: Promise<string>

  before(async () => {
    second = buildDebIn('second')
    second.catch(() => {})
    file = await deb()
    listed = execFileSync('dpkg-deb', ['--contents', file], {encoding: 'utf8'})
      .trim()
      .split('\n')
      .map((line) => {
        const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/)
        return {mode, owner, path: path.replace(/^\.\//, '')}
      })
  })

  it('is built from the same sources to the same bytes', async () => {
    assert.equal(sum(await second), sum(file))
  })

  it('has the files that it is to have, and no others', () => {
    const files = listed.flatMap(({path}) => (path === '' || path.endsWith('/') ? [] : [path]))
    const bundled = files.filter((path) => path.startsWith('usr/lib/tstrace/node_modules/'))
    assert.deepEqual(files.filter((path) => !bundled.includes(path)).sort(), debFiles())
    assert.deepEqual(
      bundled.filter((path) => !bundledFile.test(path)),
      [],
    )
    const needed = new Set(neededPackages().map((path) => `usr/lib/tstrace/${path}/package.json`))
    assert.deepEqual(
      bundled.filter(
        (path) => /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path) && !needed.has(path),
      ),
      [],
    )
  })

  it('belongs to root, who alone may write', () => {
    assert.deepEqual(
      listed
        .filter(
          ({owner, mode}) => owner !== 'root/root' || !/^(drwxr-xr-x|-rw-r--r--|lrwxrwxrwx)$/.test(mode),
        )
        .map(({path}) => path),
      ['usr/lib/tstrace/bin/run.js'],
    )
  })

  it(`has less than ${sizes.deb / 1e6} MB`, () => {
    assert.ok(statSync(file).size < sizes.deb, `it has ${statSync(file).size} bytes`)
  })

  describe('on a Debian 13, where nothing of it is there yet', () => {
    const sandbox = sandboxFor(async () => ({
      '/packages': dirname(await deb()),
      '/example': dirname(examplePlugin()),
    }))

    it('has nothing that lintian would call wrong', async () => {
      const {stdout, stderr, code} = await sandbox().run([
        'lintian',
        '--allow-root',
        '--fail-on',
        'error,warning',
        join('/packages', basename(file)),
      ])
      assert.equal(stdout, '', stderr)
      assert.equal(code, 0, stderr)
    })

    it('is installed by apt, with what it depends on', async () => {
      await sandbox().out(['apt-get', 'install', '--yes', join('/packages', basename(file))])
      assert.match(await sandbox().out(['dpkg-query', '-W', 'nodejs']), /^nodejs\t/)
      assert.equal((await sandbox().run(['ls', '/usr/bin/bpftrace'])).code, 2)
      assert.match(await sandbox().out(['tstrace', '--version']), /^tstrace\/\d/)
    })

    newcomersPath(() => ({sandbox: sandbox(), env: {}}))

    it('is known to apropos', async () => {
      assert.match(
        await sandbox().out(['whatis', 'tstrace-opensnoop']),
        /^tstrace-opensnoop \(8\) +- trace open\(\) calls/,
      )
    })

    it('is removed without a trace', async () => {
      await sandbox().out(['apt-get', 'purge', '--yes', 'tstrace'])
      // What man and tstrace keep in caches stays, as with any package.
      const left = await sandbox().out([
        'find',
        '/bin/',
        '/etc',
        '/opt',
        '/usr',
        '/var/lib',
        '-xdev',
        '-iname',
        '*tstrace*',
      ])
      assert.equal(left, '')
    })
  })

  it('says that the nodejs of Debian 12 is too old', () => {
    const field = (name: string): string =>
      execFileSync('dpkg-deb', ['--field', file, name], {encoding: 'utf8'}).trim()
    const [, needed = ''] = /\bnodejs \(>= ([\d.]+)\)/.exec(field('Depends')) ?? []
    const isEnough = (version: string): boolean => {
      try {
        execFileSync('dpkg', ['--compare-versions', version, 'ge', needed])
        return true
      } catch {
        return false
      }
    }
    // That of Debian 12, that of Debian 13, and one of NodeSource.
    assert.deepEqual(['18.20.4+dfsg-1~deb12u1', '20.19.2+dfsg-1', '20.20.2-1nodesource1'].map(isEnough), [
      false,
      true,
      true,
    ])
    assert.match(field('Description'), /Debian 12 is version 18/)
  })
})

function sum(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
