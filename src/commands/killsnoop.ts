import {
  any,
  type Bt,
  bt,
  byCgroup,
  byName,
  byPid,
  byTid,
  byUid,
  type Clause,
  columns as shared,
  computed,
  defineTool,
  Flags,
  int,
  parseSignals,
  type ProgramParts,
  signalName,
  type Value,
  withoutLetters,
} from '../tool.js'

/** Sent for an id that the call does not have or that was not found: no pid_t. */
const noId = 2 ** 31

/** PIDFD_SELF_THREAD and PIDFD_SELF_THREAD_GROUP of include/uapi/linux/pidfd.h. */
const ownThread = bt`-10000`
const ownProcess = bt`-10001`

/** The calls, in order of what the programs send for them, and the ids they are given; all have `sig`. */
const calls: readonly {name: string; target?: Bt; thread?: Bt}[] = [
  {name: 'kill', target: bt`(int32)args->pid`},
  {name: 'tkill', target: bt`(int32)args->pid`, thread: bt`(int32)args->pid`},
  {name: 'tgkill', target: bt`(int32)args->tgid`, thread: bt`(int32)args->pid`},
  {name: 'pidfd_send_signal'},
  {name: 'rt_sigqueueinfo', target: bt`(int32)args->pid`},
  {name: 'rt_tgsigqueueinfo', target: bt`(int32)args->tgid`, thread: bt`(int32)args->pid`},
]
/** The numbers of the calls, in the same order. */
const numbers: Readonly<Record<string, readonly number[]>> = {
  x64: [62, 200, 234, 424, 129, 297],
  arm64: [129, 130, 131, 424, 138, 240],
}
type Call = (typeof calls)[number]
/** What libbpf-tools mean by -k. */
const killCalls = ['kill', 'tkill', 'tgkill']

const signalDetails =
  'Numbers, and names as `kill -l` lists them, with or without SIG: 9,TERM,SIGRTMIN+2. 0 tests whether a process is there.'

const flags = {
  failed: Flags.flag('Show failed calls only.', {
    char: 'x',
    group: 'filter',
  }),
  tpid: Flags.integer('Show signals for this target only.', {
    char: 'T',
    value: 'PID',
    completes: {from: 'pid'},
    min: -(2 ** 31),
    max: 2 ** 31 - 1,
    what: 'a target of kill(2)',
    details:
      'As given to the call: a process, or 0 for the group of the caller, -1 for everybody, -PGID for a group. Where the call names a thread, its id fits, too.',
  }),
  signal: Flags.parsedList('Show these signals only, as 9,TERM.', {
    char: 's',
    value: 'LIST',
    completes: {from: 'signal', commas: true},
    parse: parseSignals,
    details: signalDetails,
  }),
  'exclude-signal': Flags.parsedList('Leave these signals out, as 0,CHLD.', {
    char: 'e',
    value: 'LIST',
    completes: {from: 'signal', commas: true},
    parse: parseSignals,
    details: 'A list as for -s.',
  }),
  syscalls: Flags.choices('Trace these system calls only, as kill,tgkill.', {
    value: 'LIST',
    options: calls.map(({name}) => name),
    others: new Map(
      (numbers[process.arch] ?? []).map((number, index) => [`${number}`, calls[index]?.name ?? '']),
    ),
    details: `There are ${calls.map(({name}) => name).join(', ')}. Their numbers on this machine work, too, as 62 for kill on x86-64. Fewer calls are fewer probes: tracing begins and ends faster.`,
  }),
  kill: Flags.flag(`Short for --syscalls ${killCalls.join(',')}.`, {
    char: 'k',
    group: 'filter',
    excludes: ['syscalls'],
  }),
  'signal-names': Flags.flag('Show the names of signals, as SIGKILL.', {
    char: 'n',
    details: 'Real-time signals are SIGRTMIN and SIGRTMIN+1 to SIGRTMIN+30; what has no name stays a number.',
  }),
}

type Parts = ProgramParts<typeof flags>

