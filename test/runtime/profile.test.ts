import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {copyFileSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Machine} from '#src/engine/kernel/machine.js'
import {engines} from '../support/engines.js'
import {Busy, compileBusy, compileLibrary} from '../support/busy.js'
import {Running, tstrace} from '../support/processes.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'
import {calls, type Counted, samples, stackRecords, stacksOf} from '../support/stacks.js'
import {temporaryFolder} from '../support/temporary.js'

const all = await engines()
const hasCompiler = spawnSync('cc', ['--version']).status === 0

/**
 * Samples are compared with the CPU time that the workload says it used, never with the time that passed. The bounds
 * tell a rate from its double: where many wait for a CPU, time comes in slices that samples may hit or miss in step.
 */
function assertSamples(counted: number, hertz: number, cpuSeconds: number): void {
  const ratio = counted / (hertz * cpuSeconds)
  assert.ok(ratio > 0.5 && ratio < 1.8, `${counted} samples, ${hertz * cpuSeconds} expected`)
}

const inZero = ({kernel}: Counted): boolean =>
  kernel?.some((name) => /^read.*zero$/.test(name ?? '')) === true
const of = (pid: number) => (stack: Counted) => stack.pid === pid

describe('profile', () => {
  inGuestsOnly('counts 49 samples', '-p and -L', '-K and -U', 'has the names of')
  const folder = temporaryFolder()
  const started: Busy[] = []
  let program = ''
  const busy = async (...args: readonly string[]): Promise<Busy> => {
    const one = await Busy.start(program, ...args)
    started.push(one)
    return one
  }

  before(function () {
    skipWithout(this, 'cc', hasCompiler)
    program = compileBusy(folder.path, 'busy')
  })
  afterEach(() => Promise.all(started.splice(0).map((one) => one.end())))
  after(folder.remove)

  for (const {name, env} of all) {
    describe(`with ${name}`, () => {
      it('counts 49 samples a second of what runs, function by function', async () => {
        const one = await busy('my; busy')
        let used = 0
        const {stacks, others} = await stacksOf(
          ['profile', '-p', `${one.pid}`, '600'],
          async () => (used = await one.work(1.5)),
          env,
        )
        assertSamples(samples(stacks), 49, used)
        assert.deepEqual(
          new Set(stacks.map(({pid, comm}) => `${pid} ${comm}`)),
          new Set([`${one.pid} my; busy`]),
        )
        const inner = samples(stacks, ({user}) => calls(user, 'inner', 'outer', 'work', 'main'))
        assert.ok(inner > 0.8 * samples(stacks), JSON.stringify(stacks))
        assert.equal(others.at(-1)?.['reason'], 'interrupt')
      })

      it('-p and -L take lists of processes and threads, and -F and -c say how often', async () => {
        const [a, b, other] = [await busy('a', '2'), await busy('b'), await busy('other')]
        let used = 0
        const both = await stacksOf(
          ['profile', '-F', '299', '-p', `${a.pid},${b.pid}`],
          async () => {
            await other.work(0.1)
            used = (await a.work(0.3)) + (await b.work(0.3))
          },
          env,
        )
        assertSamples(samples(both.stacks), 299, used)
        assertSamples(samples(both.stacks, of(a.pid)), 299, 0.6)
        assertSamples(samples(both.stacks, of(b.pid)), 299, 0.3)
        assert.equal(samples(both.stacks, of(other.pid)), 0)

        const thread = await stacksOf(
          ['profile', '-c', '1300000', '-L', `${a.tids[1]},${other.pid}`],
          () => a.work(0.3),
          env,
        )
        assertSamples(samples(thread.stacks), 1e9 / 1300000, 0.3)
        assert.ok(thread.stacks.every(of(a.pid)))

        const none = await stacksOf(['profile', '-L', `${a.tids[1]}`], () => b.work(0.1), env)
        assert.deepEqual(none.stacks, [])
      })

      it('-K and -U show one half', async () => {
        const one = await busy()
        const traced = (letter: string) =>
          stacksOf(['profile', '-F', '299', letter, '-p', `${one.pid}`], () => one.work(0.4, 'kernel'), env)
        const kernel = (await traced('-K')).stacks
        assert.ok(kernel.every(({user}) => user === undefined))
        assert.ok(samples(kernel, (stack) => inZero(stack)) > 50)
        const user = (await traced('-U')).stacks
        assert.ok(user.every((stack) => stack.kernel === undefined))
        assert.ok(samples(user, (stack) => stack.user?.includes('main') === true) > 50)
      })

      it('has the names of a process that ended, and of each program it ran', async () => {
        const first = compileBusy(folder.path, 'first', ['-no-pie', '-Dinner=first_inner'])
        const second = compileBusy(folder.path, 'second', ['-no-pie', '-Dinner=second_inner'])
        const one = await Busy.start(first, 'same', '1', second, 'same')
        const {stacks} = await stacksOf(
          ['profile', '-F', '299', '-U', '-p', `${one.pid}`],
          async () => {
            await one.work(0.3)
            await one.exec()
            await one.work(0.6)
            await one.end()
          },
          env,
        )
        const inside = (name: string): number => samples(stacks, ({user}) => calls(user, name, 'outer'))
        assertSamples(inside('first_inner'), 299, 0.3)
        assertSamples(inside('second_inner'), 299, 0.6)
      })

      it('says how many stacks it had no room for, in a row and on stderr', async () => {
        const one = await busy()
        let used = 0
        const {stacks, others, outcome} = await stacksOf(
          ['profile', '-F', '999', '--stack-storage-size', '16', '-p', `${one.pid}`],
          async () => (used = await one.work(0.5, 'stacks')),
          env,
        )
        assertSamples(samples(stacks), 999, used)
        const missed = samples(stacks, ({kernel, user}) => kernel === null && user === null)
        assert.ok(missed > 0.5 * samples(stacks), JSON.stringify(stacks))
        const said = Number(/^tstrace: (\d+) stack traces could not be displayed$/m.exec(outcome.stderr)?.[1])
        // With 0.17, also those of which one half is there.
        assert.ok(said >= missed && said < 1.1 * missed, `${said} ${missed}`)
        assert.equal(outcome.stderr.split('\n')[1], 'HINT: raise --stack-storage-size')
        assert.equal(outcome.stderr.split('\n').length, 3, outcome.stderr)
        assert.deepEqual(
          others.map(({type}) => type),
          ['start', 'warning', 'end'],
        )
      })

      it('has the names of a library that was loaded later, of a process that ended', async () => {
        const one = await Busy.start(program, 'loads', '1', compileLibrary(folder.path))
        const {stacks} = await stacksOf(
          ['profile', '-F', '299', '-U', '-p', `${one.pid}`],
          async () => {
            await one.work(0.1)
            await one.work(0.4, 'library')
            await one.end()
          },
          env,
        )
        assertSamples(
          samples(stacks, ({user}) => calls(user, 'late', 'work', 'main')),
          299,
          0.4,
        )
      })
    })
  }

  /** What the tool prints for people while `work` is done. */
  const shown = async (args: readonly string[], work: () => Promise<unknown>) => {
    const tool = tstrace(['profile', ...args])
    await tool.written('Sampling')
    await work()
    tool.signal('SIGINT')
    const {stdout, stderr, code} = await tool.outcome
    assert.equal(code, 0, stderr)
    return {stdout, stderr, blocks: stdout.split('\n\n').filter((block) => block !== '')}
  }

  it('prints stacks as BCC does, the most frequent last', async () => {
    const [one, other] = [await busy('my busy'), await busy('other')]
    const {stdout, stderr, blocks} = await shown(
      ['-F', '99', '-p', `${one.pid},${other.pid}`, '600'],
      async () => {
        await other.work(0.2)
        await one.work(0.8)
      },
    )
    assert.equal(
      stderr,
      `Sampling at 99 Hertz of PID [${one.pid}, ${other.pid}] by user + kernel stack for 600 secs.\n`,
    )
    const last = new RegExp(
      `^    inner\n    outer\n    work\n    main\n(    \\S.*\n)*    -                my busy \\(${one.pid}\\)\n        \\d+$`,
    )
    assert.match(blocks.at(-1) ?? '', last)
    assert.ok(stdout.endsWith('\n\n'))
    const counts = blocks.map((block) => Number(/\n {8}(\d+)$/.exec(block)?.[1]))
    assert.ok(counts.length > 1)
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    )
  })

  it('-d shows where the halves meet, if a stack has both; -A the addresses, -v all of each frame', async () => {
    const one = await busy('halves')
    const args = ['-F', '299', '-p', `${one.pid}`]
    const both = await shown([...args, '-d', '--modules'], async () => {
      await one.work(0.3, 'kernel')
      await one.work(0.1)
    })
    const inKernel = both.blocks.filter((block) => / read\w*_zero/.test(block))
    assert.ok(inKernel.length > 0, both.stdout)
    for (const block of inKernel)
      assert.match(block, /^(    \S+ \[kernel\]\n)+    --\n(    .*\n)*    main \[busy\]\n/)
    for (const block of both.blocks.filter((each) => /^    inner /.test(each)))
      assert.doesNotMatch(block, /--/)

    const half = await shown([...args, '-d', '-K', '-A'], () => one.work(0.3, 'kernel'))
    assert.match(half.stdout, /^    ffffffff[0-9a-f]{8} read\w*_zero$/m)
    assert.doesNotMatch(half.stdout, /^    --$/m)

    const full = await shown([...args, '-K', '-v'], () => one.work(0.3, 'kernel'))
    assert.match(full.stdout, /^    ffffffff[0-9a-f]{8} read\w*_zero\+0x[0-9a-f]+ \[kernel\]$/m)
  })

  it('-f writes lines that can be taken apart, with -a and -d; a command is traced to its end', async () => {
    const odd = compileBusy(folder.path, 'my; busy')
    const input = join(folder.path, 'input')
    writeFileSync(input, '0.3 kernel 1\n0.3 user 2\n')
    const args = ['profile', '-f', '-a', '-d', '-F', '299', '--', 'sh', '-c', `exec "$0" < ${input}`, odd]
    const {stdout, stderr, code} = await tstrace(args).outcome
    assert.equal(code, 0, stderr)
    const lines = stdout.trimEnd().split('\n')
    for (const line of lines) assert.match(line, /^[^; ]+(;[^;]+)* \d+$/)
    const inKernel = lines.filter((line) => /;read\w*_zero_/.test(line))
    assert.ok(inKernel.length > 0, stdout)
    for (const line of inKernel)
      assert.match(line, /^my:_busy;(.*;)?main;.*;-;([^;]+_\[k\];)*[^;]+_\[k\] \d+$/)
    assert.match(stdout, /^my:_busy;(.*;)?main;work;outer;inner \d+$/m)
    assert.doesNotMatch(stdout, /(main|work|inner)_\[k\]/)
  })

  it('-C shows one CPU', async () => {
    const one = await Busy.running(new Running('taskset', ['-c', '0', program]))
    started.push(one)
    const elsewhere = await stacksOf(['profile', '-C', '1', '-p', `${one.pid}`], () => one.work(0.2))
    assert.deepEqual(elsewhere.stacks, [])
    const here = await stacksOf(['profile', '-C', '0', '-F', '299', '-p', `${one.pid}`], () => one.work(0.3))
    assertSamples(samples(here.stacks), 299, 0.3)
  })

  it('ends after its duration, and when nobody reads', async () => {
    const {stdout, code} = await tstrace(['profile', '--json', '0.5']).outcome
    assert.equal(code, 0)
    assert.equal(stackRecords(stdout).others.at(-1)?.['reason'], 'duration')

    const one = await busy()
    const head = new Running('sh', [
      '-c',
      `"$0" "$1" profile --duration 600 -p ${one.pid} | head -1`,
      ...[process.execPath, join(import.meta.dirname, '../../../bin/run.js')],
    ])
    await head.written('Sampling')
    await one.work(0.1)
    const tool = readFileSync(`/proc/${head.pid}/task/${head.pid}/children`, 'utf8').split(' ')[0]
    process.kill(Number(tool), 'SIGINT')
    assert.deepEqual((await head.outcome).stdout.split('\n').length, 2)
  })

  it('--top shows the most frequent stacks', async () => {
    const one = await busy()
    const {stacks} = await stacksOf(['profile', '-F', '999', '--top', '3', '-p', `${one.pid}`], () =>
      one.work(0.3, 'stacks'),
    )
    assert.equal(stacks.length, 3)
  })

  it('--cgroup shows what is in a cgroup', async function () {
    const mount = new Machine().cgroup2[0] ?? ''
    skipWithout(this, 'cgroup v2', mount !== '')
    const cgroup = join(mount, `tstrace-profile-${process.pid}`)
    mkdirSync(cgroup)
    try {
      const [inside, outside] = [await Busy.start(program, 'inside'), await busy('outside')]
      writeFileSync(join(cgroup, 'cgroup.procs'), `${inside.pid}`)
      const {stacks} = await stacksOf(['profile', '-F', '299', '--cgroup', cgroup], async () => {
        await outside.work(0.2)
        await inside.work(0.2)
      })
      await inside.end()
      assertSamples(samples(stacks), 299, 0.2)
      assert.ok(stacks.every(of(inside.pid)))
    } finally {
      rmdirSync(cgroup)
    }
  })

  it('--event cycles needs hardware counters, and says so where there are none', async () => {
    const {ok} = await new Machine().hardwareCounters()
    const {code, stderr} = await tstrace(['profile', '--event', 'cycles', '0.2']).outcome
    if (ok) assert.equal(code, 0, stderr)
    else {
      assert.equal(code, 3)
      assert.match(
        stderr,
        /^tstrace: profile finds no event source .*\n {2}cycles: there are no hardware counters/,
      )
    }
  })

  it('has the names of programs in a mount namespace that is gone', async function () {
    skipWithout(this, 'unshare', spawnSync('unshare', ['-m', 'true']).status === 0)
    const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')]
    for (const path of [from, to]) mkdirSync(path)
    copyFileSync(compileBusy(folder.path, 'contained', ['-Dinner=contained']), join(from, 'contained'))
    const one = await Busy.running(
      new Running('unshare', ['-m', 'sh', '-c', `mount --bind ${from} ${to} && exec ${to}/contained`]),
    )
    const {stacks} = await stacksOf(['profile', '-F', '299', '-U', '-p', `${one.pid}`], async () => {
      await one.work(0.3)
      await one.end()
    })
    const found = samples(stacks, ({user}) => calls(user, 'contained', 'outer', 'work', 'main'))
    assertSamples(found, 299, 0.3)
  })
})

