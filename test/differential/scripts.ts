import {release} from 'node:os'
import {Machine} from '#src/engine/kernel/machine.js'
import type {Work} from '../support/scriptwork.js'

/** The name of the process that works, and of the thread in it that does. */
export const workName = 'scripted'
/** Another that it has for one of the works, and the system call that it makes then: sched_rr_get_interval. */
export const countedName = 'counted'
export const countedCall = process.arch === 'arm64' ? 127 : 148

/** How a script of bpftrace's is compared on both engines, which run it at the same time beside known work. */
export interface Comparison {
  readonly work: Work
  /**
   * What of its output is the work's, as it is compared: one text for each row or entry. Left out is what others do
   * meanwhile, and what the engines cannot have in common, as each reads the clock by itself.
   */
  readonly picks: (output: string, who: Who) => readonly string[]
  /** How many there must be. */
  readonly rows: number
  /** How it is compared, for `test/SCRIPTS.md`. */
  readonly what: string
  /** What it needs that not every machine has. */
  readonly needs?: Need
  /** What is compared is printed at the end. */
  readonly atEnd?: true
  /** Lines that BEGIN writes; 2 if not given. */
  readonly heading?: number
}

/** What not every machine has. */
interface Need {
  readonly what: string
  readonly has: () => boolean | Promise<boolean>
}

const kprobes: Need = {what: 'kprobes', has: async () => (await new Machine().kprobe()).ok}

export interface Who {
  readonly pid: number
  /** The processes that the work started. */
  readonly started: readonly number[]
}

/** All that matches: rows may be broken by those of other processes, as bpftrace sends each printf by itself. */
const all = (output: string, pattern: string): string[] =>
  Array.from(output.matchAll(new RegExp(pattern, 'gm')), ([text]) => text.trimEnd())

const lines = (text: string): string[] => text.split('\n').map((line) => line.trimEnd())

/** The rows that begin with the process, after the time. */
const ofProcess =
  (rest = '.*') =>
  (output: string, {pid}: Who): string[] =>
    all(output, `\\b${pid} +${workName} ${rest}`)

const latency = (rows: readonly string[], pattern: RegExp): string[] =>
  rows.map((row) => row.replace(pattern, '$1LATENCY'))

