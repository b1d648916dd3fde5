import assert from 'node:assert/strict'
import {exitCodes} from '#src/engine/errors.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {engines} from '../support/engines.js'
import {calls} from '../support/count.js'
import {traceJob} from '../support/job.js'
import {tstrace} from '../support/processes.js'
import {callsOfProgram, compiledProgram} from '../support/program.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'
import {systemCallsHaveStacks} from '../support/systemcalls.js'
import {temporaryFolder} from '../support/temporary.js'
import {type Event, records, wholeSeconds} from '../support/trace.js'
import {kernelIsSince} from '../support/release.js'

const many = 23
const machine = new Machine()
const getppid = calls('', 'getppid', many)
const tracepoint = 't:syscalls:sys_enter_getppid'

/** Where a function begins, the frame pointer is still its caller's: kernels since 6.12 see that, on x86. */
const seesCaller = process.arch === 'x64' && kernelIsSince('6.12')
/** The first functions of a stack; that of the caller may be missing before 6.12: some have it backported. */
const chainOf = (names: readonly unknown[]): unknown[] => {
  const chain = names.slice(0, 3)
  return seesCaller || chain[1] === 'func_a' ? chain : ['func_b', 'func_a', ...chain.slice(1, 2)]
}
const chain = ['func_b', 'func_a', 'main']
const systemCallStacks = 'kernel stacks of system calls (Linux 6.12)'

type Frames = readonly {
  readonly function: string | null
  readonly offset?: number
  readonly module?: string
}[]
const functions = (frames: unknown): unknown[] => (frames as Frames).map((frame) => frame.function)
const sum = (counted: readonly Event[]): number =>
  counted.reduce((total, {count}) => total + Number(count), 0)

