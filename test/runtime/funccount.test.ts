import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {copyFileSync, existsSync, mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {exitCodes} from '#src/engine/errors.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {findTarget} from '#src/engine/kernel/probes/targets.js'
import {engines} from '../support/engines.js'
import {calls, type Job} from '../support/count.js'
import type {FilePlan} from '../support/filework.js'
import {traceJob} from '../support/job.js'
import {isAlive, tstrace} from '../support/processes.js'
import {callsOfProgram, compiledProgram, programWithRefused} from '../support/program.js'
import {collected, probedCollections} from '../support/python.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'
import {temporaryFolder} from '../support/temporary.js'
import {type Event, records, wholeSeconds} from '../support/trace.js'

const many = 23
const machine = new Machine()
const header = 'FUNC                                    COUNT'
const getppid = calls('', 'getppid', many)

/** Threads and a child that make folders. */
function folders(folder: string, plan: Partial<FilePlan> = {}): Job {
  const whole: FilePlan = {calls: [['mkdir', many]], folder, ...plan}
  return {
    command: process.execPath,
    args: [join(import.meta.dirname, '..', 'support', 'filework.js'), JSON.stringify(whole)],
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
const countsOf = (counted: readonly Event[]): unknown[] =>
  counted.map((each) => [each['function'], each['count']])

/** What a run counts of a program with functions that the kernel refuses, and what it warns of. */
async function refusedIn(job: Job, pattern: string, env: NodeJS.ProcessEnv) {
  const {counted, lines, outcome} = await traceJob(job, () => ['funccount', '--json', pattern], env)
  const {all} = records(lines.join('\n'))
  assert.equal(all[0]?.['type'], 'start')
  const warnings = all.filter(({type}) => type === 'warning')
  return {counted, outcome, warnings: warnings.map((each) => each['message'])}
}

for (const {name, version, env} of await engines()) {
  describe(`funccount with ${name} counts`, () => {
    inGuestsOnly('a tracepoint', 'functions of the kernel', 'many functions of the kernel')

    const folder = temporaryFolder()
    after(folder.remove)

    it('a tracepoint, by category and event', async () => {
      const {lines, outcome} = await traceJob(
        getppid,
        (pid) => ['funccount', '-p', `${pid}`, 't:syscalls:sys_enter_getppi?'],
        env,
      )
      assert.deepEqual(lines, ['', header, 'syscalls:sys_enter_getppid                 23'])
      assert.equal(
        outcome.stderr,
        'Tracing 1 tracepoint for "t:syscalls:sys_enter_getppi?"... Hit Ctrl-C to end.\n',
      )
      assert.equal(outcome.code, 0)
    })

    it('functions of a library, those with calls only and the most frequent last', async () => {
      const {counted} = await traceJob(
        getppid,
        (pid) => ['funccount', '--json', '-p', `${pid}`, '-r', 'c:get(ppid|uid|gid)'],
        env,
      )
      assert.deepEqual(countsOf(counted), [['getppid', many]])
      assert.match(String(counted[0]?.['probe']), /^uprobe:"\/.*":getppid$/)
    })

    it('all but the functions that the kernel refuses, which are named', async function () {
      skipWithout(this, 'the embedded engine: others end', version === undefined)
      const job = programWithRefused(this, folder.path)
      for (const pattern of ['some_*', 'some_[4c]*']) {
        const {counted, warnings, outcome} = await refusedIn(job, `${job.command}:${pattern}`, env)
        assert.equal(outcome.code, 0, outcome.stderr)
        assert.equal(counted.length, pattern === 'some_*' ? 50 : 11)
        assert.ok(counted.every(({count}) => count === 1))
        assert.equal(warnings.length, 1)
        const [text] = warnings
        assert.match(
          String(text),
          /^not attached, because the kernel takes no [^:]+: uprobe:\/.*:some_closed; /,
        )
        assert.equal(outcome.stderr.split('some_closed').length, 2, outcome.stderr)
      }
      // The kernel looks at instructions of files that a process has in its memory.
      const running = spawn(job.command, {stdio: ['pipe', 'pipe', 'inherit']})
      await once(running.stdout, 'data')
      for (const pattern of ['some_closed', 'some_close?']) {
        const args = ['funccount', '-d', '0.1', `${job.command}:${pattern}`]
        const {code, stdout, stderr} = await tstrace(args, {env: {...process.env, ...env}}).outcome
        assert.deepEqual([code, stdout], [exitCodes.machine, ''])
        assert.match(stderr, /some_closed[^]*\nHINT: another function may do/)
      }
      running.kill()
    })

    it('nothing for a process that does nothing', async () => {
      const {counted, outcome} = await traceJob(
        getppid,
        () => ['funccount', '--json', '-p', '1', 'c:getppid'],
        env,
      )
      assert.deepEqual(counted, [])
      assert.equal(outcome.code, 0)
    })

    it('the threads of a process, and not its children', async () => {
      const threads = 2
      const {counted} = await traceJob(
        folders(folder.path, {threads, inChild: true}),
        (pid) => ['funccount', '--json', '-p', `${pid}`, 't:syscalls:sys_enter_mkdir*'],
        env,
      )
      assert.ok(existsSync(join(folder.path, `folder-child-${many - 1}`)))
      assert.deepEqual(
        counted.map(({count}) => count),
        [threads * many],
      )
    })

    it('a library whose path has a space, and what a command calls', async () => {
      mkdirSync(join(folder.path, 'a place'))
      const library = join(folder.path, 'a place', 'libm copy.so')
      copyFileSync(findTarget('m').path, library)
      const {counted} = await traceJob(
        calls(library, 'j0', many),
        () => ['funccount', '--json', `${library}:j0`],
        env,
      )
      assert.deepEqual(
        counted.map(({count}) => count),
        [many],
      )
      const {stdout} = await tstrace(['funccount', '--json', 'c:getppid', '--', 'sh', '-c', 'exit 0'], {
        env: {...process.env, ...env},
      }).outcome
      assert.equal(records(stdout).records['end']?.['reason'], 'command exited')
    })

    it('by CPU, where all are the sum of each', async () => {
      const onCpu = async (...args: string[]): Promise<number> => {
        const {counted} = await traceJob(
          {command: 'taskset', args: ['-c', '0', getppid.command, ...getppid.args]},
          (pid) => ['funccount', '--json', '-p', `${pid}`, ...args, 't:syscalls:sys_enter_getppid'],
          env,
        )
        return Number(counted[0]?.['count'] ?? 0)
      }
      assert.equal(await onCpu('-c', '0'), many)
      assert.equal(await onCpu('-c', '1'), 0)
    })

    it('functions that call each other, with one name for each place', async function () {
      const job = compiledProgram(this, folder.path)
      const {lines} = await traceJob(job, () => ['funccount', `${job.command}:func_*`], env)
      assert.deepEqual(lines, [
        '',
        header,
        `func_a                                   ${callsOfProgram}`,
        `func_b                                   ${callsOfProgram}`,
      ])
    })

    it('many functions of a file, that are attached at once where that can be', async function () {
      const job = compiledProgram(this, folder.path)
      const {counted, outcome} = await traceJob(
        job,
        () => ['funccount', '--json', '--verbose', `${job.command}:many_*`],
        env,
      )
      const expected = Array.from({length: 39}, (_, index) => [`many_${index + 1}`, index + 1])
      assert.deepEqual(countsOf(counted), expected)
      if ((await machine.uprobeMulti()).ok) assert.match(outcome.stderr, /^uprobe:".*":many_\*$/m)
    })

    it('what can be traced, and names what cannot, with the reason', async function () {
      const job = compiledProgram(this, folder.path)
      const {outcome} = await traceJob(job, () => ['funccount', `${job.command}:_*`], env)
      const reason = 'they have no size in the symbol table, and bpftrace attaches to no such function'
      // The first three are named; what the C runtime puts into a program comes in no order.
      assert.match(
        outcome.stderr,
        new RegExp(`^tstrace: not traced, because ${reason}: (\\w+, )*(_init|_fini)\\b`, 'm'),
      )
      assert.match(outcome.stderr, /^Tracing \d+ functions? for "/m)
      const all = await traceJob(job, () => ['funccount', `${job.command}:func_*`], env)
      assert.doesNotMatch(all.outcome.stderr, /not traced/)
    })

    it('functions of a program that is found in PATH', async () => {
      const {stdout, stderr} = await tstrace(
        ['funccount', '--json', '--max-probes', '20000', '--top', '3', 'bash:x*', '--', 'bash', '-c', 'true'],
        {env: {...process.env, ...env}},
      ).outcome
      const functions = records(stdout).all.filter(({type}) => type === 'count')
      assert.ok(
        functions.some((each) => each['function'] === 'xmalloc' && Number(each['count']) > 0),
        stderr,
      )
    })

    it('a USDT probe, with and without its provider', async function () {
      const job = probedCollections(this)
      for (const name of ['gc__start', 'python:gc__*']) {
        const {counted} = await traceJob(
          job,
          (pid) => ['funccount', '--json', '-p', `${pid}`, `u:${job.command}:${name}`],
          env,
        )
        const starts = counted.find((each) => each['function'] === 'gc__start')
        assert.equal(starts?.['count'], collected[0] + collected[1])
      }
    })

    it('functions of the kernel', async function () {
      skipWithout(this, 'kprobes', (await machine.kprobe()).ok)
      const {counted} = await traceJob(
        getppid,
        (pid) => ['funccount', '--json', '-p', `${pid}`, '-r', 'p::__(?:x64|arm64)_sys_getppid'],
        env,
      )
      assert.deepEqual(
        counted.map(({count}) => count),
        [many],
      )
    })

    it('many functions of the kernel, each as often as it is called', async function () {
      skipWithout(this, 'kprobes', (await machine.kprobe()).ok)
      // Another test has made folders of these names.
      const own = join(folder.path, 'many')
      mkdirSync(own)
      const {counted, outcome} = await traceJob(
        folders(own, {
          calls: [
            ['mkdir', many],
            ['rmdir', many],
            ['fsync', 7],
          ],
          threads: 2,
        }),
        (pid) => ['funccount', '--json', '--verbose', '-p', `${pid}`, 'vfs_*'],
        env,
      )
      const counts = Object.fromEntries(counted.map((each) => [each['function'], each['count']]))
      // Where the compiler cut it in two (Debian's 5.10), calls from within the file go to the second part.
      const rmdir = machine.function('vfs_rmdir.part.0') ? 'vfs_rmdir.part.0' : 'vfs_rmdir'
      assert.deepEqual(
        [counts['vfs_mkdir'], counts[rmdir], counts['vfs_fsync_range']],
        [2 * many, 2 * many, 2 * 7],
        outcome.stderr,
      )
      assert.equal(counts['[unknown]'], undefined)
      const atOnce = (await machine.kprobeMulti()).ok
      assert.equal(/^kprobe:vfs_\w*\*/m.test(outcome.stderr), atOnce)
    })
  })

  describe(`funccount with ${name} prints`, () => {
    inGuestsOnly()

    const tables = (lines: readonly string[]): number => lines.filter((line) => line === header).length
    const run = async (...args: string[]): Promise<{code: number | null; lines: string[]}> => {
      const {code, stdout} = await tstrace(['funccount', ...args], {env: {...process.env, ...env}}).outcome
      return {code, lines: stdout.split('\n')}
    }

    it('one table after a duration, and one each interval', async () => {
      const once = await run('-d', '1', 't:sched:sched_switch')
      assert.deepEqual([once.code, tables(once.lines)], [0, 1])
      const often = await run('--json', '-i', '1', '-d', '5', 't:sched:sched_switch')
      const seconds = wholeSeconds(records(often.lines.join('\n')).all.filter(({type}) => type === 'count'))
      assert.deepEqual([often.code, sum(seconds)], [0, 5], seconds.join(' '))
      assert.ok(seconds.length > 1 && seconds.every((each) => each > 0), seconds.join(' '))
    })

    it('an empty line and the time above each table with -T', async () => {
      const {lines} = await run('-T', '-i', '0.5', '-d', '1', 't:sched:sched_switch')
      const starts = lines.flatMap((line, index) => (line === header ? [lines.slice(index - 2, index)] : []))
      assert.ok(starts.length === 1 || starts.length === 2)
      for (const [empty, time] of starts) {
        assert.equal(empty, '')
        assert.match(time ?? '', /^\d\d:\d\d:\d\d$/)
      }
    })

    it('the last interval, which is shorter, on Ctrl-C, and leaves no bpftrace behind', async () => {
      let tracer = 0
      const {lines, outcome} = await traceJob(
        getppid,
        (pid) => ['funccount', '-i', '3600', '-p', `${pid}`, 't:syscalls:sys_enter_getppid'],
        env,
        (tool) => {
          tracer = tool.tracer()
          tool.signal('SIGINT')
        },
      )
      assert.deepEqual(lines.slice(1), [header, 'syscalls:sys_enter_getppid                 23'])
      assert.equal(outcome.code, 0)
      assert.equal(isAlive(tracer), false)
    })

    it('CSV', async () => {
      const script = `for i in {1..${many}}; do kill -0 $$; done`
      const {lines} = await run('--csv', 't:syscalls:sys_enter_kill', '--', 'bash', '-c', script)
      assert.equal(lines[0], 'time,seconds,function,count')
      assert.match(lines[1] ?? '', /^\d{4}-[\dT:.-]+Z,[\d.]+,syscalls:sys_enter_kill,23$/)
      assert.deepEqual(lines.slice(2), [''])
    })
  })
}

describe('funccount', () => {
  inGuestsOnly()

  it('says beforehand how long many probes may take to attach', async () => {
    const {stderr} = await tstrace(['funccount', '-d', '0.1', 't:syscalls:sys_*_[a-c]*']).outcome
    const steps = Number(/^tstrace: attaching in (\d+) steps: this may take \d+ seconds/m.exec(stderr)?.[1])
    assert.equal(steps, Number(/^Tracing (\d+) tracepoints/m.exec(stderr)?.[1]))
  })
})

describe('funccount refuses', () => {
  inGuestsOnly()

  const refusals: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ['no pattern', [], exitCodes.usage, /^tstrace: PATTERN is missing\n/],
    ['too many parts', ['a:b:c:d'], exitCodes.usage, /no type of probe|too many parts/],
    ['too many parts of a type', ['t:a:b:c'], exitCodes.usage, /too many parts/],
    [
      'a function that is not there',
      ['c:getppidd'],
      exitCodes.machine,
      /matches 'c:getppidd'\nHINT: .*getppid/,
    ],
    ['a glob without a match', ['c:nothing_*'], exitCodes.machine, /no function of .* matches/],
    ['a regular expression that matches a part only', ['-r', 'c:getppi'], exitCodes.machine, /no function/],
    ['a dot as a wildcard', ['c:getp.id'], exitCodes.machine, /no function/],
    ['a tracepoint of another kernel', ['t:sched:sched_fork'], exitCodes.machine, /sched_process_fork/],
    ['a library without USDT probes', ['u:m:probe'], exitCodes.machine, /no USDT probe of .*libm/],
    [
      'more than the limit',
      ['--max-probes', '3', 't:sched:*'],
      exitCodes.usage,
      /limit of 3\nHINT:.*--max-probes \d+/,
    ],
    ['more than the usual limit', ['c:*'], exitCodes.usage, /more than the limit of 1000/],
  ]
  for (const [what, args, code, words] of refusals) {
    it(what, async () => {
      const outcome = await tstrace(['funccount', ...args]).outcome
      assert.deepEqual([outcome.code, outcome.stdout], [code, ''], outcome.stderr)
      assert.match(outcome.stderr, words)
    })
  }
})
