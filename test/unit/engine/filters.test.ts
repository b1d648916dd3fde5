import assert from 'node:assert/strict'
import {
  byCgroup,
  byName,
  byParent,
  byPid,
  byTid,
  byUid,
  knownCpu,
  withLetters,
  withoutLetters,
} from '#src/engine/filters.js'
import type {Ids} from '#src/engine/definition.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {onlineCpus} from '#src/engine/kernel/cpus.js'
import {type Bt, bt} from '#src/engine/program/bt.js'
import {programText} from '#src/engine/program/generate.js'

const where = <F>(filter: {where: (flags: F, ids: Ids) => Bt | undefined}, flags: F): string | undefined =>
  filter.where(flags, {parent: bt`parent`})?.toString()

describe('filters', () => {
  it('are conditions on the running task', () => {
    assert.equal(where(byPid, {pid: 181, follow: false}), 'pid == 181')
    assert.equal(where(byTid, {tid: 182}), 'tid == 182')
    assert.equal(where(byUid, {uid: 1000}), 'uid == 1000')
    assert.equal(where(byParent, {ppid: 181}), 'parent == 181')
    assert.equal(where(byName, {name: 'ng"inx'}), 'strcontains(comm, "ng\\"inx")')
    assert.equal(where(byCgroup, {cgroup: {ids: [1n], below: '/a/'}}), '@cgroups[cgroup]')
  })

  it('take zero for a value', () => {
    assert.equal(where(byUid, {uid: 0}), 'uid == 0')
    assert.equal(where(byParent, {ppid: 0}), 'parent == 0')
  })

  it('are nothing where no value was given', () => {
    assert.equal(where(byPid, {pid: undefined, follow: false}), undefined)
    assert.equal(where(byTid, {tid: undefined}), undefined)
    assert.equal(where(byUid, {uid: undefined}), undefined)
    assert.equal(where(byParent, {ppid: undefined}), undefined)
    assert.equal(where(byName, {name: undefined}), undefined)
    assert.equal(where(byCgroup, {cgroup: undefined}), undefined)
    assert.deepEqual(byCgroup.clauses?.({cgroup: undefined}), [])
  })

  it('exclude tstrace itself where they name a process or a thread', () => {
    assert.equal(byPid.excludesSelf?.({pid: 1, follow: false}), true)
    assert.equal(byPid.excludesSelf({pid: undefined, follow: false}), false)
    assert.equal(byTid.excludesSelf?.({tid: 1}), true)
    assert.equal(byTid.excludesSelf({tid: undefined}), false)
  })

  it('follow cgroups that are made later', () => {
    const clauses = byCgroup.clauses?.({cgroup: {ids: [5n, 2n ** 60n], below: '/é/'}}) ?? []
    assert.equal(
      programText(clauses),
      [
        'BEGIN',
        '{',
        '\t@cgroups[5] = 1;',
        '\t@cgroups[1152921504606846976] = 1;',
        '}',
        '',
        'tracepoint:cgroup:cgroup_mkdir',
        '/strncmp(str(args->path), "/\\303\\251/", 4) == 0/',
        '{',
        '\t@cgroups[args->id] = 1;',
        '}',
        '',
      ].join('\n'),
    )
  })

  it('may have a letter of their own in a tool', () => {
    assert.equal(withLetters(byCgroup, {cgroup: 'c'}).flags.cgroup.char, 'c')
    assert.equal(byCgroup.flags.cgroup.char, undefined)
    assert.equal(withLetters(byPid, {}).flags.pid.char, 'p')
  })

  it('can do without their letters', () => {
    const {flags, where: condition} = withoutLetters(byName)
    assert.equal(flags.name.char, undefined)
    assert.deepEqual({...flags.name, char: 'n'}, byName.flags.name)
    assert.equal(condition, byName.where)
  })

  it('warn of a CPU that is not there', () => {
    const machine = new Machine()
    assert.equal(knownCpu.warn?.({cpu: 8191}, machine), 'there is no CPU 8191 at the moment')
    for (const cpu of [undefined, onlineCpus()[0]]) assert.equal(knownCpu.warn({cpu}, machine), undefined)
  })

  it('warn of a process that is not there', () => {
    const machine = new Machine()
    const warning = byPid.warn?.({pid: 2 ** 22, follow: false}, machine)
    assert.equal(warning, 'there is no process 4194304 at the moment')
    assert.equal(byPid.warn?.({pid: undefined, follow: false}, machine), undefined)
    assert.equal(byParent.warn?.({ppid: 2 ** 22}, machine), warning)
    for (const ppid of [undefined, 0, process.pid]) assert.equal(byParent.warn({ppid}, machine), undefined)
    assert.equal(byPid.warn?.({pid: process.pid, follow: false}, machine), undefined)
  })
})

describe('the values of filters', () => {
  it('are ids that Linux can have', () => {
    for (const [flag, name, what] of [
      [byPid.flags.pid, 'pid', 'a process id'],
      [byTid.flags.tid, 'tid', 'a thread id'],
    ] as const) {
      assert.equal(flag.parse?.('4194304', name), 4194304)
      for (const value of ['0', '4194305', '-1', 'self'])
        assert.throws(() => flag.parse?.(value, name), {
          exitCode: 2,
          message: `--${name}: '${value}' is not ${what} (a whole number from 1 to 4194304)`,
        })
    }
  })

  it('are names that threads can have', () => {
    const {parse} = byName.flags.name
    assert.equal(parse?.('123456789012345', 'name'), '123456789012345')
    for (const name of ['', '1234567890123456', 'éééééééé', 'a\0'])
      assert.throws(() => parse(name, 'name'), {
        exitCode: 2,
        message: `--name: '${name}' is in no thread's name (they have 1 to 15 bytes)`,
      })
  })
})