// Guests have no compiler.
describe('profile of Node', () => {
  const folder = temporaryFolder()
  after(folder.remove)

  it('has the names of code that Node compiled, when the process has ended', async () => {
    const script = `
        function busyWithSums(n) { let sum = 0; for (let i = 0; i < n; i++) sum += i % 7; return sum }
        function busyFor(seconds) {
          const begin = process.cpuUsage()
          const used = () => { const {user, system} = process.cpuUsage(begin); return (user + system) / 1e6 }
          let total = 0
          while (used() < seconds) total += busyWithSums(100000)
          return total
        }
        process.stdin.once('data', () => process.exit(busyFor(0.5) > 0 ? 0 : 1))
        // To compile it takes an emulated machine long. One may be compiled as a part of the other then.
        busyFor(0.5)
        console.log('ready')`
    const node = new Running(process.execPath, ['--perf-basic-prof', '-e', script], {cwd: folder.path})
    const map = `/tmp/perf-${node.pid}.map`
    try {
      await node.firstLine
      const {stacks} = await stacksOf(['profile', '-F', '299', '-U', '-p', `${node.pid}`], async () => {
        node.send('\n')
        await node.outcome
      })
      const found = samples(stacks, ({user}) => /\bbusy/.test(user?.[0] ?? ''))
      assert.ok(found > 0.5 * 299 * 0.5, JSON.stringify(stacks.slice(-3)))
    } finally {
      rmSync(map, {force: true})
    }
  })
})
