import assert from 'node:assert/strict'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import type {Context} from 'mocha'
import type {Call, FilePlan} from '../support/filework.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {engines} from '../support/engines.js'
import {type Outcome, Running, tstrace, Workload} from '../support/processes.js'
import {skipWithout} from '../support/skip.js'
import type {Event} from '../support/trace.js'

const root = join(import.meta.dirname, '..', '..', '..')
const header = 'TIME         READ/s  WRITE/s  FSYNC/s   OPEN/s CREATE/s UNLINK/s  MKDIR/s  RMDIR/s'
const names = ['read', 'write', 'fsync', 'open', 'create', 'unlink', 'mkdir', 'rmdir']

for (const engine of await engines()) {
  const {name} = engine
  describe(`vfsstat with ${name}`, () => {
    const env = {...process.env, ...engine.env}
    const machine = new Machine()
    let can: Record<string, boolean> = {}
    before(async () => {
      const {stdout} = await tstrace(['doctor', '--json'], {env}).outcome
      const found = (JSON.parse(stdout) as {machine: Record<string, {ok: boolean}>}).machine
      can = {fentry: found['fentry']?.ok === true, kprobe: found['kprobe']?.ok === true}
    })
    const need = (test: Context, ...sources: readonly string[]): void => {
      skipWithout(
        test,
        sources.join(' or '),
        sources.some((source) => can[source] === true),
      )
    }
    let folder = ''
    beforeEach(() => {
      folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : '/dev', 'vfsstat-'))
    })
    afterEach(() => {
      if (folder !== '') rmSync(folder, {recursive: true})
      folder = ''
    })

    /** Runs the tool, lets the calls happen while it counts, and ends it. */
    async function count(
      calls: FilePlan['calls'],
      args: (workload: Workload) => readonly string[],
      {interrupt = true, ...plan}: Partial<FilePlan> & {interrupt?: boolean} = {},
    ): Promise<Outcome> {
      const workload = await Workload.start({calls, folder, ...plan})
      try {
        const tool = tstrace(['vfsstat', ...args(workload)], {env})
        await Promise.race([tool.firstLine, tool.outcome])
        await workload.go()
        if (interrupt) tool.signal('SIGINT')
        return await tool.outcome
      } finally {
        await workload.end()
      }
    }

    for (const source of ['fentry', 'kprobe']) {
      it(`counts each kind of call exactly by ${source}, and readv not at all`, async function () {
        skipWithout(this, 'vfs_rmdir in one piece', !machine.function('vfs_rmdir.part.0'))
        need(this, source)
        const calls: readonly (readonly [Call, number])[] = [
          ['write', 23],
          ['read', 29],
          ['readv', 31],
          ['proc', 37],
          ['pipe', 41],
          ['socket', 43],
          ['fsync', 7],
          ['open', 47],
          ['touch', 53],
          ['mknod', 59],
          ['unlink', 19],
          ['mkdir', 17],
          ['rmdir', 13],
        ]
        const {stdout, code} = await count(calls, ({tids}) => [
          '60',
          '--json',
          '--source',
          source,
          '-t',
          `${tids[0]}`,
        ])
        assert.equal(code, 0)
        const {intervals, end} = intervalsOf(stdout)
        assert.deepEqual(sums(intervals), {
          read: 29 + 37 + 41 + 43,
          write: 23 + 41 + 43,
          fsync: 7,
          open: 47 + 53,
          create: 59,
          unlink: 19,
          mkdir: 17,
          rmdir: 13,
        })
        assert.equal(end?.['reason'], 'interrupt')
        assert.equal(end['lost'], 0)
      })
    }

    it('-p means all threads of the process and not its children, others see nothing of it', async function () {
      need(this, 'fentry', 'kprobe')
      const calls = [
        ['fsync', 23],
        ['mkdir', 29],
      ] as const
      const plan = {threads: 3}
      const own = await count(calls, ({pid}) => ['0.5', '--json', '-p', `${pid}`], {
        ...plan,
        inChild: true,
      })
      const {fsync, mkdir, rmdir} = sums(intervalsOf(own.stdout).intervals)
      assert.deepEqual([fsync, mkdir, rmdir], [3 * 23, 3 * 29, 0])

      folderAnew()
      const other = await count(calls, () => ['60', '--json', '-p', '1', '-t', '1'], plan)
      assert.deepEqual(
        Object.values(sums(intervalsOf(other.stdout).intervals)),
        names.map(() => 0),
      )
    })

    it('shows rates cut to whole numbers, and ends after so many rows', async function () {
      need(this, 'fentry', 'kprobe')
      const args = (): readonly string[] => ['4', '1']
      const {stdout, stderr, code} = await count([['fsync', 7]], ({pid}) => [...args(), '-p', `${pid}`], {
        interrupt: false,
      })
      assert.deepEqual([code, stderr], [0, ''])
      const [first, row = '', ...rest] = stdout.split('\n')
      assert.deepEqual([first, rest], [header, ['']])
      assert.match(row, /^([01]\d|2[0-3])(:[0-5]\d){2}: ( {1,8}\d{1,8}){8}$/)
      assert.equal(row.length, header.length)
      // 7 calls in 4 seconds, or somewhat more where the machine is slow.
      assert.equal(row.slice(28, 37), '        1')
    })

    it('shows as many rows as it is told to, and one each second until Ctrl-C otherwise', async function () {
      need(this, 'fentry', 'kprobe')
      const row = /^([01]\d|2[0-3])(:[0-5]\d){2}: ( {1,8}\d{1,8}){8}$/
      const five = await tstrace(['vfsstat', '1', '5'], {env}).outcome
      const [above, ...rows] = five.stdout.trimEnd().split('\n')
      assert.deepEqual([five.code, above, rows.length], [0, header, 5], five.stdout)
      for (const each of rows) assert.match(each, row)

      const endless = tstrace(['vfsstat'], {env})
      await endless.until((stdout) => stdout.split('\n').length > 4)
      endless.signal('SIGINT')
      const {stdout, code} = await endless.outcome
      const [first, ...seconds] = stdout.trimEnd().split('\n')
      assert.deepEqual([code, first], [0, header])
      assert.ok(seconds.length >= 4, stdout)
      for (const each of seconds) assert.match(each, row)
    })

    it('shows the true rate of the shorter interval that Ctrl-C ends', async function () {
      need(this, 'fentry', 'kprobe')
      const {stdout} = await count([['mkdir', 23]], ({pid}) => ['3600', '0', '--json', '-p', `${pid}`])
      const {intervals} = intervalsOf(stdout)
      assert.equal(intervals.length, 1)
      const [{seconds, mkdirs, mkdir} = {}] = intervals
      assert.ok(Number(seconds) > 0 && Number(seconds) < 60, `${String(seconds)} s`)
      assert.equal(mkdirs, 23)
      assert.equal(mkdir, 23 / Number(seconds))
    })

    it('writes each row when it is due, and ends when the reader does', async function () {
      need(this, 'fentry', 'kprobe')
      const script = '"$0" bin/run.js vfsstat 1 | sed -u 2q; echo "${PIPESTATUS[0]}"'
      const piped = new Running('bash', ['-c', script, process.execPath], {cwd: root, env})
      const {stdout, stderr} = await piped.outcome
      const [first, row = '', code] = stdout.split('\n')
      assert.deepEqual([first, code, stderr], [header, '0', ''])
      assert.match(row, /^[\d:]{9} /)
    })

    it('counts for a command from its start to its end', async function () {
      need(this, 'fentry', 'kprobe')
      const command = ['mkdir', join(folder, 'a'), join(folder, 'b'), join(folder, 'c')]
      const tool = tstrace(['vfsstat', '60', '--json', '--', ...command], {env})
      const {intervals, end} = intervalsOf((await tool.outcome).stdout)
      assert.equal(sums(intervals)['mkdir'], 3)
      assert.equal(end?.['reason'], 'command exited')
    })

    it('prints the program of the best source where none can be used, and says so', async function () {
      skipWithout(
        this,
        'a kernel without fentry and kprobes',
        can['fentry'] !== true && can['kprobe'] !== true,
      )
      const {code, stdout, stderr} = await tstrace(['vfsstat', '--program', '-p', '181'], {env}).outcome
      assert.equal(code, 0)
      assert.equal(stdout, readFileSync(join(root, 'test', 'golden', 'vfsstat', 'pid.fentry.bt'), 'utf8'))
      assert.match(
        stderr,
        /^tstrace: this program cannot run here: vfsstat finds no event source on this kernel \(.*\)\ntstrace: fentry: .*\ntstrace: kprobe: .*\n$/,
      )
      const refused = await tstrace(['vfsstat', '-p', '181'], {env}).outcome
      assert.deepEqual([refused.code, refused.stdout], [3, ''])
    })

    function folderAnew(): void {
      rmSync(folder, {recursive: true})
      folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : '/dev', 'vfsstat-'))
    }
  })
}

function intervalsOf(stdout: string): {intervals: Event[]; end: Event | undefined} {
  const all = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  return {
    intervals: all.filter(({type}) => type === 'interval'),
    end: all.find(({type}) => type === 'end'),
  }
}

/** How many calls there were in all intervals; the rates must say the same. */
function sums(intervals: readonly Event[]): Record<string, number> {
  const sum = (of: (interval: Event) => number): number =>
    intervals.reduce((total, interval) => total + of(interval), 0)
  return Object.fromEntries(
    names.map((name) => {
      const calls = sum((interval) => Number(interval[`${name}s`]))
      assert.equal(Math.round(sum((interval) => Number(interval[name]) * Number(interval['seconds']))), calls)
      return [name, calls]
    }),
  )
}
