import assert from 'node:assert/strict'
import {engines} from '../support/engines.js'
import {tstrace} from '../support/processes.js'
import type {Send} from '../support/signals.js'
import {type Event, records, traceWorkload} from '../support/trace.js'
import type {Plan} from '../support/workload.js'
import {inGuestsOnly} from '../support/skip.js'

const many = 23
const nobody = 65534
/** One above PID_MAX_LIMIT: no process ever has it. */
const nowhere = 2 ** 22 + 1

const [SIGKILL, SIGTERM, SIGWINCH, SIGRT2] = [9, 15, 28, 36]
const [EPERM, ESRCH, EBADF, EINVAL] = [-1, -3, -9, -22]

const kill = (to: Send['to'], signal: number, times = 1): Send => ({call: 'kill', to, signal, times})
const pick = (events: readonly Event[], ...names: string[]): unknown[][] =>
  events.map((event) => names.map((name) => event[name]))

/** What the issues of the peers are about: tests, an end, no process, no group, no signal, everybody, a real-time signal. */
const usual: readonly Send[] = [
  kill('self', 0),
  kill('child', SIGWINCH),
  kill(nowhere, SIGKILL),
  kill(-nowhere, SIGTERM),
  kill('self', 65),
  kill('self', -1),
  kill(0, 0),
  kill('group', 0),
  kill(-1, 0),
  kill('child', SIGRT2),
  kill('child', SIGKILL),
]

