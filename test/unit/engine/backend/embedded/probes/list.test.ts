import assert from 'node:assert/strict'
import {kindsOf, probesOfKind} from '#src/engine/backend/embedded/probes/list.js'
import {MachineError, UsageError} from '#src/engine/errors.js'
import {fixedContext} from '../../../../../support/compiling.js'

/** The probes that a pattern matches, of all kinds that it asks for. */
const listed = (pattern: string): string[] =>
  kindsOf(pattern).kinds.flatMap((kind) => probesOfKind(kind, pattern, context).map(({name}) => name))

const context = {...fixedContext, functions: () => ['vfs_read', 'vfs_write']}

describe('the list of probes', () => {
  for (const [pattern, expected] of [
    ['kprobe:vfs_*', ['kprobe:vfs_read', 'kprobe:vfs_write']],
    ['k:vfs_read', ['kprobe:vfs_read']],
    ['kretprobe:*write', ['kretprobe:vfs_write']],
    ['fentry:vfs_*', ['fentry:vfs_read']],
    ['iter', ['iter:task']],
    [
      'tracepoint:syscalls:*',
      ['tracepoint:syscalls:sys_enter_openat', 'tracepoint:syscalls:sys_exit_openat'],
    ],
    ['t:*exit*', ['tracepoint:syscalls:sys_exit_openat']],
    ['rawtracepoint:*', ['rawtracepoint:sched_process_exec', 'rawtracepoint:sched_switch']],
    ['vfs_read', ['kprobe:vfs_read', 'fentry:vfs_read']],
    ['*sw*', ['tracepoint:sched:sched_switch', 'rawtracepoint:sched_switch', 'software:context-switches']],
    ['k*:vfs_w*', ['kprobe:vfs_write']],
    ['uprobe:libc:m*', ['uprobe:/lib/libc.so.6:malloc', 'uprobe:/lib/libc.so.6:memset']],
    ['u:libc:malloc', ['uprobe:/lib/libc.so.6:malloc']],
    ['usdt:libc:p:*', ['usdt:/lib/libc.so.6:p:n']],
    ['usdt:libc:n', ['usdt:/lib/libc.so.6:p:n']],
    ['hardware:cyc*', ['hardware:cycles']],
    ['kprobe:nope', []],
  ] as const) {
    it(`of ${pattern}`, () => assert.deepEqual(listed(pattern), expected))
  }

  it('of all kinds has no functions that return and none of files', () => {
    const {kinds, named} = kindsOf('*')
    assert.equal(named, false)
    const usual = ['tracepoint', 'rawtracepoint', 'kprobe', 'fentry', 'iter', 'software', 'hardware']
    assert.deepEqual(kinds, usual)
    assert.equal(kindsOf('kprobe').named, true)
  })

  it('has the arguments of each', () => {
    const argumentsOf = (pattern: string): readonly string[] | undefined => {
      const [kind = ''] = kindsOf(pattern).kinds
      return probesOfKind(kind, pattern, context)[0]?.arguments()
    }
    assert.deepEqual(argumentsOf('tracepoint:syscalls:sys_exit_openat'), ['int __syscall_nr', 'long ret'])
    assert.deepEqual(argumentsOf('tracepoint:sched:sched_switch'), ['char prev_comm[16]', 'pid_t prev_pid'])
    assert.deepEqual(argumentsOf('iter:task'), ['struct bpf_iter_meta * meta', 'struct task_struct * task'])
    assert.deepEqual(argumentsOf('kprobe:vfs_read'), [])
  })

  it('says what is wrong', () => {
    assert.throws(() => listed('krobe:x'), {
      message: 'there is no list of probes of kind krobe',
      hint: 'is it kprobe or uprobe?',
    })
    assert.throws(() => listed('uprobe'), UsageError)
    assert.throws(() => listed('uprobe:nope:x'), MachineError)
  })
})
