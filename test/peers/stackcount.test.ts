import {join} from 'node:path'
import type {Job} from '../support/count.js'
import {collections} from '../support/python.js'
import {temporaryFolder} from '../support/temporary.js'
import {countBeside} from './counting.js'
import {knownFunctions} from './jobs.js'
import {ofBcc} from './packages.js'
import {readFolded, readStacks} from './read.js'
import type {Row} from './table.js'

const folder = temporaryFolder()
after(folder.remove)

const path = join(folder.path, 'known')
const known = () => knownFunctions(path, {outer: 23, other: 7, reader: 5})
const python = collections

/** Node, whose functions have names of C++. It interprets its script to the end, and what it learns from it, it learns before. */
const node = (): Job => {
  const script = `
const work = () => { for (let round = 0; round < 23; round++) process.ppid }
for (let times = 0; times < 23; times++) work()
console.log('ready')
process.stdin.on('data', () => { work(); console.log('done') })`
  return {command: process.execPath, args: ['--no-opt', '--no-sparkplug', '-e', script]}
}

const bcc = {
  name: 'stackcount of BCC',
  file: ofBcc('stackcount'),
  differences: [
    {
      because: 'it shows where the halves meet also if one is empty',
      means: (row: Row) => ({
        ...row,
        STACK: (row['STACK'] ?? '').replace(/^--\n|\n--$|;-$|(?<=^);-(?=;)/g, ''),
      }),
    },
    {
      because: 'Python shows a name as bytes',
      means: (row: Row) => ({...row, PROCESS: (row['PROCESS'] ?? '').replace(/^b'(.*)'/, '$1')}),
    },
  ],
}

countBeside('stackcount', bcc, [
  {
    title: '-U -P: functions of a program',
    job: known,
    args: () => ['-U', '-P', `${path}:*er`],
    read: readStacks,
  },
  {
    title: '-d -s -v -p: both halves of the stacks of a tracepoint, with offsets, addresses and names of C++',
    job: node,
    args: (pid) => ['-d', '-s', '-v', '-p', `${pid}`, 't:syscalls:sys_enter_getppid'],
    read: readStacks,
  },
  {
    title: '-K -c: a function of the kernel',
    job: known,
    args: (pid) => ['-K', '-c', '0', '-p', `${pid}`, 'read_zero'],
    read: readStacks,
  },
  {
    title: '-U -p: a USDT probe',
    job: python,
    args: (pid) => ['-U', '-p', `${pid}`, `u:${python().command}:gc__start`],
    read: readStacks,
    failure: /'bytes' object has no attribute 'encode'/,
  },
  {
    title: '-f -d -P: lines, as flame graphs are made of',
    job: known,
    args: () => ['-f', '-d', '-P', 't:syscalls:sys_enter_getppid'],
    read: readFolded,
    ofWorkload: ({PROCESS}) => PROCESS === 'known',
  },
])
