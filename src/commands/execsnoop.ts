import {
  bt,
  type Bt,
  byCgroup,
  byParent,
  byPinnedMap,
  byUid,
  columns as shared,
  commandLine,
  computed,
  defineTool,
  errorName,
  Flags,
  int,
  pieces,
  type ProgramParts,
  readable,
  shellQuoted,
  type Text,
  type TextList,
  threadName,
  withLetters,
} from '../tool.js'

/** The calls, and the directory descriptor that the name of the file is relative to; AT_FDCWD for the working directory. */
const calls = [
  {name: 'execve', directory: bt`-100`},
  {name: 'execveat', directory: bt`(int32)args->fd`},
]

/** As BCC. */
const usualArguments = 20
/** The verifier of Linux 6.1 takes a loop of so many rounds, from each bpftrace. */
const mostArguments = 200
/** Up to so many arguments are counted when an exec begins; it takes some 10 nanoseconds for each. */
const mostCounted = 4000
/** `#!interpreter option`: so many strings can come before the name of a script. */
const ofInterpreter = 2

/** Threads by the kernel's own structure: its id changes when a thread other than the first one execs. */
const task = bt`(uint64)curtask`

const flags = {
  timestamp: Flags.flag('Show the time of each event.', {char: 'T', aliases: ['time']}),
  elapsed: Flags.flag('Show the seconds since tracing began.', {char: 't'}),
  'print-uid': Flags.flag('Show the user id.', {char: 'U'}),
  'print-pcomm': Flags.flag('Show the name of the parent.', {char: 'M'}),
  'print-cpu': Flags.flag('Show the CPU.', {char: 'C'}),
  failed: Flags.flag('Show failed execs, too.', {
    char: 'x',
    aliases: ['fails'],
    group: 'filter',
    selects: true,
    details: 'They have the error as a negative RET, and the name that the process had before.',
  }),
  name: Flags.regexp('Show programs whose name matches.', {
    char: 'n',
    value: 'REGEXP',
    details: 'A part that matches is enough; upper and lower case differ. The name is COMM, after the exec.',
  }),
  line: Flags.regexp('Show execs whose command line matches.', {
    char: 'l',
    value: 'REGEXP',
    details:
      'The command line is ARGS as it was given, without quotes and escapes: the file and the arguments, with a space between them.',
  }),
  quote: Flags.flag('Quote the arguments, so that a shell can read them back.', {char: 'q'}),
  'max-args': Flags.integer('Show so many arguments, the file included; 20 if not given.', {
    value: 'N',
    min: 1,
    max: mostArguments,
    what: 'a number of arguments',
    group: 'output',
    details: 'Where there are more, ARGS ends in the word `...`.',
  }),
}

type Parts = ProgramParts<typeof flags>

