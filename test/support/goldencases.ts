import {exceptionProbe, found} from '../../scripts/examples.js'
import type {FoundPattern} from '#src/engine/probing.js'

/**
 * A combination of flags, as text like on a command line; `true` is a switch. `lacks` is no flag: the fields of
 * tracepoints that the machine does not have, as `tcp:tcp_retransmit_skb:err`. Nor is `found`: what a pattern stands
 * for, if it is not the example of the source.
 */
export type Given = Readonly<Record<string, string | true | readonly string[]>>
export type GoldenCase = Given & {readonly lacks?: readonly string[]; readonly found?: keyof typeof patterns}

const library = '/lib/x86_64-linux-gnu/libc.so.6'
const functions = ['qsort', 'qsort_r', 'system'].map(
  (name, index) => ({kind: 'uprobe', path: library, name, address: index + 1}) as const,
)
const kernelFunctions = ['vfs_read', 'vfs_readv', 'schedule'].map((name) => ({kind: 'kprobe', name}) as const)

/** What patterns stand for, by the source that traces it. */
export const patterns = {
  several: {
    kprobe: found('x', kernelFunctions),
    uprobe: found('c:x', functions),
    tracepoint: found(
      't:sched:x',
      ['sched_switch', 'sched_wakeup'].map((event) => ({kind: 'tracepoint', category: 'sched', event})),
    ),
    usdt: found('u:stdc++:x', [exceptionProbe('catch'), exceptionProbe('throw')]),
  },
  wildcards: {
    kprobe: found('x', kernelFunctions, [
      {kind: 'kprobes', prefix: 'vfs_read'},
      {kind: 'kprobe', name: 'schedule'},
    ]),
    uprobe: found('c:x', functions, [
      {kind: 'uprobes', path: library, prefix: 'qsort'},
      {kind: 'uprobe', path: library, name: 'system', address: 3},
    ]),
  },
  withoutAddresses: {
    kprobe: withoutAddresses(found('x', kernelFunctions)),
  },
} satisfies Record<string, Readonly<Record<string, FoundPattern>>>

/** The kernel keeps them to itself if kptr_restrict says so. */
function withoutAddresses(pattern: FoundPattern): FoundPattern {
  return {...pattern, probes: pattern.probes.map(({point, label}) => ({point, label}))}
}

