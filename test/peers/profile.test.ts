import {join} from 'node:path'
import type {Job} from '../support/count.js'
import {temporaryFolder} from '../support/temporary.js'
import {countBeside, type CountingCase, type CountingPeer} from './counting.js'
import {knownFunctions} from './jobs.js'
import {ofBcc, ofLibbpf} from './packages.js'
import {readFolded, readSamples} from './read.js'
import type {Row, Table} from './table.js'

const folder = temporaryFolder()
after(folder.remove)

const spin = 1_000_000
/** In user space, on two stacks, more often on one of them. */
const inUserSpace = (): Job =>
  knownFunctions(join(folder.path, 'spins'), {outer: 23, other: 7, reader: 0, spin})
/** In the kernel, too. */
const inBoth = (): Job =>
  knownFunctions(join(folder.path, 'both'), {outer: 13, other: 0, reader: 100, spin, size: 1 << 20})
const idle = (): Job => ({
  command: 'sh',
  args: ['-c', 'echo ready; while read -r line; do sleep 1; echo done; done'],
})

/**
 * Two profilers take different samples. What both must have is the stacks that have a tenth of them.
 * @param whose how the process begins, if all are shown
 */
function hot(read: (stdout: string) => Table, whose = ''): (stdout: string) => Table {
  return (stdout) => {
    const samples = new Map<string, number>()
    let total = 0
    for (const {STACK = '', PROCESS = '', COUNT} of read(stdout).rows) {
      if (!PROCESS.startsWith(whose)) continue
      const key = JSON.stringify({STACK: withoutCallees(STACK), PROCESS})
      samples.set(key, (samples.get(key) ?? 0) + Number(COUNT))
      total += Number(COUNT)
    }
    return {
      columns: ['STACK', 'PROCESS'],
      rows: [...samples]
        .filter(([, count]) => count > total / 10)
        .map(([key]) => JSON.parse(key) as Row)
        .sort((a, b) => ((a['STACK'] ?? '') < (b['STACK'] ?? '') ? -1 : 1)),
    }
  }
}

/** How the time in read_zero() is shared with what it calls depends on the CPU. */
function withoutCallees(stack: string): string {
  return stack.includes('\n')
    ? stack.replace(/^[^]*\n(?=read_zero\n)/, '')
    : stack.replace(/(?<=;read_zero(_\[k\])?);.*/, '')
}

const often = ['-F', '299']
const ofThread: CountingCase = {
  title: '-U -L: the stacks of a thread in user space',
  job: inUserSpace,
  takes: 1,
  args: (pid) => ['-U', '-L', `${pid}`, ...often],
  read: hot(readSamples),
}

const forBcc: readonly CountingCase[] = [
  {
    title: '-f -a -d -p: lines with both halves of the stacks of a process, those of the kernel marked',
    job: inBoth,
    takes: 1,
    args: (pid) => ['-f', '-a', '-d', '-p', `${pid}`, ...often],
    read: hot(readFolded),
  },
  ofThread,
  {
    title: '-K -I -C -c: idle, with the stacks of the kernel',
    job: idle,
    args: () => ['-K', '-I', '-C', '0', '-c', '3000000'],
    read: hot(readSamples, 'swapper/0 '),
  },
]

const forLibbpf: readonly CountingCase[] = [
  ofThread,
  {
    title: '-f -d -p: lines with both halves of the stacks of a process',
    job: inBoth,
    takes: 1,
    args: (pid) => ['-f', '-d', '-p', `${pid}`, ...often],
    read: hot(readFolded),
  },
  {
    title: '-d --stack-storage-size: both halves, of all processes',
    job: inBoth,
    takes: 1,
    // In the kernel's map of stacks, the peer loses one whose place another has: of all node's, some do with 16,384 places.
    args: () => ['-d', '--stack-storage-size', '131072', ...often],
    read: hot(readSamples, 'both '),
  },
  {
    title: '-K -I: idle, with the stacks of the kernel',
    job: idle,
    args: () => ['-K', '-I', ...often],
    read: hot(readSamples, 'swapper/0 '),
  },
]

const bcc: CountingPeer = {
  name: 'profile of BCC',
  file: ofBcc('profile'),
  differences: [
    {
      because: 'it has the innermost function of the kernel twice',
      means: (row: Row) => ({
        ...row,
        STACK: (row['STACK'] ?? '').replace(/^(.*)\n\1(?=\n|$)/, '$1').replace(/(;[^;]*)\1$/, '$1'),
      }),
    },
  ],
}

countBeside('profile', bcc, forBcc)
countBeside('profile', {name: 'profile of libbpf-tools', file: ofLibbpf('profile'), isNew: true}, forLibbpf)
