import {copyFileSync, existsSync, mkdtempSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import type {ExecPlan} from '../support/execs.js'
import type {FilePlan} from '../support/filework.js'
import type {WorkPlan} from '../support/knownwork.js'
import {writeKnownCode} from '../support/knowncode.js'
import type {CallPlan} from '../support/libcalls.js'
import {libraryPath} from '../support/library.js'
import type {Plan} from '../support/workload.js'

/** How often most things are done. */
const many = 23
const few = 7

const script = (name: string, ...args: readonly string[]): WorkPlan => ({
  command: process.execPath,
  args: [join(import.meta.dirname, '..', 'support', `${name}.js`), ...args],
})

const opens: Plan = {
  // What the filters of the golden programs look for in names.
  comm: 'nginxa"b\\c\n\xc3\xa9',
  workingDirectory: '/usr/lib',
  opens: [
    {call: 'openat', path: '/nx/one', times: many},
    {call: 'openat', path: '/etc/hosts', times: few},
    {call: 'openat', path: '/nx/two', flags: 0o1101, mode: 0o640, times: few},
    {call: 'open', path: '/etc/hostname', flags: 2},
    {call: 'open', path: '../missing', flags: 2, times: few},
    {call: 'open', path: './relative/./path'},
    {call: 'openat', path: 'hosts', directory: '/etc'},
    {call: 'openat', path: 'self/missing', directory: '/proc'},
    {call: 'openat', path: tmpdir(), flags: 0o20200002, mode: 0o600},
    {call: 'creat', path: '/nx/four/x', mode: 0o600, times: 3},
    {call: 'openat2', path: '/nx/five', flags: 0o100000, times: few},
    {call: 'openat', path: '/nx/caf\xc3\xa9', times: 2},
    {call: 'openat', path: '/nx/bad\xe9', times: 2},
    {call: 'openat', path: `/nx/${'long/'.repeat(many)}`},
    {call: 'openat', path: null},
  ],
}

const signals: Plan = {
  signals: [
    {call: 'kill', signal: 0, to: 'child', times: many},
    {call: 'kill', signal: 18, to: 'child', times: few},
    {call: 'kill', signal: 0, to: 'group', times: few},
    {call: 'kill', signal: 28, to: 'group'},
    {call: 'kill', signal: 0, to: 1},
    {call: 'kill', signal: 9, to: 2 ** 22 - 1, times: few},
    {call: 'kill', signal: 36, to: 2 ** 22 - 1, times: 3},
    {call: 'kill', signal: 99, to: 'self'},
    {call: 'tkill', signal: 0, to: 'thread', times: few},
    {call: 'tkill', signal: 15, to: 0},
    {call: 'tgkill', signal: 0, to: 'thread', times: few},
    {call: 'tgkill', signal: 9, to: 0, times: 3},
    {call: 'pidfd_send_signal', signal: 0, to: 'child', times: few},
    {call: 'pidfd_send_signal', signal: 28, to: 'directory'},
    {call: 'pidfd_send_signal', signal: 15, to: -1},
    {call: 'rt_sigqueueinfo', signal: 28, to: 'child', times: 3},
    {call: 'rt_tgsigqueueinfo', signal: 0, to: 'thread', times: 3},
    {call: 'rt_tgsigqueueinfo', signal: 15, to: 0},
    {call: 'kill', signal: 9, to: 'child'},
  ],
}

const execs: ExecPlan = {
  spawns: [
    {file: '/bin/true', argv: ['true'], times: many},
    {file: '/bin/true', argv: ['other name', '-x', 'a "quoted" one', 'caf\xc3\xa9', 'bad\xe9', '']},
    {file: '/bin/true', argv: ['many', ...Array.from({length: 70}, (_, index) => `${index}`)]},
    {file: '/bin/true', argv: ['long', 'x'.repeat(300)]},
    {file: '/bin/true', argv: ['untouched', 'texts'], untouched: 'texts', times: 3},
    {file: '/nx/missing', argv: ['missing', 'argument'], times: few},
    {file: '/etc/hosts', argv: []},
  ],
  replacements: [
    {call: 'execve', file: '/nx/missing', argv: ['missing', 'again']},
    {call: 'execveat', file: 'missing', argv: ['at', 'etc'], directory: '/etc'},
    {call: 'execve', file: '/bin/sh', argv: ['sh', '-c', '/bin/true from the shell; /bin/echo done']},
  ],
}

const calls: CallPlan = {
  calls: [
    {prototype: 'intptr_t malloc(size_t size)', args: [1 << 12], times: many},
    {prototype: 'void free(intptr_t memory)', args: [0], times: many},
    {prototype: 'intptr_t getenv(str name)', args: ['LC_ALL'], times: many},
    {prototype: 'intptr_t getenv(str name)', args: ['a"b'], times: few},
    {prototype: 'intptr_t getenv(str name)', args: ['PATH'], times: 3},
    {prototype: 'void qsort(long base, long n, long size, long compare)', args: [0, 0, 0, 0], times: many},
    {
      prototype: 'void qsort_r(long base, long n, long size, long compare, long argument)',
      args: [0, 0, 0, 0, 0],
      times: few,
    },
    {prototype: 'int system(long command)', args: [0], times: 3},
    {prototype: 'int open(str path, int flags)', args: ['/nx/one', 0], times: many},
    {prototype: 'int open(str path, int flags)', args: ['/nx/two', 2], times: few},
    {prototype: 'long readv(int fd, long vectors, int count)', args: [0, 0, 0], times: few},
    {prototype: 'int sched_yield()', args: [], times: many},
    {prototype: 'int usleep(unsigned int microseconds)', args: [1], times: few},
  ],
  recursion: 5,
}

const files = (folder: string): FilePlan => ({
  calls: [
    ['write', many],
    ['read', 11],
    ['readv', 5],
    ['proc', 3],
    ['pipe', few],
    ['socket', few],
    ['fsync', 3],
    ['open', many],
    ['touch', few],
    ['mknod', 3],
    ['unlink', 3],
    ['mkdir', 5],
    ['rmdir', 5],
  ],
  folder,
})

/** Samples of each of three ways to spend time, for a CPU of any speed. */
function busy(folder: string): WorkPlan {
  const path = join(folder, 'nginx')
  writeKnownCode(path, {outer: 1, other: 1, reader: 1000, spin: 30_000_000, size: 1 << 20})
  return {command: path, args: [], cpuSeconds: 1.7}
}

/** The libraries whose functions golden programs trace. */
const libraries = ['libc.so.6', 'libstdc++.so.6']

/** How the libraries of this machine are called. @param usdt whether that is by exceptions in C++ */
export function libraryWork(usdt: boolean): WorkPlan {
  return usdt ? script('exceptions', `${many}`) : script('libcalls', JSON.stringify(calls))
}

/** With libraries of its own: while malloc() is traced for all, tracers that start take a minute. */
function withLibraries(folder: string, {command, args}: WorkPlan): WorkPlan {
  const system = dirname(libraryPath('libc.so.6'))
  for (const name of libraries) {
    const from = join(system, name)
    if (existsSync(from)) copyFileSync(from, join(folder, name))
  }
  return {command: 'env', args: [`LD_LIBRARY_PATH=${folder}`, command, ...args]}
}

/** A program with the libraries of `withLibraries`. */
export function tracingLibraries(folder: string, program: string): string {
  return program.replaceAll(/"[^"\n]*\/([^"/\n]+)"/g, (path, name: string) =>
    libraries.includes(name) ? `"${join(folder, name)}"` : path,
  )
}

/**
 * The work that makes the events of a golden program.
 * @param source of the tool
 * @param folder for what it writes
 */
export function workFor(tool: string, source: string, folder: string): WorkPlan {
  if (source === 'usdt') return withLibraries(folder, libraryWork(true))
  switch (tool) {
    case 'opensnoop':
      return script('workload', JSON.stringify(opens))
    case 'killsnoop':
      return script('workload', JSON.stringify(signals))
    case 'execsnoop':
      return script('execs', JSON.stringify(execs))
    case 'vfsstat':
      // It makes files, for each program anew.
      return script('filework', JSON.stringify(files(mkdtempSync(join(folder, 'files-')))))
    case 'profile':
      return busy(folder)
    case 'tcpretrans': {
      const {command, args} = script('retransmitting')
      return {command: 'unshare', args: ['--net', command, ...args]}
    }
    default:
      return withLibraries(folder, libraryWork(false))
  }
}
