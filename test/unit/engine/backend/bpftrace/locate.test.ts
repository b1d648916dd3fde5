import assert from 'node:assert/strict'
import {chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {locateBpftrace} from '#src/engine/backend/bpftrace/locate.js'
import {root} from '../../../../../scripts/root.js'
import {setEnvironment, temporaryFolder} from '../../../../support/temporary.js'

const fake = join(root, 'test', 'support', 'fakes', 'version')

describe('locateBpftrace', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let restore: () => void
  let asked: string
  const timesAsked = (): number =>
    existsSync(asked) ? readFileSync(asked, 'utf8').split('\n').length - 1 : 0

  beforeEach(() => {
    folder = temporaryFolder()
    asked = join(folder.path, 'asked')
    restore = setEnvironment({
      TSTRACE_BPFTRACE: fake,
      XDG_CACHE_HOME: join(folder.path, 'cache'),
      FAKE_ASKED: asked,
      FAKE_VERSION: 'bpftrace v0.23.2',
      FAKE_EXIT: '0',
    })
  })
  afterEach(() => {
    restore()
    folder.remove()
  })

  it('takes the one that TSTRACE_BPFTRACE names', () => {
    assert.deepEqual(locateBpftrace(), {path: fake, version: '0.23.2'})
  })

  it('takes the first in PATH otherwise', () => {
    const bin = join(folder.path, 'bin')
    mkdirSync(bin)
    copyFileSync(fake, join(bin, 'bpftrace'))
    const undo = setEnvironment({TSTRACE_BPFTRACE: undefined, PATH: `/no/such/folder:${bin}:/usr/bin:/bin`})
    try {
      assert.deepEqual(locateBpftrace(), {path: join(bin, 'bpftrace'), version: '0.23.2'})
    } finally {
      undo()
    }
  })

  it('understands versions with and without a v, and with a suffix', () => {
    for (const [text, version] of [
      ['bpftrace v0.17.0', '0.17.0'],
      ['bpftrace 0.24.1', '0.24.1'],
      ['bpftrace v0.21.0-dirty', '0.21.0-dirty'],
      ['bpftrace v1.0.0', '1.0.0'],
    ]) {
      const path = join(folder.path, `bpftrace-${version}`)
      copyFileSync(fake, path)
      const undo = setEnvironment({TSTRACE_BPFTRACE: path, FAKE_VERSION: text})
      try {
        assert.deepEqual(locateBpftrace(), {path, version})
      } finally {
        undo()
      }
    }
  })

  it('asks once for as long as the file stays the same', () => {
    const path = join(folder.path, 'bpftrace')
    copyFileSync(fake, path)
    process.env['TSTRACE_BPFTRACE'] = path
    locateBpftrace()
    assert.deepEqual(locateBpftrace(), {path, version: '0.23.2'})
    assert.equal(timesAsked(), 1)
    writeFileSync(path, readFileSync(path, 'utf8') + '# newer\n')
    process.env['FAKE_VERSION'] = 'bpftrace v0.27.1'
    assert.deepEqual(locateBpftrace(), {path, version: '0.27.1'})
    assert.equal(timesAsked(), 2)
  })

  it('asks again when what it remembers makes no sense, or cannot be kept', () => {
    locateBpftrace()
    const cache = join(folder.path, 'cache', 'tstrace', 'bpftrace-version')
    const [key] = readFileSync(cache, 'utf8').split('\n')
    writeFileSync(cache, `${key}\nrubbish\n`)
    assert.equal(locateBpftrace().version, '0.23.2')
    assert.equal(timesAsked(), 2)
    process.env['XDG_CACHE_HOME'] = '/dev/null/no-folder'
    assert.equal(locateBpftrace().version, '0.23.2')
    assert.equal(timesAsked(), 3)
  })

  it('says that it is too old', () => {
    process.env['FAKE_VERSION'] = 'bpftrace v0.16.0'
    assert.throws(locateBpftrace, {
      name: 'EngineError',
      exitCode: 3,
      message: `bpftrace 0.16.0 at ${fake} is too old`,
      hint: 'tstrace needs bpftrace 0.17 or newer; TSTRACE_BPFTRACE can name another one',
    })
  })

  it('says that it gives no version', () => {
    process.env['FAKE_VERSION'] = 'hello'
    const error = {
      name: 'EngineError',
      exitCode: 3,
      message: `asked ${fake} for its version and got none (exit code 0)`,
      context: ['a word on stderr'],
    }
    assert.throws(locateBpftrace, error)
    process.env['FAKE_EXIT'] = '7'
    assert.throws(locateBpftrace, {...error, message: error.message.replace('code 0', 'code 7')})
  })

  it('says that there is none', () => {
    const undo = setEnvironment({TSTRACE_BPFTRACE: undefined, PATH: folder.path})
    try {
      assert.throws(locateBpftrace, {
        name: 'EngineError',
        exitCode: 3,
        message: 'bpftrace is not installed (looked in PATH)',
      })
    } finally {
      undo()
    }
  })

  it('says that TSTRACE_BPFTRACE names no program', () => {
    const path = join(folder.path, 'file')
    writeFileSync(path, '')
    chmodSync(path, 0o644)
    for (const wrong of [path, folder.path, join(folder.path, 'missing')]) {
      process.env['TSTRACE_BPFTRACE'] = wrong
      assert.throws(locateBpftrace, {
        name: 'EngineError',
        exitCode: 3,
        message: `TSTRACE_BPFTRACE names ${wrong}, which is not a program`,
      })
    }
  })
})
