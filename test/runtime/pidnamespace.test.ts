import assert from 'node:assert/strict'
import {Machine} from '#src/engine/kernel/machine.js'
import {engines} from '../support/engines.js'
import {traceInside, tstraceInside} from '../support/inside.js'
import {childrenOf, Workload} from '../support/processes.js'
import {inGuestsOnly} from '../support/skip.js'
import {records} from '../support/trace.js'

/** Prime, so that no multiple of something else looks right. */
const many = 23
const opens = {opens: [{call: 'openat', path: '/nx/repeated', times: many} as const]}
const isOld = (version = '99'): boolean => Number(/^0\.(\d+)/.exec(version)?.[1] ?? 99) < 23

for (const {name, version, env} of await engines()) {
  describe(`in a pid namespace, ${name}`, () => {
    inGuestsOnly('says that', 'knows processes and threads', 'asks for them')

    if (isOld(version)) {
      it('says that it knows other ids', async () => {
        const {stderr} = await tstraceInside(['opensnoop', '-d', '0.1'], env).outcome
        const warning = new RegExp(`this is a pid namespace: bpftrace ${version} knows processes by`)
        assert.match(stderr, warning)
        const run = await tstraceInside(['run', '-e', 'BEGIN { exit() }'], env).outcome
        assert.match(run.stderr, warning)
      })
      return
    }

    it('knows processes and threads by the ids that are seen there', async () => {
      const {events, outcome, workload} = await traceInside(opens, ['opensnoop', '--json', '-p', 'PID'], env)
      assert.deepEqual(
        events.map(({pid, tid, path}) => [pid, tid, path]),
        Array(many).fill([workload.pid, workload.tids[0], '/nx/repeated']),
        outcome.stderr,
      )
      assert.doesNotMatch(outcome.stderr, /namespace/)
      const none = await traceInside(opens, ['opensnoop', '--json', '-p', '1', '--path', '/nx/*'], env)
      assert.deepEqual(none.events, [])
    })

    it('traces a command, and all that it starts', async () => {
      const files = Array<string>(many).fill('/nx/missing')
      const one = ['opensnoop', '--json', '--path', '/nx/*', '--', 'cat', ...files]
      const shown = records((await tstraceInside(one, env).outcome).stdout).events
      assert.equal(shown.length, many)
      assert.ok(shown.every(({pid}) => pid === shown[0]?.['pid'] && Number(pid) > 1 && Number(pid) < 1000))

      const script = `for i in $(seq ${many}); do /bin/true; done`
      const all = await tstraceInside(['execsnoop', '--json', '--', 'sh', '-c', script], env).outcome
      const execs = records(all.stdout).events
      const [shell, ...others] = execs
      const started = others.filter(({comm}) => comm === 'true')
      assert.equal(started.length, many, all.stderr)
      assert.deepEqual(new Set(started.map(({ppid}) => ppid)), new Set([shell?.['pid']]))
      assert.equal(new Set(started.map(({pid}) => pid)).size, many)
    })

    it('knows cpid of run', async () => {
      const program =
        'tracepoint:syscalls:sys_enter_openat /pid == cpid/ { @[str(args->filename)] = count(); }'
      const line = `cat ${'/nx/missing '.repeat(many)}`
      const {stdout, stderr} = await tstraceInside(['run', '-c', line, '-e', program], env).outcome
      assert.match(stdout, new RegExp(`^@\\[/nx/missing\\]: ${many}$`, 'm'), stderr)
    })

    it('knows parents', async () => {
      const plan = {spawns: [{file: '/bin/true', argv: ['true'], times: many}]}
      const {events, workload} = await traceInside(plan, ['execsnoop', '--json', '-P', 'PID'], env)
      assert.deepEqual(
        events.map(({ppid}) => ppid),
        Array(many).fill(workload.pid),
      )
      assert.ok(events.every(({pid}) => Number(pid) > 1 && Number(pid) < 1000))
    })

    // bpftrace asks the kernel's helper, which does not know them.
    if (version === undefined) {
      it('knows those of the namespaces below', async () => {
        const args = ['opensnoop', '--json', '-p', 'PID']
        const {events, workload} = await traceInside(opens, args, env, {below: true})
        assert.deepEqual(workload.tids, [1])
        assert.ok(workload.pid > 1)
        assert.deepEqual(
          events.map(({pid, tid}) => [pid, tid]),
          Array(many).fill([workload.pid, workload.pid]),
        )
        const parents = {spawns: [{file: '/bin/true', argv: ['true'], times: many}]}
        const execs = await traceInside(parents, ['execsnoop', '--json', '-P', 'PID'], env, {below: true})
        assert.deepEqual(new Set(execs.events.map(({ppid}) => ppid)), new Set([execs.workload.pid]))
        assert.equal(execs.events.length, many)
      })

      it('asks for them in probes of every kind', async () => {
        const kinds = [
          'rawtracepoint:sched_switch',
          'profile:hz:99',
          'uprobe:libc:getppid',
          'software:cpu-clock:100000',
        ]
        const machine = new Machine()
        if ((await machine.kprobe()).ok) kinds.push('kprobe:vfs_read', 'kretprobe:vfs_read')
        if ((await machine.fentry()).ok) kinds.push('fentry:vfs_read')
        // 1 is tstrace itself; the others there are its own threads.
        const end = 'interval:ms:50 { @last = pid; exit(); } BEGIN { @first = pid; }'
        const program = kinds
          .map((kind, index) => `${kind} { @${'abcdefg'[index]}[pid, tid] = count(); }`)
          .join(' ')
        const {code, stdout, stderr} = await tstraceInside(['run', '-e', `${program} ${end}`], env).outcome
        assert.equal(code, 0, stderr)
        assert.match(stdout, /^@first: 1$/m)
        assert.match(stdout, /^@a\[0, 0\]: \d+$/m)
        for (const [, pid, tid] of stdout.matchAll(/^@\w\[(\d+), (\d+)\]/gm))
          assert.ok((pid === '0') === (tid === '0') && Number(tid) < 1000, `${pid}, ${tid}`)
      })
    }

    it('shows those outside of it with 0, and tells them apart', async () => {
      const threads = 3
      const workload = await Workload.start({...opens, threads})
      const tool = tstraceInside(['opensnoop', '--json', '--path', '/nx/*'], env)
      await tool.firstLine
      await workload.go()
      // `unshare` keeps the signal to itself.
      for (const pid of childrenOf(tool.pid)) process.kill(pid, 'SIGINT')
      const {events} = records((await tool.outcome).stdout)
      await workload.end()
      assert.deepEqual(
        events.map(({pid, tid, path}) => [pid, tid, path]),
        Array(threads * many).fill([0, 0, '/nx/repeated']),
      )
    })
  })
}
