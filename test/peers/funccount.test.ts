import {join} from 'node:path'
import type {Job} from '../support/count.js'
import type {FilePlan} from '../support/filework.js'
import type {Call, CallPlan} from '../support/libcalls.js'
import {collections} from '../support/python.js'
import {temporaryFolder} from '../support/temporary.js'
import {countBeside} from './counting.js'
import {knownFunctions, support} from './jobs.js'
import {ofBcc} from './packages.js'
import {readFunctions, readIntervals} from './read.js'

const folder = temporaryFolder()
after(folder.remove)

const ofNumber = (name: string, times: number): Call => ({
  prototype: `long ${name}(long n)`,
  args: [0],
  times,
})

const libraryCalls = (): Job => {
  const plan: CallPlan = {
    calls: [ofNumber('labs', 7), ofNumber('abs', 11), ofNumber('toascii', 13), ofNumber('getpgid', 23)],
  }
  return support('libcalls.js', plan)
}

const folderCalls = (): Job => {
  const names = [
    'int mkdir(const char *path, int mode)',
    'int rmdir(const char *path)',
    'int chdir(const char *path)',
  ]
  const calls = names.map((prototype, index) => ({
    prototype,
    args: index === 0 ? ['/nowhere/a', 0] : ['/nowhere/a'],
    times: [23, 7, 11][index] ?? 0,
  }))
  return support('libcalls.js', {calls})
}

const fileCalls = (): Job => {
  const plan: FilePlan = {
    calls: [
      // What is made is gone again when it is done once more.
      ['mkdir', 23],
      ['rmdir', 23],
      ['mknod', 17],
      ['unlink', 17],
      ['fsync', 3],
      ['write', 11],
      ['readv', 29],
    ],
    folder: folder.path,
  }
  return support('filework.js', plan)
}

const known = join(folder.path, 'known')
const onFirstCpu = (): Job => {
  const {command} = knownFunctions(known, {outer: 23, other: 7, reader: 5})
  return {command: 'taskset', args: ['-c', '0', command]}
}

const bcc = {
  name: 'funccount of BCC',
  file: ofBcc('funccount'),
}

countBeside('funccount', bcc, [
  {
    title: '-p -r: functions of a library, with a regular expression',
    job: libraryCalls,
    args: (pid) => ['-p', `${pid}`, '-r', 'c:(.*abs|toasc|getp[pg]id)'],
    read: readFunctions,
    differences: [
      {
        because: 'it takes what only begins as the expression says',
        adds: ({FUNC}) => FUNC === 'toascii',
      },
      {
        because: 'of several names it takes the first in the file, we the plainest',
        means: (row) => (/^(imax|ll)abs$/.test(row['FUNC'] ?? '') ? {...row, FUNC: 'labs'} : row),
      },
    ],
  },
  {
    title: '-c: functions of a program, with a pattern, on a CPU',
    job: onFirstCpu,
    args: () => ['-c', '0', `${known}:*er`],
    read: readFunctions,
  },
  {
    title: '-p: many functions of the kernel',
    job: fileCalls,
    // Not all of them: BCC ends at the first that is closed to tracing, as vfs_set_acl_prepare_kuid of 6.1, and what the
    // process reads and writes itself, as when its threads wake each other, is not the same each time.
    args: (pid) => ['-p', `${pid}`, 'vfs_[cfmu]*'],
    read: readFunctions,
  },
  {
    title: '-T -i -d: tracepoints, in a table with the time for each interval',
    job: folderCalls,
    args: (pid) => ['-T', '-i', '1', '-d', '3', '-p', `${pid}`, 't:syscalls:sys_enter_*dir'],
    printed: async (tool) => tool.outcome,
    read: readIntervals,
    failure: /'str' object has no attribute 'decode'/,
  },
  {
    title: 'u: USDT probes',
    job: collections,
    args: (pid) => ['-p', `${pid}`, `u:${collections().command}:gc__start`],
    read: readFunctions,
    failure: /USDT failed to instrument PID/,
  },
])