export default defineTool({
  group: 'processes',
  summary: 'Trace new programs: what is executed, by whom, and with which arguments.',
  description:
    'Prints a line for each execve(2) and execveat(2) that starts a program. It shows the short-lived processes that other tools miss, and what a script or a service really runs.',
  examples: [
    {command: 'execsnoop', description: 'Trace every new program until Ctrl-C'},
    {command: 'execsnoop -x -T', description: 'With failed attempts and the time'},
    {command: 'execsnoop -P 181 -q', description: 'What process 181 starts, with quoted arguments'},
    {command: "execsnoop -l '^/usr/bin/git '", description: 'Command lines that begin with /usr/bin/git'},
    {command: 'execsnoop -d 60 --json', description: 'One minute, for a program'},
  ],
  requirements:
    'Root, kernel types (BTF), Linux 5.3, and for failed execs the tracepoints of system calls (CONFIG_FTRACE_SYSCALLS).',
  overhead: {
    rate: 'execs per second, often below 100',
    cost: 'Negligible: 6 to 84 microseconds for an exec with ten arguments, of 600.',
  },
  flags,
  letters: {duration: 'd', verbose: 'v'},
  follows: true,
  filters: [byParent, byUid, withLetters(byCgroup, {cgroup: 'c'}), byPinnedMap],
  columns: {
    time: shared.time,
    time_ns: shared.timeNs,
    elapsed: shared.elapsed,
    uid: shared.uid,
    user: shared.user,
    comm: {
      ...shared.comm,
      description: 'Name of the program, 15 bytes at most; of the caller if the exec failed.',
    },
    pid: {...shared.pid, width: 7},
    pcomm: threadName(bt`curtask->real_parent->comm`, 'Name of the parent.'),
    ppid: shared.ppid,
    cpu: int(bt`cpu`, 4, 'CPU on which it happened.', {align: 'left'}),
    ret: int(bt`$ret`, 3, 'Zero, or the error number of a failed exec as a negative number.'),
    error: computed(['ret'], (row) => errorName(-Number(row['ret'])), 10, 'Name of the error, as ENOENT.', {
      inJson: true,
    }),
    args: computed(
      ['strings', 'more', 'directory', 'guess'],
      (row) =>
        row['strings'] === null
          ? null
          : commandLine({
              strings: row['strings'] as readonly Text[],
              more: row['more'] !== 0,
              directory: Number(row['directory']),
              guess: Number(row['guess']),
            }),
      32,
      'File and arguments after argv[0]; a list in JSON.',
      {inJson: true},
    ),
    command_line: computed(
      ['args'],
      (row) => (row['args'] === null ? null : shellQuoted(row['args'] as TextList)),
      32,
      'The same, quoted; shown instead of ARGS with -q.',
      {header: 'ARGS', cell: (value) => (value === null ? '-' : (value as string))},
    ),
    strings: pieces(bt`$strings`, 'File and arguments as they were sent.', {internal: true}),
    more: int(bt`$more`, 0, 'Whether there are more.', {internal: true}),
    directory: int(bt`$directory`, 0, 'Directory descriptor of the call.', {internal: true}),
    guess: int(bt`$guess`, 0, 'Most strings to show, where some may be too many, or 0.', {internal: true}),
  },
  show: (flags) => [
    ...(flags.timestamp ? ['time'] : []),
    ...(flags.elapsed ? ['elapsed'] : []),
    ...(flags['print-uid'] ? ['uid'] : []),
    ...['comm', 'pid'],
    ...(flags['print-pcomm'] ? ['pcomm'] : []),
    'ppid',
    ...(flags['print-cpu'] ? ['cpu'] : []),
    'ret',
    flags.quote ? 'command_line' : 'args',
  ],
  keep: ({name, line}) =>
    name === undefined && line === undefined
      ? undefined
      : {
          reads: [...(name === undefined ? [] : ['comm']), ...(line === undefined ? [] : ['args'])],
          test: (row) =>
            (name?.test(readable(row['comm'] as Text)) ?? true) &&
            (line?.test(plainLine(row['args'] as TextList | null)) ?? true),
        },
  sources: [
    {
      name: 'tracepoint',
      description: 'The tracepoints of the scheduler and of the system calls.',
      needs: ['btf', 'tracepoint:sched:sched_process_exec'],
      alsoNeeds: ({flags: {failed}}) =>
        failed ? ['tracepoint:syscalls:sys_enter_execve', 'tracepoint:syscalls:sys_exit_execve'] : [],
      program: (parts) => [
        ...calls.map(({name, directory}) => ({
          probes: [`tracepoint:syscalls:sys_enter_${name}`],
          when: parts.filters,
          body: remember(parts, directory),
        })),
        {
          probes: ['tracepoint:sched:sched_process_exec'],
          when: parts.filters,
          body: bt`
            ${parts.stamp}
            $ret = 0;
            ${parts.sends('strings') && fromNewStack(parts)}
            ${parts.emit}
            ${forget(parts)}`,
        },
        {
          probes: calls.map(({name}) => `tracepoint:syscalls:sys_exit_${name}`),
          when: [bt`@count[${task}]`],
          body: bt`
            ${parts.flags.failed && showFailed(parts)}
            ${forget(parts)}`,
        },
      ],
    },
  ],
})