/** For each tool, combinations that reach every branch of its program. */
export const cases: Readonly<Record<string, Readonly<Record<string, GoldenCase>>>> = {
  opensnoop: {
    plain: {},
    failed: {failed: true},
    'pid-tid': {pid: '181', tid: '183'},
    uid: {uid: '0'},
    name: {name: 'a"b\\c\n\u00e9'},
    'include-self': {'include-self': true},
    timestamp: {timestamp: true, 'print-uid': true},
    extended: {'extended-fields': true},
    'flag-filter': {'flag-filter': ['O_WRONLY', 'O_RDWR', 'O_TMPFILE'], failed: true},
    'full-path': {'full-path': true},
    everything: {
      pid: '181',
      uid: '1000',
      name: 'nginx',
      failed: true,
      timestamp: true,
      'extended-fields': true,
      'full-path': true,
      path: '*.conf',
      'flag-filter': ['O_RDONLY'],
    },
    'columns-pid': {columns: 'pid'},
    'columns-all': {
      columns: 'time,time_ns,uid,user,pid,tid,comm,fd,errno,error,flags,flag_names,mode,path,full_path',
    },
    command: {command: true},
    follow: {pid: '181', follow: true},
  },
  killsnoop: {
    plain: {},
    failed: {failed: true},
    target: {tpid: '-181'},
    signals: {signal: ['9,TERM', 'SIGRTMIN+2'], 'exclude-signal': ['15,CHLD', '0']},
    syscalls: {syscalls: ['kill', 'pidfd_send_signal']},
    kill: {kill: true},
    names: {'signal-names': true},
    everything: {
      pid: '181',
      tid: '183',
      uid: '0',
      name: 'nginx',
      failed: true,
      tpid: '0',
      signal: ['9,15'],
      'exclude-signal': ['0'],
      'signal-names': true,
    },
    'columns-pid': {columns: 'pid', tpid: '1'},
    'columns-all': {
      columns: 'time,time_ns,uid,user,pid,tid,comm,sig,signal,tpid,ttid,call,result,errno,error',
    },
    command: {command: true},
  },
  tcpretrans: {
    plain: {},
    sequence: {sequence: true},
    ipv4: {ipv4: true},
    ipv6: {ipv6: true, synack: true},
    lossprobe: {lossprobe: true},
    everything: {lossprobe: true, synack: true, sequence: true, ipv4: true},
    'without-error': {lacks: ['tcp:tcp_retransmit_skb:err']},
    count: {count: true},
    'count-everything': {count: true, lossprobe: true, synack: true, sequence: true, ipv6: true},
    'count-without-error': {count: true, columns: 'retransmits', lacks: ['tcp:tcp_retransmit_skb:err']},
    'columns-state': {columns: 'state'},
    'columns-all': {
      columns:
        'time,time_ns,current_pid,ip_version,family,local,local_address,local_port,kind,remote,remote_address,remote_port,state,sequence,errno,error',
      synack: true,
    },
    command: {command: true},
  },
  vfsstat: {
    plain: {},
    pid: {pid: '181'},
    'tid-uid-name': {tid: '183', uid: '0', name: 'nginx'},
    'include-self': {'include-self': true},
    command: {command: true},
  },
  execsnoop: {
    plain: {},
    failed: {failed: true},
    'failed-columns': {failed: true, columns: 'comm,ret,error'},
    quote: {quote: true},
    'max-args-1': {'max-args': '1', failed: true},
    'max-args-60': {'max-args': '60', failed: true},
    'max-args-most': {'max-args': '200', failed: true},
    ppid: {ppid: '181'},
    uid: {uid: '0'},
    'name-line': {name: 'a"b', line: '^/bin/', columns: 'pid'},
    'include-self': {'include-self': true},
    everything: {
      ppid: '181',
      uid: '1000',
      failed: true,
      timestamp: true,
      elapsed: true,
      'print-uid': true,
      'print-cpu': true,
      'print-pcomm': true,
      quote: true,
      name: 'x',
      line: 'y',
    },
    'columns-all': {
      failed: true,
      columns: 'time,time_ns,elapsed,uid,user,comm,pid,pcomm,ppid,cpu,ret,error,args,command_line',
    },
    command: {command: true},
  },
  profile: {
    plain: {},
    frequency: {frequency: '99'},
    count: {count: '1000000'},
    kernel: {'kernel-stacks-only': true},
    user: {'user-stacks-only': true},
    idle: {'include-idle': true},
    cpu: {cpu: '0'},
    depth: {'max-stack-depth': '8'},
    'pids-tids': {pid: '181,183', tid: '181,184'},
    'include-self': {'include-self': true},
    everything: {
      pid: '181',
      uid: '0',
      name: 'nginx',
      cpu: '1',
      frequency: '999',
      'user-stacks-only': true,
      'include-idle': true,
      'max-stack-depth': '1',
    },
    command: {command: true},
  },
  argdist: {
    count: {count: ['p:c:malloc(size_t n):size_t:n:n>100']},
    calls: {count: ['p:c:malloc()'], histogram: ['p:c:malloc(size_t n):size_t:n']},
    return: {count: ['r:c:getenv():char*']},
    entry: {count: ['r:c:malloc(size_t n):size_t,u64:$entry(n),$latency/1000:$retval != 0']},
    recursive: {histogram: ['r:c:bsearch():u64:$latency']},
    texts: {
      count: [
        'p:c:getenv(char *name):char*,char*:name,$COMM:STRPREFIX("LC_", name)',
        'p:c:getenv(char *name):int:1:STRCMP("a\\"b", name)#label',
      ],
      'string-size': '5',
    },
    tracepoints: {
      count: [
        't:syscalls:sys_enter_openat():int,char*:args->flags & 3,args->filename',
        't:sched:sched_switch():char*:args->prev_comm:args->next_prio < 120',
      ],
      histogram: ['t:syscalls:sys_exit_read():long:args->ret:args->ret>0'],
    },
    kernel: {
      count: ['p::vfs_write(struct file *file, const char __user *buf):u32,char*:file->f_flags,buf'],
      histogram: ['r::vfs_read(struct file *file):ssize_t:$retval:$entry(file)->f_flags & 3'],
    },
    filters: {count: ['p:c:free()'], pid: '181', tid: '183', uid: '0', name: 'nginx'},
    'include-self': {count: ['p:c:free()'], 'include-self': true},
    command: {count: ['r:c:malloc():u64:$latency'], command: true},
  },
  funccount: {
    plain: {},
    several: {found: 'several'},
    wildcards: {found: 'wildcards'},
    'without-addresses': {found: 'withoutAddresses'},
    filters: {pid: '181', uid: '0', name: 'nginx', cpu: '0', interval: '1'},
    'include-self': {'include-self': true},
    command: {command: true},
  },
  stackcount: {
    plain: {},
    several: {found: 'several', cpu: '0'},
    wildcards: {found: 'wildcards'},
    'kernel-only': {'kernel-stacks-only': true},
    'user-only': {'user-stacks-only': true},
    perpid: {perpid: true},
    'perpid-kernel-only': {perpid: true, 'kernel-stacks-only': true},
    folded: {folded: true},
    depth: {'max-stack-depth': '5', pid: '181'},
    command: {command: true},
  },
}