for (const {name, env} of await engines()) {
  type Args = (workload: {pid: number; tids: readonly number[]; child: number}) => readonly string[]
  const traced = (plan: Plan, args: Args) =>
    traceWorkload(plan, (workload) => ['killsnoop', '--json', ...args(workload)], env)
  /** As `traced`, for one call, which needs few probes. */
  const kills = (signals: readonly Send[], args: Args) =>
    traced({signals}, (workload) => ['--syscalls', 'kill', ...args(workload)])
  const bySender: Args = ({pid}) => ['-p', `${pid}`]

  describe(`killsnoop with ${name}`, () => {
    inGuestsOnly('shows each signal once', 'shows the calls for threads', 'finds who is behind a pidfd')
    it('shows each signal once, with its target as given to the call and its raw result', async () => {
      const {events, outcome, workload, records} = await traced(
        {signals: usual, comm: 'parity test;x'},
        bySender,
      )
      assert.equal(outcome.code, 0, outcome.stderr)
      const {pid, child} = workload
      assert.deepEqual(pick(events, 'sig', 'signal', 'tpid', 'result', 'errno', 'error'), [
        [0, '0', pid, 0, 0, null],
        [SIGWINCH, 'SIGWINCH', child, 0, 0, null],
        [SIGKILL, 'SIGKILL', nowhere, ESRCH, 3, 'ESRCH'],
        [SIGTERM, 'SIGTERM', -nowhere, ESRCH, 3, 'ESRCH'],
        [65, '65', pid, EINVAL, 22, 'EINVAL'],
        [-1, '-1', pid, EINVAL, 22, 'EINVAL'],
        [0, '0', 0, 0, 0, null],
        [0, '0', -child, 0, 0, null],
        [0, '0', -1, 0, 0, null],
        [SIGRT2, 'SIGRTMIN+2', child, 0, 0, null],
        [SIGKILL, 'SIGKILL', child, 0, 0, null],
      ])
      for (const event of events)
        assert.deepEqual(pick([event], 'pid', 'tid', 'comm', 'uid', 'ttid', 'call'), [
          [pid, pid, 'parity test;x', 0, null, 'kill'],
        ])
      assert.equal(records['end']?.['lost'], 0)
    })

    it('shows the calls for threads, with a value, and by pidfd, too', async () => {
      const signals: Send[] = [
        {call: 'tkill', to: 'thread', signal: 0},
        {call: 'tkill', to: nowhere, signal: SIGKILL},
        {call: 'tgkill', to: 'thread', signal: 0},
        {call: 'tgkill', to: nowhere, signal: SIGKILL},
        {call: 'rt_sigqueueinfo', to: 'child', signal: SIGWINCH},
        {call: 'rt_sigqueueinfo', to: nowhere, signal: SIGKILL},
        {call: 'rt_tgsigqueueinfo', to: 'child', signal: SIGWINCH},
        {call: 'rt_tgsigqueueinfo', to: nowhere, signal: SIGKILL},
        {call: 'pidfd_send_signal', to: 'child', signal: SIGWINCH, times: many},
      ]
      const {events, workload} = await traced({signals, threads: 1}, bySender)
      const {pid, tids, child} = workload
      const rows = pick(events, 'call', 'sig', 'tpid', 'ttid', 'result')
      assert.deepEqual(rows, [
        ['tkill', 0, tids[0], tids[0], 0],
        ['tkill', SIGKILL, nowhere, nowhere, ESRCH],
        ['tgkill', 0, pid, tids[0], 0],
        ['tgkill', SIGKILL, nowhere, nowhere, ESRCH],
        ['rt_sigqueueinfo', SIGWINCH, child, null, 0],
        ['rt_sigqueueinfo', SIGKILL, nowhere, null, ESRCH],
        ['rt_tgsigqueueinfo', SIGWINCH, child, child, 0],
        ['rt_tgsigqueueinfo', SIGKILL, nowhere, nowhere, ESRCH],
        ...(Array(many).fill(['pidfd_send_signal', SIGWINCH, child, null, 0]) as unknown[][]),
      ])

      // A thread's id fits -T as well as that of its process.
      const thread = await traced({signals, threads: 1}, ({tids}) => ['-T', `${tids[0]}`])
      assert.deepEqual(pick(thread.events, 'call'), [['tkill'], ['tgkill']])
      const process = await traced({signals, threads: 1}, ({child}) => ['-T', `${child}`])
      assert.deepEqual(pick(process.events, 'call'), [
        ['rt_sigqueueinfo'],
        ['rt_tgsigqueueinfo'],
        ...(Array(many).fill(['pidfd_send_signal']) as unknown[][]),
      ])
    })

    it('finds who is behind a pidfd, and says n/a where nobody is', async () => {
      const to = (target: Send['to'], signal = 0): Send => ({call: 'pidfd_send_signal', to: target, signal})
      // 0 is standard input, a pipe.
      const signals = [
        to('self'),
        to('child'),
        to('directory'),
        to('child', 65),
        ...[0, 999, nowhere, -1].map((fd) => to(fd)),
      ]
      const narrow: Args = ({pid}) => ['--syscalls', 'pidfd_send_signal', '-p', `${pid}`]
      const {events, workload} = await traced({signals}, narrow)
      const {pid, child} = workload
      assert.deepEqual(pick(events, 'tpid', 'result'), [
        [pid, 0],
        [child, 0],
        [child, 0],
        [child, EINVAL],
        ...(Array(4).fill([null, EBADF]) as unknown[][]),
      ])
      const untyped = await traced({signals}, (workload) => [
        ...narrow(workload),
        '--source',
        'tracepoint-untyped',
      ])
      assert.equal(untyped.records['start']?.['source'], 'tracepoint-untyped')
      assert.deepEqual(
        pick(untyped.events, 'tpid', 'result'),
        pick(events, 'result').map(([result]) => [null, result]),
      )
      const table = await traceWorkload(
        {signals: [to(999)], comm: 'sender'},
        (workload) => ['killsnoop', ...narrow(workload)],
        env,
      )
      assert.match(table.outcome.stdout, /\n\d\d:\d\d:\d\d {2}\d+ +sender {11}0 {4}n\/a {4}-9\n$/)
    })

    it('finds who is behind the pidfd of the caller itself', async () => {
      // PIDFD_SELF_THREAD and PIDFD_SELF_THREAD_GROUP; kernels before 6.15 fail with EBADF.
      const signals: Send[] = [-10_000, -10_001].map((to) => ({call: 'pidfd_send_signal', to, signal: 0}))
      const {events, workload} = await traced({signals, threads: 1}, ({pid}) => [
        ...['--syscalls', 'pidfd_send_signal', '-p', `${pid}`],
      ])
      assert.deepEqual(pick(events, 'tpid'), [[workload.tids[0]], [workload.pid]])
    })

    it('-s takes one signal, a list, and 0 like others', async () => {
      const shown = async (...args: string[]): Promise<unknown[]> => {
        const {events} = await kills(usual, ({pid}) => ['-p', `${pid}`, ...args])
        return events.map(({sig}) => sig)
      }
      assert.deepEqual(await shown('-s', '9'), [SIGKILL, SIGKILL])
      assert.deepEqual(await shown('-s', '9,TERM'), [SIGKILL, SIGTERM, SIGKILL])
      assert.deepEqual(await shown('-s', '0'), [0, 0, 0, 0])
      assert.deepEqual(await shown('-s', 'rtmin+2', '-s', '65'), [65, SIGRT2])
      assert.deepEqual(await shown('-s', 'HUP'), [])
      assert.deepEqual(await shown('-e', '0'), [...[SIGWINCH, SIGKILL, SIGTERM, 65, -1, SIGRT2, SIGKILL]])
      assert.deepEqual(await shown('-e', '0,9', '-e', 'WINCH,SIGRTMIN+2'), [SIGTERM, 65, -1])
      assert.deepEqual(await shown('-s', '9,15', '-e', '9'), [SIGTERM])
    })

    it('-x shows failed calls only', async () => {
      const failures = [kill(nowhere, SIGKILL), kill('self', 65), kill(-nowhere, SIGTERM, many)]
      const signals = [kill('self', 0, many), ...failures]
      const {events} = await kills(signals, ({pid}) => ['-x', '-p', `${pid}`])
      assert.deepEqual(pick(events, 'result'), [
        [ESRCH],
        [EINVAL],
        ...(Array(many).fill([ESRCH]) as unknown[][]),
      ])
      const none = await kills([kill('self', 0, many)], ({pid}) => ['-x', '-p', `${pid}`])
      assert.deepEqual(none.events, [])
    })

    it('-p is who sends, -T who gets: never the other', async () => {
      const signals = [kill('child', SIGWINCH, many), kill('group', 0)]
      const sent = await kills(signals, bySender)
      assert.equal(sent.events.length, many + 1)
      const got = await kills(signals, ({child}) => ['-T', `${child}`])
      assert.deepEqual(
        pick(got.events, 'pid', 'tpid'),
        Array(many).fill([got.workload.pid, got.workload.child]),
      )
      const group = await kills(signals, ({child}) => ['-T', `-${child}`])
      assert.deepEqual(pick(group.events, 'tpid'), [[-group.workload.child]])
      const wrong: Args[] = [({child}) => ['-p', `${child}`], ({pid}) => ['-T', `${pid}`]]
      for (const args of wrong) assert.deepEqual((await kills(signals, args)).events, [])
    })

    it('-T takes 0 and -1 as they are given to the call', async () => {
      for (const target of [0, -1]) {
        const {events} = await kills(usual, ({pid}) => ['-p', `${pid}`, '-T', `${target}`])
        assert.deepEqual(pick(events, 'tpid'), [[target]])
      }
    })

    it('PID is the process, also for signals from other threads than the main one', async () => {
      const plan: Plan = {signals: [kill('child', 0, many)], threads: 3}
      const all = await traced(plan, ({pid}) => ['--syscalls', 'kill', '-p', `${pid}`])
      assert.equal(all.events.length, 3 * many)
      assert.deepEqual(new Set(all.events.map(({pid}) => pid)), new Set([all.workload.pid]))
      assert.deepEqual(new Set(all.events.map(({tid}) => tid)), new Set(all.workload.tids))
      const one = await traced(plan, ({tids}) => ['--syscalls', 'kill', '-t', `${tids[1]}`])
      assert.deepEqual(pick(one.events, 'tid'), Array(many).fill([one.workload.tids[1]]))
    })

    it('shows what a user may not do, and -u filters by who tries', async () => {
      const plan: Plan = {signals: [kill(1, 0, many)], uid: nobody}
      for (const user of ['nobody', `${nobody}`]) {
        const {events} = await traced(plan, () => ['--syscalls', 'kill', '-u', user])
        assert.deepEqual(
          pick(events, 'uid', 'tpid', 'result', 'error'),
          Array(many).fill([nobody, 1, EPERM, 'EPERM']),
          user,
        )
      }
      const root = await traced(plan, ({pid}) => ['--syscalls', 'kill', '-u', '0', '-p', `${pid}`])
      assert.deepEqual(root.events, [])
    })

    it('--name matches a part of the name of the thread', async () => {
      const plan: Plan = {signals: [kill('child', 0, many)], comm: 'parity test;x'}
      const args =
        (text: string): Args =>
        () => ['--syscalls', 'kill', '--name', text]
      assert.equal((await traced(plan, args('test;'))).events.length, many)
      assert.equal((await traced(plan, args('TEST;'))).events.length, 0)
    })

    it('--syscalls traces these calls only', async () => {
      const signals: Send[] = [
        kill('self', 0),
        {call: 'tgkill', to: 'thread', signal: 0, times: many},
        {call: 'tkill', to: 'thread', signal: 0},
      ]
      const {events} = await traced({signals}, ({pid}) => ['--syscalls', 'tgkill,tkill', '-p', `${pid}`])
      assert.deepEqual(pick(events, 'call'), [...(Array(many).fill(['tgkill']) as unknown[][]), ['tkill']])
    })

    it('the table has the columns of BCC; -n shows the names of signals', async () => {
      const signals = [kill('child', SIGKILL), kill(-nowhere, SIGRT2), kill('self', 0)]
      const table = async (...args: string[]): Promise<{rows: string[]; pid: string; child: string}> => {
        const {outcome, workload} = await traceWorkload(
          {signals, comm: 'sender'},
          ({pid}) => ['killsnoop', '--syscalls', 'kill', '-p', `${pid}`, ...args],
          env,
        )
        const rows = outcome.stdout.split('\n').map((row) => row.replace(/^\d\d:\d\d:\d\d /, 'HH:MM:SS '))
        return {rows, pid: `${workload.pid}`.padEnd(6), child: `${workload.child}`.padEnd(6)}
      }
      const numbers = await table()
      assert.deepEqual(numbers.rows, [
        'TIME      PID    COMM             SIG  TPID   RESULT',
        `HH:MM:SS  ${numbers.pid} sender           9    ${numbers.child} 0`,
        `HH:MM:SS  ${numbers.pid} sender           36   ${-nowhere} -3`,
        `HH:MM:SS  ${numbers.pid} sender           0    ${numbers.pid} 0`,
        '',
      ])
      const names = await table('-n')
      assert.deepEqual(names.rows, [
        'TIME      PID    COMM             SIG          TPID   RESULT',
        `HH:MM:SS  ${names.pid} sender           SIGKILL      ${names.child} 0`,
        `HH:MM:SS  ${names.pid} sender           SIGRTMIN+2   ${-nowhere} -3`,
        `HH:MM:SS  ${names.pid} sender           0            ${names.pid} 0`,
        '',
      ])
    })

    it('COMM is who makes the call: bash where it is built in, also when it ends itself', async () => {
      const {stdout, stderr} = await tstrace(
        ['killsnoop', '--json', '--syscalls', 'kill', '--', 'bash', '-c', 'kill -0 $$; kill -9 $$'],
        {env: {...process.env, ...env}},
      ).outcome
      const {events} = records(stdout)
      assert.deepEqual(
        pick(events, 'comm', 'sig', 'result'),
        [0, SIGKILL].map((signal) => ['bash', signal, 0]),
        stderr,
      )
      for (const {pid, tpid} of events) assert.equal(pid, tpid)
    })

    it('Ctrl-C ends it with exit code 0 and nothing after the rows', async () => {
      const tool = tstrace(['killsnoop', '-T', `${nowhere}`], {env: {...process.env, ...env}})
      await tool.firstLine
      tool.signal('SIGINT')
      const {code, stdout, stderr} = await tool.outcome
      assert.deepEqual([code, stdout], [0, 'TIME      PID    COMM             SIG  TPID   RESULT\n'], stderr)
    })
  })
}
