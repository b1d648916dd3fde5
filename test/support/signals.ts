import {type ChildProcess, spawn} from 'node:child_process'
import koffi from 'koffi'

/** A call that sends a signal, made `times` times. */
export interface Send {
  readonly call: keyof typeof makers
  readonly signal: number
  /**
   * The sender's process, its thread that makes the call, the child of the workload or the child's group. Other numbers
   * are given to the call as they are, to pidfd_send_signal(2) as the descriptor; `directory` is that of the child in
   * /proc, for pidfd_send_signal(2) only.
   */
  readonly to: number | 'self' | 'thread' | 'child' | 'group' | 'directory'
  readonly times?: number
}

const numbers =
  (
    {
      x64: {
        ...{kill: 62, tkill: 200, tgkill: 234, rt_sigqueueinfo: 129, rt_tgsigqueueinfo: 297},
        ...{pidfd_send_signal: 424, pidfd_open: 434, gettid: 186, openat: 257},
      },
      arm64: {
        ...{kill: 129, tkill: 130, tgkill: 131, rt_sigqueueinfo: 138, rt_tgsigqueueinfo: 240},
        ...{pidfd_send_signal: 424, pidfd_open: 434, gettid: 178, openat: 56},
      },
    } as Record<string, Record<string, number>>
  )[process.arch] ?? {}

const libc = koffi.load(null)
const syscall = libc.func('long syscall(long number, long a, long b, long c, long d)')
const syscallInfo = libc.func('long syscall(long number, long a, long b, void *c)')
const syscallThreadInfo = libc.func('long syscall(long number, long a, long b, long c, void *d)')
const syscallPath = libc.func('long syscall(long number, long a, str b, long c, long d)')
const close = libc.func('int close(int fd)')

/** SI_QUEUE: the only kind of siginfo_t that others than the kernel may send to another process. */
function siginfo(signal: number): Buffer {
  const info = Buffer.alloc(128)
  info.writeInt32LE(signal, 0)
  info.writeInt32LE(-1, 8)
  return info
}

/** The calls, from the id of the thread or process (or a descriptor), the signal, and the thread's process. */
const makers = {
  kill: (id: number, signal: number): void => void syscall(numbers['kill'], id, signal, 0, 0),
  tkill: (id: number, signal: number): void => void syscall(numbers['tkill'], id, signal, 0, 0),
  tgkill: (id: number, signal: number, process: number): void =>
    void syscall(numbers['tgkill'], process, id, signal, 0),
  pidfd_send_signal: (fd: number, signal: number): void =>
    void syscall(numbers['pidfd_send_signal'], fd, signal, 0, 0),
  rt_sigqueueinfo: (id: number, signal: number): void =>
    void syscallInfo(numbers['rt_sigqueueinfo'], id, signal, siginfo(signal)),
  rt_tgsigqueueinfo: (id: number, signal: number, process: number): void =>
    void syscallThreadInfo(numbers['rt_tgsigqueueinfo'], process, id, signal, siginfo(signal)),
}

/** Makes the calls of a plan, in this thread. */
export function sendSignals(sends: readonly Send[], child: number): void {
  const thread = Number(syscall(numbers['gettid'], 0, 0, 0, 0))
  const ids = {self: process.pid, thread, child, group: -child, directory: child}
  for (const {call, signal, to, times = 1} of sends) {
    const id = typeof to === 'number' ? to : ids[to]
    const opened = call === 'pidfd_send_signal' && typeof to !== 'number' ? descriptor(id, to) : undefined
    const owner = to === 'thread' ? process.pid : id
    for (let round = 0; round < times; round++) makers[call](opened ?? id, signal, owner)
    if (opened !== undefined) close(opened)
  }
}

function descriptor(id: number, to: Send['to']): number {
  return Number(
    to === 'directory'
      ? syscallPath(numbers['openat'], -100, `/proc/${id}`, 0, 0)
      : syscall(numbers['pidfd_open'], id, 0, 0, 0),
  )
}

/** A process to send signals to, in a group of its own. It ends by itself when this process does. */
export function startChild(): ChildProcess {
  return spawn('cat', {stdio: ['pipe', 'ignore', 'ignore'], detached: true})
}