for (const {name, env} of await engines()) {
  describe(`stackcount with ${name}`, () => {
    inGuestsOnly('counts the stacks')

    const folder = temporaryFolder()
    after(folder.remove)

    it('counts the stacks of both halves, as many as funccount counts calls', async () => {
      const {counted, outcome} = await traceJob(
        getppid,
        (pid) => ['stackcount', '--json', '-p', `${pid}`, tracepoint],
        env,
      )
      assert.equal(sum(counted), many, outcome.stderr)
      for (const {kernel, user} of counted) {
        if (systemCallsHaveStacks())
          assert.match(String(functions(kernel).at(-1)), /^entry_SYSCALL_64|^el0t?_64_sync|^ret_from/)
        else assert.deepEqual(functions(kernel), [])
        assert.equal(functions(user)[0], 'getppid')
        assert.match(String((user as Frames)[0]?.module), /libc/)
      }
    })

    it('shows one half with -K and with -U', async function () {
      skipWithout(this, systemCallStacks, systemCallsHaveStacks())
      for (const [flag, there, missing] of [
        ['-K', 'kernel', 'user'],
        ['-U', 'user', 'kernel'],
      ] as const) {
        const {counted} = await traceJob(
          getppid,
          (pid) => ['stackcount', '--json', flag, '-p', `${pid}`, tracepoint],
          env,
        )
        assert.equal(sum(counted), many)
        for (const stack of counted) {
          assert.ok(Array.isArray(stack[there]) && stack[there].length > 0)
          assert.equal(stack[missing], undefined)
        }
      }
    })

    it('follows frame pointers in a program, also without -p', async function () {
      const job = compiledProgram(this, folder.path)
      for (const args of [[], ['-p']]) {
        const {counted} = await traceJob(
          job,
          (pid) => [
            'stackcount',
            '--json',
            '-U',
            ...args.flatMap((flag) => [flag, `${pid}`]),
            `${job.command}:func_b`,
          ],
          env,
        )
        assert.equal(counted.length, 1)
        assert.deepEqual(chainOf(functions(counted[0]?.['user'])), chain)
        assert.equal(counted[0]?.['count'], callsOfProgram)
      }
    })

    it('shows what it can where a program has no frame pointers', async function () {
      const job = compiledProgram(this, folder.path, {framePointers: false})
      const {counted, outcome} = await traceJob(
        job,
        () => ['stackcount', '--json', '-U', `${job.command}:func_b`],
        env,
      )
      assert.equal(outcome.code, 0)
      assert.equal(sum(counted), callsOfProgram)
      for (const {user} of counted) assert.equal(functions(user)[0], 'func_b')
    })

    it('counts many functions of a file, that are attached at once where that can be', async function () {
      const job = compiledProgram(this, folder.path)
      const {counted, outcome} = await traceJob(
        job,
        () => ['stackcount', '--json', '--verbose', '-U', `${job.command}:many_*`],
        env,
      )
      assert.equal(sum(counted), (39 * 40) / 2)
      assert.deepEqual(
        counted.map(({user}) => functions(user)[0]),
        Array.from({length: 39}, (_, index) => `many_${index + 1}`),
      )
      if ((await machine.uprobeMulti()).ok) assert.match(outcome.stderr, /^uprobe:".*":many_\*$/m)
    })

    it('shows the stack, the process with -P only, and the count, in lines', async function () {
      const job = compiledProgram(this, folder.path)
      const lines = async (...args: string[]): Promise<{lines: readonly string[]; pid: number}> =>
        traceJob(job, () => ['stackcount', '-U', ...args, `${job.command}:func_b`], env)
      const plain = await lines()
      assert.deepEqual(chainOf(plain.lines.map((line) => line.trim())), chain)
      assert.deepEqual(plain.lines.slice(-2), [`    ${callsOfProgram}`, ''])
      const perProcess = await lines('-P')
      assert.deepEqual(perProcess.lines.slice(-3), [
        `    func_ab [${perProcess.pid}]`,
        `    ${callsOfProgram}`,
        '',
      ])
      const [withOffset = ''] = (await lines('-s')).lines
      assert.match(withOffset, /^ {2}func_b\+0x[0-9a-f]+$/)
      const [withAddress = ''] = (await lines('-v')).lines
      assert.match(withAddress, /^ {2}[0-9a-f]{12} {5}func_b$/)
      const detailed = await lines('-s', '-v', '--modules')
      assert.match(detailed.lines[0] ?? '', /^ {2}[0-9a-f]{12} {5}func_b\+0x[0-9a-f]+ \[func_ab\]$/)
    })

    it('does not show the process with -p', async () => {
      const {lines} = await traceJob(getppid, (pid) => ['stackcount', '-p', `${pid}`, tracepoint], env)
      assert.ok(lines.includes(`    ${many}`))
      assert.deepEqual(
        lines.filter((line) => /\[\d+\]$/.test(line)),
        [],
      )
    })

    it('shows where the halves meet with -d', async function () {
      skipWithout(this, systemCallStacks, systemCallsHaveStacks())
      const {lines} = await traceJob(getppid, (pid) => ['stackcount', '-d', '-p', `${pid}`, tracepoint], env)
      const at = lines.indexOf('    --')
      assert.ok(at > 0)
      assert.equal(lines[at + 1], '  getppid')
    })

    it('folds stacks: the command, then from the root to the leaf', async function () {
      skipWithout(this, systemCallStacks, systemCallsHaveStacks())
      const script = `for i in {1..${many}}; do kill -0 $$; done`
      const {stdout, stderr, code} = await tstrace(
        ['stackcount', '-f', '-d', 't:syscalls:sys_enter_kill', '--', 'bash', '-c', script],
        {env: {...process.env, ...env}},
      ).outcome
      assert.equal(code, 0)
      assert.equal(stderr, '')
      const lines = stdout.trimEnd().split('\n')
      for (const line of lines) assert.match(line, /^bash;.*;-;(entry_|el0).* \d+$/)
      assert.equal(
        lines.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0),
        many,
      )
    })

    it('names the functions of a process that has ended', async () => {
      const {counted} = await traceJob(
        getppid,
        (pid) => ['stackcount', '--json', '-U', '-i', '0.2', '-p', `${pid}`, tracepoint],
        env,
        async (tool, worker) => {
          await tool.written('"type":"stack"')
          worker.send('go\n')
          await worker.written('done\ndone\n')
          worker.closeInput()
          await worker.outcome
          tool.signal('SIGINT')
        },
      )
      assert.equal(sum(counted), 2 * many)
      for (const {user} of counted) assert.equal(functions(user)[0], 'getppid')
    })

    it('prints the most frequent last, and these alone with --top', async function () {
      const job = compiledProgram(this, folder.path)
      const shown = async (...args: string[]): Promise<unknown[]> => {
        const all = ['stackcount', '--json', '-U', ...args, `${job.command}:many_3*`]
        const {counted} = await traceJob(job, () => all, env)
        return counted.map(({user, count}) => [functions(user)[0], count])
      }
      const everything = [3, ...Array.from({length: 10}, (_, index) => 30 + index)]
      const expected = everything.map((count) => [`many_${count}`, count])
      assert.deepEqual(await shown(), expected)
      assert.deepEqual(await shown('--top', '3'), expected.slice(-3))
      assert.deepEqual(await shown('--top', '1'), expected.slice(-1))
    })

    it('reports once after a duration, and each interval', async () => {
      const run = async (...args: string[]): Promise<string> => {
        const {stdout, code} = await tstrace(['stackcount', '-K', ...args, 't:sched:sched_switch'], {
          env: {...process.env, ...env},
        }).outcome
        assert.equal(code, 0)
        return stdout
      }
      assert.equal((await run('-T', '-D', '1')).match(/^\d\d:\d\d:\d\d$/gm)?.length, 1)
      const stacks = records(await run('--json', '-i', '1', '-D', '5')).all.filter(
        ({type}) => type === 'stack',
      )
      const seconds = wholeSeconds(stacks)
      assert.ok(seconds.length > 1 && seconds.every((each) => each > 0), seconds.join(' '))
      assert.equal(
        seconds.reduce((total, each) => total + each, 0),
        5,
        seconds.join(' '),
      )
    })

    it('counts the stacks of functions of the kernel', async function () {
      skipWithout(this, 'kprobes', (await machine.kprobe()).ok)
      const pattern = 'p::__(?:x64|arm64)_sys_getppid'
      const {counted} = await traceJob(
        getppid,
        (pid) => ['stackcount', '--json', '-r', '-p', `${pid}`, pattern],
        env,
      )
      assert.equal(sum(counted), many)
      for (const {kernel, user} of counted) {
        assert.match(String(functions(kernel)[0]), /_sys_getppid$/)
        assert.equal(functions(user)[0], 'getppid')
      }
    })
  })
}

describe('stackcount refuses', () => {
  inGuestsOnly()

  it('to show neither half', async () => {
    const {code, stdout, stderr} = await tstrace(['stackcount', '-K', '-U', tracepoint]).outcome
    assert.deepEqual([code, stdout], [exitCodes.usage, ''])
    assert.match(stderr, /-U and -K leave nothing to show/)
  })

  it('a pattern that matches nothing', async () => {
    const {code, stdout, stderr} = await tstrace(['stackcount', 't:sched:sched_fork']).outcome
    assert.deepEqual([code, stdout], [exitCodes.machine, ''])
    assert.match(stderr, /no tracepoint matches 't:sched:sched_fork'\nHINT: .*sched_process_fork/)
  })
})