/**
 * At the start of a call: what is gone when it has succeeded, or what one needs to look again when it has failed. The
 * arguments themselves need not be in memory yet, and are read later. An entry is there even without an argument.
 */
function remember(parts: Parts, directory: Bt): Bt {
  return bt`
    $argv = (uint64)args->argv;
    $count = (uint64)0;
    while ($count < ${mostCounted} && *uptr((uint64 *)($argv + 8 * $count)) != 0) {
      $count += 1;
    }
    @count[${task}] = $count + 1;
    ${
      readsOld(parts) &&
      bt`
      @argv[${task}] = $argv;
      @file[${task}] = (uint64)args->filename;
      @directory[${task}] = ${directory};`
    }`
}

function forget(parts: Parts): Bt {
  const maps = [bt`@count`, ...(readsOld(parts) ? [bt`@argv`, bt`@file`, bt`@directory`] : [])]
  return bt`${maps.map((map) => bt`delete(${map}[${task}]);`)}`
}

/** Whether the arguments of failed execs are wanted, which stay in the memory of the caller. */
function readsOld(parts: Parts): boolean {
  return parts.flags.failed && parts.sends('strings')
}

function showFailed(parts: Parts): Bt {
  return bt`
    if (args->ret < 0) {
      ${parts.stamp}
      $ret = (int64)args->ret;
      ${parts.sends('strings') && fromOldMemory(parts)}
      ${parts.emit}
    }`
}

/**
 * After an exec that succeeded: reads what the kernel put on the new stack, which is sure to be in memory: the number
 * of arguments, pointers to them, and above the environment the name of the file. Scripts have the interpreter and its
 * option in front of the arguments, so that the number of those that were given says where they begin.
 */
function fromNewStack(parts: Parts): Bt {
  const most = parts.flags['max-args'] ?? usualArguments
  return bt`
    $stack = (uint64)curtask->mm->start_stack;
    $width = $stack >> 32 == 0 ? (uint64)4 : (uint64)8;
    $argc = (uint64)*uptr((uint32 *)$stack);
    $given = @count[${task}];
    $directory = -100;
    $first = (uint64)1;
    $guess = 0;
    $most = (uint64)${most};
    if ($given > 1 && $given <= ${mostCounted}) {
      $first = $argc + 2 - $given;
    } else {
      $guess = ${most};
      $most = ${most + ofInterpreter};
    }
    $at = $stack + $width * ($argc == 0 ? 1 : $first + 1);
    ${sendStrings(parts, bt`(uint64)curtask->mm->env_end`)}`
}

function fromOldMemory(parts: Parts): Bt {
  return bt`
    $width = (uint64)8;
    $directory = @directory[${task}];
    $guess = 0;
    $most = (uint64)${parts.flags['max-args'] ?? usualArguments};
    $at = @argv[${task}];
    if (*uptr((uint64 *)$at) != 0) {
      $at += 8;
    }
    ${sendStrings(parts, bt`@file[${task}]`)}`
}

/** Sends the name of the file, and the arguments whose pointers begin at \`$at\` and end with NULL. */
function sendStrings({emitPiece}: Parts, file: Bt): Bt {
  return bt`
    ${emitPiece('strings', bt`str(uptr(${file}))`)}
    $strings = (uint64)1;
    $next = ${pointer};
    while ($strings < $most && $next != 0) {
      ${emitPiece('strings', bt`str(uptr($next))`)}
      $strings += 1;
      $at += $width;
      $next = ${pointer};
    }
    $more = $next == 0 ? 0 : 1;`
}

/** 32-bit programs have pointers of four bytes. */
const pointer = bt`$width == 8 ? *uptr((uint64 *)$at) : (uint64)*uptr((uint32 *)$at)`

function plainLine(args: TextList | null): string {
  return args === null ? '' : args.items.map(readable).join(' ') + (args.more ? ' ...' : '')
}
