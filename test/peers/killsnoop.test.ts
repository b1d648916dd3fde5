import {existsSync, readFileSync} from 'node:fs'
import type {Send} from '../support/signals.js'
import type {Plan} from '../support/workload.js'
import {type Peer, sideBySide} from './compare.js'
import type {Difference} from './differences.js'
import {ofBcc, ofBpftrace, ofLibbpf} from './packages.js'

/** One above PID_MAX_LIMIT: no process ever has it. */
const nowhere = 2 ** 22 + 1
const [SIGKILL, SIGTERM, SIGCHLD, SIGCONT, SIGURG, SIGWINCH] = [9, 15, 17, 18, 23, 28]
const [SIGRT2, SIGRT3, SIGRT4] = [36, 37, 38]
/** No signal. */
const invalid = 65

const kill = (to: Send['to'], signal: number, times = 1): Send => ({call: 'kill', to, signal, times})

/** Each call but kill(2) sends signals of its own, by which its rows are known. */
const others = {
  tkill: [`${SIGURG}`],
  tgkill: [`${SIGWINCH}`],
  pidfd_send_signal: [`${SIGCHLD}`, 'SIGCHLD'],
  rt_sigqueueinfo: [`${SIGRT3}`, 'SIGRTMIN+3'],
  rt_tgsigqueueinfo: [`${SIGRT4}`, 'SIGRTMIN+4'],
}
type Other = keyof typeof others

const every: Plan = {
  comm: 'side;beside',
  signals: [
    kill('self', 0),
    kill('child', SIGCONT, 23),
    kill(nowhere, SIGKILL),
    kill(-nowhere, SIGTERM),
    kill('self', invalid),
    kill('child', invalid),
    kill('self', -1),
    kill(0, 0),
    kill('group', 0),
    kill(-1, 0),
    {call: 'tkill', to: 'thread', signal: SIGURG},
    {call: 'tkill', to: nowhere, signal: SIGURG},
    {call: 'tgkill', to: 'thread', signal: SIGWINCH},
    {call: 'pidfd_send_signal', to: 'child', signal: SIGCHLD},
    {call: 'rt_sigqueueinfo', to: nowhere, signal: SIGRT3},
    {call: 'rt_tgsigqueueinfo', to: nowhere, signal: SIGRT4},
    kill('child', SIGRT2),
    kill('child', SIGKILL),
  ],
}

/** Without real-time signals, for which libbpf-tools has no names. */
const named: Plan = {...every, signals: every.signals?.filter(({signal}) => signal !== SIGRT2) ?? []}

function untraced(...calls: readonly Other[]): Difference[] {
  return calls.map((call) => ({
    because: `it does not trace ${call}(2)`,
    lacks: ({SIG = ''}) => others[call].includes(SIG),
  }))
}

const timeOfPrinting: Difference = {
  because: 'its times are those of printing, ours those of the event',
  unlike: 'TIME',
}

const bcc: Peer = {
  name: 'killsnoop of BCC',
  file: ofBcc('killsnoop'),
  letters: 'pxTs',
  differences: [
    timeOfPrinting,
    ...untraced('tkill', 'tgkill', 'pidfd_send_signal', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo'),
  ],
}

const libbpf: Peer = {
  name: 'killsnoop of libbpf-tools',
  file: ofLibbpf('killsnoop'),
  // Debian's name for it is not the one by which it knows that it is killsnoop.
  args: ['--kill'],
  letters: 'pxsn',
  differences: [
    timeOfPrinting,
    ...untraced('pidfd_send_signal', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo'),
    {
      because: 'with -n it calls the test whether a process is there N/A',
      means: (row) => (row['SIG'] === 'N/A' ? {...row, SIG: '0'} : row),
    },
  ],
}

const bpftrace: Peer = {
  name: 'killsnoop.bt',
  file: ofBpftrace('killsnoop'),
  letters: '',
  differences: [
    timeOfPrinting,
    ...untraced('tkill', 'tgkill', 'pidfd_send_signal', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo'),
    {because: 'it takes a target of 0 for a call it has not seen begin', lacks: ({TPID}) => TPID === '0'},
  ],
}

/** Older versions take one signal only. */
const takesLists = existsSync(bcc.file) && readFileSync(bcc.file, 'utf8').includes('signal list')

sideBySide({
  tool: 'killsnoop',
  filter: {letter: 'p', column: 'PID'},
  peers: [bcc, libbpf, bpftrace],
  cases: [
    {title: 'every way to send a signal', plan: every, flags: []},
    {title: '-n: names of signals', plan: named, flags: ['-n']},
    {
      title: '-x -s -n: failed calls with a signal, by name',
      plan: every,
      flags: ['-x', '-s', `${SIGKILL}`, '-n'],
    },
    {
      title: '-x -s -T: failed calls with signals for a target',
      plan: every,
      flags: ['-x', '-s', takesLists ? `${SIGCONT},${invalid}` : `${invalid}`, '-T', 'CHILD'],
    },
  ],
  mark: async (workload, number) => {
    const comm = `marker-${number}`
    // The first passes -T, the second -s.
    await workload.also({comm, signals: [kill('child', invalid), kill(nowhere, SIGKILL)]})
    return comm
  },
})
