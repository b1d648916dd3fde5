import assert from 'node:assert/strict'
import {copyFileSync, mkdirSync, realpathSync, symlinkSync, writeFileSync} from 'node:fs'
import {basename, join, relative} from 'node:path'
import {MachineError} from '#src/engine/errors.js'
import {librariesOf, libraryNamed} from '#src/engine/kernel/probes/libraries.js'
import {findTarget, realPathIn} from '#src/engine/kernel/probes/targets.js'
import {setEnvironment, temporaryFolder} from '../../../../support/temporary.js'

/** The C library that this process has loaded, by the path it was loaded from. */
const libc =
  Object.keys(
    Object.fromEntries(
      (process.report.getReport() as {sharedObjects: string[]}).sharedObjects.map((path) => [path, true]),
    ),
  ).find((path) => /\/(libc\.so|ld-musl)/.test(path)) ?? ''

describe('the target of a pattern', () => {
  const folder = temporaryFolder()
  after(folder.remove)

  it('is a library by its short or long name', () => {
    for (const word of ['c', 'libc', basename(libc)]) {
      const {path, root} = findTarget(word)
      assert.equal(realpathSync(path), realpathSync(libc), word)
      assert.equal(root, '')
    }
  })

  it('is a path, also a relative one', () => {
    const path = join(folder.path, 'a program')
    copyFileSync('/bin/sh', path)
    assert.deepEqual(findTarget(path), {path, root: ''})
    assert.deepEqual(findTarget(`./${relative(process.cwd(), path)}`), {path, root: ''})
    assert.deepEqual(findTarget('/proc/self/exe'), {path: realpathSync(process.execPath), root: ''})
  })

  it('is a program of $PATH', () => {
    const path = join(folder.path, 'my-program')
    copyFileSync('/bin/sh', path)
    const reset = setEnvironment({PATH: `/nonexistent:${folder.path}`})
    try {
      assert.deepEqual(findTarget('my-program'), {path, root: ''})
    } finally {
      reset()
    }
  })

  it('is what the process has loaded, with -p', () => {
    assert.equal(realpathSync(findTarget('c', process.pid).path), realpathSync(libc))
    const program = basename(realpathSync(process.execPath))
    assert.equal(findTarget(program, process.pid).path, realpathSync(process.execPath))
  })

  it('that is not there is an error with a hint', () => {
    const message = (word: string): MachineError => {
      try {
        findTarget(word)
      } catch (error) {
        assert.ok(error instanceof MachineError)
        return error
      }
      assert.fail()
    }
    assert.equal(
      message('no-such-thing-anywhere').message,
      "there is no library or program 'no-such-thing-anywhere'",
    )
    assert.match(message('no-such-thing-anywhere').hint ?? '', /path of the file/)
    assert.equal(message('/nonexistent/x').message, 'there is no file /nonexistent/x')
    assert.throws(() => findTarget('/'), MachineError)
  })
})

describe('libraries', () => {
  const folder = temporaryFolder()
  after(folder.remove)

  it('of a root without a cache are those of the usual folders, and of ELF', () => {
    const lib = join(folder.path, 'usr/lib')
    mkdirSync(lib, {recursive: true})
    writeFileSync(join(lib, 'libc.so'), '/* GNU ld script */')
    copyFileSync(libc, join(lib, 'libc.so.6'))
    copyFileSync(libc, join(lib, 'libcrypt.so.1'))
    const libraries = librariesOf(folder.path)
    assert.deepEqual(libraryNamed('c', libraries, folder.path), {
      name: 'libc.so.6',
      path: '/usr/lib/libc.so.6',
    })
    assert.equal(libraryNamed('crypt', libraries, folder.path)?.name, 'libcrypt.so.1')
    assert.equal(libraryNamed('cryp', libraries, folder.path), undefined)
  })

  it('of musl: loader and C library are one file', () => {
    const root = join(folder.path, 'alpine')
    mkdirSync(join(root, 'lib'), {recursive: true})
    copyFileSync(libc, join(root, 'lib/ld-musl-x86_64.so.1'))
    assert.equal(libraryNamed('c', librariesOf(root), root)?.path, '/lib/ld-musl-x86_64.so.1')
  })

  it('are none where the cache is damaged', () => {
    const root = join(folder.path, 'damaged')
    mkdirSync(join(root, 'etc'), {recursive: true})
    for (const text of ['', 'glibc-ld.so.cache1.1', `glibc-ld.so.cache1.1${'\xff'.repeat(100)}`]) {
      writeFileSync(join(root, 'etc/ld.so.cache'), text, 'latin1')
      assert.deepEqual(librariesOf(root), [])
    }
  })
})

describe('realPathIn', () => {
  const folder = temporaryFolder()
  after(folder.remove)
  const root = join(folder.path, 'root')

  before(() => {
    mkdirSync(join(root, 'usr/lib/deep'), {recursive: true})
    writeFileSync(join(root, 'usr/lib/deep/file'), '')
    symlinkSync('/usr/lib', join(root, 'lib'))
    symlinkSync('deep/../deep/file', join(root, 'usr/lib/relative'))
    symlinkSync('../../../../../../usr/lib/deep/file', join(root, 'usr/lib/high'))
    symlinkSync('/loop', join(root, 'loop'))
    symlinkSync('/etc/passwd', join(root, 'outside'))
  })

  it('follows links as who lives there sees them', () => {
    for (const path of [
      '/usr/lib/deep/file',
      '/lib/deep/file',
      '/lib/relative',
      '/lib/high',
      '/lib/./deep/file',
    ])
      assert.equal(realPathIn(root, path), '/usr/lib/deep/file', path)
  })

  it('leads nowhere rather than out', () => {
    for (const path of ['/outside', '/loop', '/nonexistent', '/lib/deep/file/x'])
      assert.equal(realPathIn(root, path), undefined, path)
  })
})
