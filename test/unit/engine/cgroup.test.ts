import assert from 'node:assert/strict'
import {mkdirSync, rmdirSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {resolveCgroup} from '#src/engine/cgroup.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {skipWithout} from '../../support/skip.js'
import {temporaryFolder} from '../../support/temporary.js'

const mount = new Machine().cgroup2[0]
const id = (path: string): bigint => statSync(path, {bigint: true}).ino

describe('resolveCgroup', () => {
  const folder = temporaryFolder()
  after(folder.remove)

  it('refuses a path that is not there, or no folder', () => {
    const file = join(folder.path, 'file')
    writeFileSync(file, '')
    assert.throws(() => resolveCgroup('/no/such/cgroup', 'cgroup'), {
      name: 'UsageError',
      exitCode: 2,
      message: /^--cgroup: cannot use \/no\/such\/cgroup: ENOENT/,
    })
    assert.throws(() => resolveCgroup(file, 'cgroup'), {
      exitCode: 2,
      message: `--cgroup: cannot use ${file}: it is not a directory`,
    })
  })

  it('refuses a folder of another file system', () => {
    assert.throws(() => resolveCgroup(folder.path, 'cgroup'), {
      exitCode: 2,
      message: `--cgroup: ${folder.path} is not in the cgroup v2 file system`,
      hint: mount === undefined ? /^this machine has none mounted/ : /^it is at \//,
    })
  })

  describe('in the cgroup v2 file system', () => {
    const top = join(mount ?? '/', `tstrace-test-${process.pid}`)
    const below = ['a', 'a/b', 'c'].map((name) => join(top, name))
    before(function () {
      skipWithout(this, 'cgroup v2', mount !== undefined)
      let made = false
      try {
        mkdirSync(top)
        made = true
      } catch {
        // Only root may make one, and not in every container.
      }
      skipWithout(this, 'the right to make cgroups', made)
      for (const path of below) mkdirSync(path)
    })
    after(() => {
      for (const path of [...below.toReversed(), top]) {
        try {
          rmdirSync(path)
        } catch {
          // It was not made.
        }
      }
    })

    it('has the ids of the cgroup and of all below it', () => {
      const {ids, below: prefix} = resolveCgroup(top, 'cgroup')
      assert.equal(ids[0], id(top))
      assert.deepEqual([...ids].sort(), [top, ...below].map(id).sort())
      assert.equal(prefix, `/tstrace-test-${process.pid}/`)
    })

    it('follows links and dots', () => {
      const link = join(folder.path, 'link')
      symlinkSync(join(top, 'a'), link)
      const expected = {
        ids: [id(join(top, 'a')), id(join(top, 'a/b'))],
        below: `/tstrace-test-${process.pid}/a/`,
      }
      assert.deepEqual(resolveCgroup(link, 'cgroup'), expected)
      assert.deepEqual(resolveCgroup(`${top}/c/../a/`, 'cgroup'), expected)
    })

    it('is the whole file system at its top', () => {
      const {ids, below: prefix} = resolveCgroup(mount ?? '', 'cgroup')
      assert.equal(prefix, '/')
      assert.ok(ids.includes(id(top)))
    })

    it('refuses a path that is too long to compare', () => {
      const name = 'x'.repeat(60)
      const long = join(top, name)
      mkdirSync(long)
      try {
        assert.throws(() => resolveCgroup(long, 'cgroup'), {
          exitCode: 2,
          message: `--cgroup: the path of ${long} has more than 63 bytes below ${mount}`,
          hint: 'name a cgroup further up',
        })
      } finally {
        rmdirSync(long)
      }
    })
  })
})