export const comparisons: Readonly<Record<string, Comparison>> = {
  'bashreadline.bt': {
    work: 'readline',
    picks: (output, {started: [shell]}) => all(output, `\\b${shell} +.*`),
    rows: 23,
    what: 'process and line, of 23',
  },
  'biosnoop.bt': {
    work: 'blocks',
    // The disk, which 0.17 names and 0.23 numbers, comes before the process.
    picks: (output, {pid}) =>
      all(output, `\\S+ +(?:\\d+ +)?${workName} +${pid} +\\d+$`).map((row) => row.replace(/\d+$/, 'LATENCY')),
    rows: 30,
    heading: 1,
    what: 'disk and process, of 30 writes; not time and latency',
  },
  'bitesize.bt': {
    work: 'blocks',
    picks: (output) => all(output, `^@\\[${workName}\\]: *\\n(?:\\[.*\\n)*`).flatMap(lines),
    rows: 3,
    atEnd: true,
    heading: 1,
    needs: {
      what: 'a kernel that writes for a process in its name, as 6.12 does and 6.1 does not',
      has: () => !release().startsWith('6.1.'),
    },
    what: 'the histogram of 23 writes of one size and 7 of another',
  },
  'capable.bt': {
    work: 'checks',
    picks: (output, {pid}) => all(output, `\\d+ +${pid} +${workName} .*CAP_SETUID.*`),
    rows: 23,
    needs: kprobes,
    what: 'user, process and capability, of 23 checks',
  },
  'execsnoop.bt': {
    work: 'execs',
    picks: (output, {pid, started}) => [
      // After the time; since 0.18 with the parent.
      ...all(output, `(?<=^[\\d:.]+ +)(?:${started.join('|')}) (?: *${pid} )?`),
      ...all(output, '/bin/true marked \\d+ two words'),
    ],
    rows: 46,
    heading: 1,
    what: '23 execs with their arguments',
  },
  'gethostlatency.bt': {
    work: 'resolve',
    picks: (output, who) => latency(ofProcess()(output, who), /^(\d+ +\w+ ) *\d+/),
    rows: 23,
    what: 'process and name, of 23; not the latency',
  },
  'killsnoop.bt': {work: 'kill', picks: ofProcess(), rows: 30, what: '30 signals, 7 of which fail'},
  'naptime.bt': {
    work: 'naps',
    picks: (output, {pid}) => all(output, `\\d+ +\\S+ +${pid} +${workName} .*`),
    rows: 23,
    what: 'parent, process and time, of 23 naps',
  },
  'opensnoop.bt': {
    work: 'opens',
    picks: ofProcess('.*(?:/nx/missing|/opened).*'),
    rows: 30,
    what: '30 opens, 23 of which fail',
  },
  'setuids.bt': {work: 'setuids', picks: ofProcess(), rows: 19, what: '19 calls, 4 of which fail'},
  'sslsnoop.bt': {
    work: 'ssl',
    picks: (output, {pid}) => latency(all(output, `\\b${pid} +${workName} .*`), /^(\d+ +\w+ ) *\d+/),
    rows: 35,
    what: 'thread, result and function, of 35 calls; not the latency',
  },
  'statsnoop.bt': {
    work: 'stats',
    picks: ofProcess(),
    rows: 35,
    what: '35 calls, 23 of which fail',
  },
  'syncsnoop.bt': {work: 'syncs', picks: ofProcess(), rows: 40, what: '40 calls of five kinds'},
  'syscount.bt': {
    work: 'calls',
    picks: (output) => [
      ...all(output, `^@syscall\\[${countedCall}\\]: .*`),
      ...all(output, `^@process\\[${countedName}\\]: .*`),
    ],
    rows: 2,
    atEnd: true,
    heading: 1,
    what: 'the counts of a system call and of a process name',
  },
  'tcpaccept.bt': {
    work: 'connections',
    picks: ofProcess(),
    rows: 46,
    needs: kprobes,
    what: 'process, addresses and backlog, of 46 connections',
  },
  'tcpconnect.bt': {
    work: 'connections',
    picks: ofProcess(),
    rows: 46,
    needs: kprobes,
    what: 'process and addresses, of 46 connections',
  },
  'tcpdrop.bt': {
    work: 'drops',
    picks: (output, {pid}) => all(output, `\\b${pid} +${workName} +[^]*?\\n\\n`),
    rows: 23,
    what: 'process, addresses, state and kernel stack, of 23 drops',
  },
  'tcplife.bt': {
    work: 'connections',
    picks: (output, {pid}) =>
      all(output, `\\b${pid} +${workName} +.*\\d$`).map((row) => row.replace(/\d+$/, 'TIME')),
    rows: 92,
    heading: 1,
    needs: kprobes,
    what: 'process, addresses and KiB, of both ends of 46 connections; not how long they lived',
  },
  'tcpsynbl.bt': {
    work: 'connections',
    picks: (output) => all(output, '^@backlog\\[7\\]: *\\n(?:\\[.*\\n)*').flatMap(lines),
    rows: 2,
    atEnd: true,
    heading: 1,
    needs: kprobes,
    what: 'the histogram of 46 connections',
  },
  'threadsnoop.bt': {
    work: 'threads',
    picks: ofProcess(),
    rows: 23,
    heading: 1,
    what: '23 threads with their function',
  },
  'vfscount.bt': {
    work: 'folders',
    picks: (output) => all(output, '^@\\[vfs_(?:mkdir|rmdir|symlink|rename)\\]: .*'),
    rows: 4,
    atEnd: true,
    heading: 1,
    needs: kprobes,
    what: 'the counts of four functions',
  },
}
