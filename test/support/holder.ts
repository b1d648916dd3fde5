import {createInterface} from 'node:readline'
import {load} from '#src/engine/backend/embedded/load.js'
import type {Attachment} from '#src/engine/backend/embedded/object.js'
import {describeError} from '#src/engine/errors.js'
import {functionTypeId} from '#src/engine/kernel/btf.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {functionOffset, libraryPath} from './library.js'
import {count, counter, firstOwn, objectFile, program} from './objectfile.js'

/**
 * Attaches a probe of each kind that this machine knows, says what they are, and then does as it is told: `close` them,
 * `exit` without doing so, or nothing. The words after the script are kinds to leave out.
 */
const left = process.argv.slice(2)
const libc = libraryPath('libc.so.6')
const machine = new Machine()
const kprobes: Attachment[] = [
  {kind: 'kprobe', functions: ['vfs_statfs', 'vfs_fsync_range'], offset: 0},
  {kind: 'kprobe', functions: ['vfs_truncate'], offset: 0},
  {kind: 'kretprobe', functions: ['vfs_fallocate'], offset: 0},
]
const typeId = functionTypeId('vfs_read')
const attachments: Attachment[] = [
  {kind: 'begin'},
  {kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_syncfs'},
  {kind: 'rawtracepoint', name: 'sched_process_exit'},
  {kind: 'uprobe', path: libc, offsets: [functionOffset(libc, 'getppid')]},
  {kind: 'uretprobe', path: libc, offsets: ['getuid', 'getgid'].map((name) => functionOffset(libc, name))},
  {kind: 'profile', frequency: 7},
  {kind: 'interval', nanoseconds: 100_000_000n},
  ...((await machine.kprobe()).ok ? kprobes : []),
  ...((await machine.fentry()).ok && typeId !== undefined
    ? [{kind: 'fentry' as const, function: 'vfs_read', typeId}]
    : []),
  {kind: 'end'},
]
const wanted = attachments.filter(({kind}) => !left.includes(kind))
const object = objectFile(
  wanted.map((attachment) => program(attachment, (a) => count(a, firstOwn))),
  [counter('events')],
)

try {
  const loaded = await load(object)
  await loaded.attach()
  loaded.records(() => {})
  process.stdout.write(`${wanted.map(({kind}) => kind).join(' ')}\n`)
  for await (const line of createInterface({input: process.stdin})) {
    if (line === 'exit') process.exit(0)
    if (line === 'close') {
      await loaded.close()
      process.stdout.write('closed\n')
    }
  }
  await loaded.close()
} catch (error) {
  process.stderr.write(describeError(error).text)
  process.exitCode = 1
}