export default defineTool({
  group: 'processes',
  summary: 'Trace signals sent by kill() and the like: who sends which signal to whom.',
  description:
    'Prints a line for each kill(2), tkill(2), tgkill(2), pidfd_send_signal(2), rt_sigqueueinfo(2) and rt_tgsigqueueinfo(2) call when it returns. It shows who stops, restarts or looks after a process, and which signals do not arrive.',
  examples: [
    {command: 'killsnoop', description: 'Trace every such call until Ctrl-C'},
    {command: 'killsnoop -n -s KILL,TERM', description: 'Who kills? With the names of signals'},
    {command: 'killsnoop -T 181', description: 'Signals for process 181'},
    {command: 'killsnoop -x -e 0', description: 'Failed calls, without tests whether a process is there'},
    {command: 'killsnoop -d 60 --json', description: 'One minute, for a program'},
  ],
  requirements: 'Root, and the tracepoints of system calls (CONFIG_FTRACE_SYSCALLS).',
  overhead: {
    rate: 'signals sent per second, often below 100',
    cost: 'Negligible: 0.8 to 9 microseconds for each signal that is shown.',
  },
  flags,
  letters: {duration: 'd', verbose: 'v'},
  filters: [byPid, byTid, byUid, withoutLetters(byName), byCgroup],
  columns: {
    time: {...shared.time, width: 9},
    time_ns: shared.timeNs,
    uid: shared.uid,
    user: shared.user,
    pid: shared.pid,
    tid: shared.tid,
    comm: shared.comm,
    sig: int(bt`$sig`, 4, 'Signal, as a number.', {align: 'left', inJson: true}),
    signal: computed(
      ['sig'],
      (row) => signalName(Number(row['sig'])),
      12,
      'Signal by name, shown instead of the number with -n; a number where there is no name.',
      {header: 'SIG', inJson: true},
    ),
    tpid: computed(
      ['target'],
      (row) => idOrNull(row['target']),
      6,
      'Target as given to the call: a process; 0, -1 or -PGID for groups; a thread for tkill(). For pidfd_send_signal() it is the process or thread behind the descriptor, n/a if it was not found.',
      {cell: idCell},
    ),
    target: int(bt`$target`, 0, 'The target, or a number that is none.', {internal: true}),
    ttid: computed(
      ['thread'],
      (row) => idOrNull(row['thread']),
      6,
      'Target thread, for the calls that name one: tkill(), tgkill(), rt_tgsigqueueinfo().',
      {cell: idCell, inJson: true},
    ),
    thread: int(bt`$thread`, 0, 'The target thread, or a number that is none.', {internal: true}),
    call: computed(
      ['call_number'],
      (row) => calls[Number(row['call_number']) - 1]?.name ?? null,
      17,
      'Name of the system call.',
      {inJson: true},
    ),
    call_number: int(bt`$call`, 0, 'Which call it was, from 1.', {internal: true}),
    result: int(bt`$ret`, 6, 'What the call returned: 0, or the error number below zero.', {align: 'left'}),
    errno: computed(['result'], (row) => Math.max(0, -Number(row['result'])), 3, 'Error number, or 0.', {
      header: 'ERR',
      align: 'right',
      inJson: true,
    }),
    error: shared.error,
  },
  show: (flags) => ['time', 'pid', 'comm', flags['signal-names'] ? 'signal' : 'sig', 'tpid', 'result'],
  sources: [
    {
      name: 'tracepoint',
      description: 'The tracepoints of the system calls.',
      needs: ['tracepoint:syscalls:sys_enter_kill', 'tracepoint:syscalls:sys_exit_kill', 'btf'],
      alsoNeeds: ({flags}) => namedCalls(flags),
      program: (parts) => program(parts, true),
    },
    {
      name: 'tracepoint-untyped',
      description:
        'The same without the types of the kernel: the target of pidfd_send_signal() is not known.',
      needs: ['tracepoint:syscalls:sys_enter_kill', 'tracepoint:syscalls:sys_exit_kill'],
      alsoNeeds: ({flags}) => namedCalls(flags),
      program: (parts) => program(parts, false),
    },
  ],
})

type CallFlags = Pick<Parts['flags'], 'syscalls' | 'kill'>

/** The names of the calls that were asked for; undefined for all. */
function chosenCalls({syscalls, kill}: CallFlags): readonly string[] | undefined {
  return kill ? killCalls : syscalls?.flat()
}

/** A kernel that lacks a call leaves it out; one that was asked for by name must be there. */
function namedCalls(flags: CallFlags): `tracepoint:${string}:${string}`[] {
  return (chosenCalls(flags) ?? []).map((name) => `tracepoint:syscalls:sys_enter_${name}` as const)
}

function program(parts: Parts, typed: boolean): Clause[] {
  const chosen = chosenCalls(parts.flags)
  const wanted = calls.filter(({name}) => chosen === undefined || chosen.includes(name))
  return [
    ...wanted.map((call) => begin(parts, call, typed)),
    {
      probes: wanted.map(({name}) => `tracepoint:syscalls:sys_exit_${name}`),
      when: [bt`@call[tid]`],
      body: end(parts),
    },
  ]
}

