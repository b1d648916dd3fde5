import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import type {Call} from '../support/filework.js'
import {type Running, tstrace, Workload} from '../support/processes.js'
import {ofBcc, ofBpftrace, ofLibbpf} from './packages.js'
import {skipWithoutPeer, startPeer} from './peer.js'
import {readTable} from './table.js'

const names = ['read', 'write', 'fsync', 'open', 'create', 'unlink', 'mkdir', 'rmdir'] as const
type Name = (typeof names)[number]
type Counts = Readonly<Partial<Record<Name, number>>>

const calls: readonly (readonly [Call, number])[] = [
  ['write', 2003],
  ['read', 2011],
  ['readv', 31],
  ['proc', 37],
  ['pipe', 41],
  ['socket', 43],
  ['fsync', 7],
  ['open', 1009],
  ['touch', 53],
  ['mknod', 59],
  ['unlink', 19],
  ['mkdir', 17],
  ['rmdir', 13],
]
/** What these calls are to the kernel. */
const made: Required<Counts> = {
  read: 2011 + 37 + 41 + 43,
  write: 2003 + 41 + 43,
  fsync: 7,
  open: 1009 + 53,
  create: 59,
  unlink: 19,
  mkdir: 17,
  rmdir: 13,
}

interface VfsPeer {
  readonly name: string
  readonly file: string
  /** Given a process, it counts for this alone; without it, for all. */
  readonly args?: (pid: number) => readonly string[]
  /** What it prints when it counts. */
  readonly ready: string
  /** The sums of all rows. */
  readonly read: (stdout: string) => Counts
  /** What it does not count, and why. */
  readonly lacks: Readonly<Partial<Record<Name, string>>>
}

/** Older versions have five columns. */
function newer(file: string): VfsPeer['lacks'] {
  const because = 'its older versions do not count it'
  const has = existsSync(file) && readFileSync(file, 'latin1').includes('vfs_rmdir')
  return has ? {} : {unlink: because, mkdir: because, rmdir: because}
}

/** Adds up the rows of a table, each of one second: their rates are numbers of calls. */
function sums(stdout: string): Counts {
  const {columns, rows} = readTable(stdout)
  assert.deepEqual(
    columns,
    ['TIME', ...names.map((name) => `${name.toUpperCase()}/s`)].slice(0, columns.length),
  )
  const sum = (column: string): number => rows.reduce((total, row) => total + Number(row[column]), 0)
  return Object.fromEntries(columns.slice(1).map((column, index) => [names[index] ?? '', sum(column)]))
}

const peers: readonly VfsPeer[] = [
  {
    name: 'vfsstat of BCC',
    file: ofBcc('vfsstat'),
    args: (pid) => ['-p', `${pid}`],
    ready: 'READ/s',
    read: sums,
    lacks: newer(ofBcc('vfsstat')),
  },
  {
    name: 'vfsstat of libbpf-tools',
    file: ofLibbpf('vfsstat'),
    ready: 'READ/s',
    read: sums,
    lacks: {
      ...newer(ofLibbpf('vfsstat')),
      fsync: 'it counts vfs_fsync, which fsync(2) does not call',
    },
  },
  {
    name: 'vfsstat.bt',
    file: ofBpftrace('vfsstat'),
    ready: 'Ctrl-C',
    read: (stdout) => {
      const sum = (name: Name): number =>
        [...stdout.matchAll(new RegExp(`^@\\[vfs_${name}\\]: (\\d+)$`, 'gm'))].reduce(
          (total, [, count]) => total + Number(count),
          0,
        )
      return Object.fromEntries(names.map((name) => [name, sum(name)]))
    },
    lacks: {
      fsync: 'it counts vfs_fsync, which fsync(2) does not call',
      unlink: 'it does not count it',
      mkdir: 'it does not count it',
      rmdir: 'it does not count it',
    },
  },
]

for (const peer of peers) {
  describe(`vfsstat beside ${peer.name}`, () => {
    let folder = ''
    beforeEach(() => {
      folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : '/dev', 'vfsstat-'))
    })
    afterEach(() => rmSync(folder, {recursive: true}))

    it('counts every kind of call', async function () {
      skipWithoutPeer(this, peer)
      const workload = await Workload.start({calls, folder}, ['taskset', '--cpu-list', '0'])
      const own = peer.args?.(workload.pid)
      const started: Running[] = []
      const start = async (running: Running, ready: string): Promise<Running> => {
        started.push(running)
        await running.written(ready)
        return running
      }
      try {
        // Who counts for all counts for the other tool, too.
        const ours = await start(
          tstrace(['vfsstat', '3600', '--json', ...(own ?? ['--include-self'])]),
          '"type":"start"',
        )
        const theirs = await start(startPeer(peer.file, [...(own ?? [])]), peer.ready)
        undisturbed(theirs.pid)
        await workload.go()
        // One may have been printed before the work ended, one is that of its last second, and one says that it is whole.
        const seconds = (stdout: string): number => stdout.match(/^\d\d:\d\d:\d\d/gm)?.length ?? 0
        const enough = seconds(theirs.stdout) + 3
        await theirs.until((stdout) => seconds(stdout) >= enough)
        theirs.signal('SIGINT')
        const counted = peer.read((await theirs.outcome).stdout)
        ours.signal('SIGINT')
        const shown = countsOf((await ours.outcome).stdout)
        check(shown, counted, peer.lacks, own !== undefined)
      } finally {
        for (const each of started) each.signal('SIGKILL')
        await workload.end()
      }
    })
  })
}

/**
 * Two of the peers read their counters and then clear them, and lose what is counted in between. On the one CPU of the
 * workload, in front of all others, they do both before the workload goes on.
 */
function undisturbed(pid: number): void {
  for (const [command, ...args] of [
    ['taskset', '--all-tasks', '--cpu-list', '--pid', '0'],
    ['chrt', '--all-tasks', '--fifo', '--pid', '1'],
  ] as const) {
    const {status, stderr} = spawnSync(command, [...args, `${pid}`], {encoding: 'utf8'})
    assert.equal(status, 0, stderr)
  }
}

/** The sums of our intervals. */
function countsOf(stdout: string): Required<Counts> {
  const intervals = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({type}) => type === 'interval')
  const sum = (name: Name): number =>
    intervals.reduce((total, interval) => total + Number(interval[`${name}s`]), 0)
  return Object.fromEntries(names.map((name) => [name, sum(name)])) as Required<Counts>
}

/**
 * For all processes, the workload is the least and ours the most, as it began before and ended after. For one process
 * both must say the same, but for what wakes its main thread, which are reads and writes.
 */
function check(ours: Required<Counts>, theirs: Counts, lacks: VfsPeer['lacks'], isOne: boolean): void {
  // open(O_CREAT) of others does not call it.
  assert.equal(ours.create, made.create)
  for (const name of names) {
    const count = theirs[name] ?? 0
    const text = `${name}: made ${made[name]}, they ${count}, we ${ours[name]}`
    if (lacks[name] !== undefined) assert.equal(count, 0, `${text}, though ${lacks[name]}`)
    else if (isOne && name !== 'read' && name !== 'write')
      assert.deepEqual([count, ours[name]], [made[name], made[name]], text)
    else assert.ok(made[name] <= count && count <= ours[name], text)
  }
}
