import assert from 'node:assert/strict'
import {constants} from 'node:fs'
import {largeFile, openFlagNames, parseOpenFlag, usesMode} from '#src/engine/openflags.js'

const {O_APPEND, O_CREAT, O_DIRECTORY, O_DSYNC, O_EXCL, O_NONBLOCK, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY} =
  constants
const O_TMPFILE = 0o20000000 | O_DIRECTORY
const O_CLOEXEC = 0o2000000
const O_PATH = 0o10000000

/** Whether opens with these flags pass -f with that name. */
const passes = (name: string, flags: number): boolean => {
  const {mask, value} = parseOpenFlag(name, 'flag-filter')
  return (flags & mask) === value
}

describe('parseOpenFlag', () => {
  it('compares the access mode as a value', () => {
    const modes = ['O_RDONLY', 'O_WRONLY', 'O_RDWR']
    for (const [value, name] of modes.entries()) {
      assert.deepEqual(parseOpenFlag(name, 'f'), {mask: 3, value})
      for (const [flags] of modes.entries()) assert.equal(passes(name, flags | O_CREAT), flags === value)
    }
  })

  it('compares every other flag with all its bits', () => {
    assert.ok(passes('O_CREAT', O_CREAT | O_WRONLY | O_TRUNC))
    assert.ok(!passes('O_CREAT', O_WRONLY | O_TRUNC))
    assert.ok(!passes('O_TMPFILE', O_DIRECTORY))
    assert.ok(passes('O_DIRECTORY', O_TMPFILE))
    assert.ok(!passes('O_SYNC', O_DSYNC))
    assert.ok(passes('O_DSYNC', O_SYNC))
  })

  it('takes names without O_, in any case, and the old names', () => {
    const test = parseOpenFlag('O_CLOEXEC', 'f')
    for (const name of ['CLOEXEC', 'cloexec', 'o_cloexec', 'O_cloExec'])
      assert.deepEqual(parseOpenFlag(name, 'f'), test)
    assert.deepEqual(parseOpenFlag('O_NDELAY', 'f'), parseOpenFlag('O_NONBLOCK', 'f'))
    assert.deepEqual(parseOpenFlag('fsync', 'f'), parseOpenFlag('O_SYNC', 'f'))
  })

  it('refuses what is no flag', () => {
    for (const name of [
      '',
      'O_',
      '2',
      '0x40',
      'O_NOPE',
      'O_ACCMODE',
      '__proto__',
      'toString',
      'O_CREAT|O_EXCL',
    ]) {
      assert.throws(() => parseOpenFlag(name, 'flag-filter'), {
        name: 'UsageError',
        exitCode: 2,
        message: `--flag-filter: '${name}' is not a flag of open(2)`,
        hint: /^there are O_RDONLY O_WRONLY O_RDWR O_TMPFILE O_SYNC O_CREAT .* O_PATH$/,
      })
    }
  })
})

describe('openFlagNames', () => {
  const cases: [number, string][] = [
    [0, 'O_RDONLY'],
    [O_WRONLY | O_CREAT | O_TRUNC, 'O_WRONLY O_CREAT O_TRUNC'],
    [O_RDWR | O_EXCL | O_APPEND | O_NONBLOCK | O_CLOEXEC, 'O_RDWR O_EXCL O_APPEND O_NONBLOCK O_CLOEXEC'],
    [O_DIRECTORY, 'O_RDONLY O_DIRECTORY'],
    [O_TMPFILE | O_RDWR, 'O_RDWR O_TMPFILE'],
    [0o20000000, 'O_RDONLY 020000000'],
    [O_SYNC, 'O_RDONLY O_SYNC'],
    [O_DSYNC, 'O_RDONLY O_DSYNC'],
    [O_SYNC & ~O_DSYNC, `O_RDONLY 0${(O_SYNC & ~O_DSYNC).toString(8)}`],
    [O_PATH | largeFile, 'O_RDONLY O_LARGEFILE O_PATH'],
    [3, '03'],
    [3 | O_CREAT, 'O_CREAT 03'],
    [0o40000000, 'O_RDONLY 040000000'],
    [-(2 ** 31), 'O_RDONLY 020000000000'],
    [2 ** 31, 'O_RDONLY 020000000000'],
  ]
  for (const [flags, names] of cases)
    it(`0${(flags >>> 0).toString(8)}`, () => assert.equal(openFlagNames(flags).join(' '), names))

  it('names what parseOpenFlag knows', () => {
    for (const name of ['O_NOCTTY', 'O_ASYNC', 'O_DIRECT', 'O_NOFOLLOW', 'O_NOATIME', 'O_PATH', 'O_TMPFILE'])
      assert.deepEqual(openFlagNames(parseOpenFlag(name, 'f').value), ['O_RDONLY', name])
  })
})

describe('usesMode', () => {
  it('is so where the call can make a file', () => {
    assert.equal(usesMode(O_CREAT), true)
    assert.equal(usesMode(O_TMPFILE | O_RDWR), true)
    assert.equal(usesMode(O_DIRECTORY), false)
    assert.equal(usesMode(O_RDWR | O_TRUNC), false)
    assert.equal(usesMode(0), false)
  })
})