/** At the start of a call: keeps what it was given, if -s, -e and -T let it pass. */
function begin(parts: Parts, call: Call, typed: boolean): Clause {
  const {tpid, signal, 'exclude-signal': excluded} = parts.flags
  const sig = bt`(int32)args->sig`
  const remember = bt`
    @call[tid] = ${calls.indexOf(call) + 1};
    ${keptBy(parts).map(({map, value}) => bt`${map} = ${value};`)}`
  return {
    probes: [`tracepoint:syscalls:sys_enter_${call.name}`],
    when: [
      ...parts.filters,
      signal && any(signal.flat().map((each) => bt`${sig} == ${each}`)),
      ...(excluded?.flat() ?? []).map((each) => bt`${sig} != ${each}`),
    ],
    body: bt`
      ${parts.sends('sig') && bt`$sig = (int64)${sig};`}
      ${(parts.sends('target') || tpid !== undefined) && target(call, typed)}
      ${(parts.sends('thread') || tpid !== undefined) && bt`$thread = (int64)${call.thread ?? bt`${noId}`};`}
      ${
        tpid === undefined
          ? remember
          : bt`
            if ($target == ${tpid} || $thread == ${tpid}) {
              ${remember}
            }`
      }`,
  }
}

/** Sets `$target`. */
function target(call: Call, typed: boolean): Bt {
  if (call.target !== undefined) return bt`$target = (int64)${call.target};`
  return typed ? behindDescriptor : bt`$target = (int64)${noId};`
}

/**
 * Sets `$target` to the id of the `struct pid` behind a descriptor. Since Linux 6.9 that hangs on the inode of a pidfd,
 * before on its file; a directory of /proc will do, too, whose inode ends a `struct proc_inode`.
 *
 * The ids, one for each pid namespace, end `struct pid`: an array of one up to Linux 6.4, of no size (which bpftrace
 * 0.17 does not index) from 6.5 on. Which it is shows at our own id. What is no `struct pid` does not have our own first
 * namespace in that place, which is the same for all.
 */
const behindDescriptor = bt`
  $target = (int64)${noId};
  $pidfd = (int32)args->pidfd;
  $ids = (uint64)sizeof(struct pid) - (uint64)sizeof(struct upid);
  if (((struct upid *)((uint64)curtask->thread_pid + $ids))->nr != curtask->pid) {
    $ids = (uint64)sizeof(struct pid);
  }
  $file = (struct file *)*kptr((uint64 *)((uint64)curtask->files->fdt->fd + 8 * (uint64)$pidfd));
  $pid = (uint64)$file->private_data;
  if ($pid == 0) {
    $pid = (uint64)$file->f_inode->i_private;
  }
  if ($pid == 0) {
    $proc = (uint64)$file->f_inode + (uint64)sizeof(struct inode) - (uint64)sizeof(struct proc_inode);
    $pid = (uint64)((struct proc_inode *)$proc)->pid;
  }
  $own = (struct upid *)((uint64)curtask->thread_pid + $ids);
  $its = (struct upid *)($pid + $ids);
  if ((uint64)$its->ns == (uint64)$own->ns) {
    $target = (int64)$its->nr;
  }
  if ($pidfd == ${ownThread}) {
    $target = (int64)tid;
  }
  if ($pidfd == ${ownProcess}) {
    $target = (int64)pid;
  }`

/** At the end of a call: shows it, if -x lets it pass, and forgets it. */
function end(parts: Parts): Bt {
  const kept = keptBy(parts)
  return bt`
    $ret = args->ret;
    ${parts.sends('call_number') && bt`$call = @call[tid];`}
    ${kept.map(({map, value}) => bt`${value} = ${map};`)}
    ${
      parts.flags.failed
        ? bt`
          if ($ret < 0) {
            ${parts.emit}
          }`
        : parts.emit
    }
    delete(@call[tid]);
    ${kept.map(({map}) => bt`delete(${map});`)}`
}

/** What is kept from the start of a call to its end, besides which call it is. */
function keptBy(parts: Parts): {map: Bt; value: Bt}[] {
  return [
    {column: 'sig', map: bt`@sig[tid]`, value: bt`$sig`},
    {column: 'target', map: bt`@target[tid]`, value: bt`$target`},
    {column: 'thread', map: bt`@thread[tid]`, value: bt`$thread`},
  ].filter(({column}) => parts.sends(column))
}

function idOrNull(id: Value | undefined): Value {
  return id === undefined || Number(id) === noId ? null : id
}

function idCell(id: Value): string {
  return id === null ? 'n/a' : `${id as number}`
}
