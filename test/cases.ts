/**
 * What BCC's tools, those of libbpf-tools and those of bpftrace do or get wrong, case by case, and the tests that show
 * what ours do. `test/CASES.md` is made from it; `test/shape/cases.test.ts` holds it to the tests that there are.
 */

/** A test, by the file it is in. */
export interface Shown {
  /** From the root of the repository. */
  readonly file: string
  /** What it is called, or a part that no other test of the file has; `${...}` as it stands in the source. */
  readonly title: string
  /** The line of the table it goes through, where it has one. */
  readonly row: string | undefined
}

/** Something that a tool is expected to do. */
export interface Case {
  readonly id: string
  readonly asks: string
  /** How we differ from the peers on purpose. */
  readonly differs?: string
  /** A flag, by its long name, without which there is nothing to test. */
  readonly flag?: string
  readonly tests: readonly Shown[]
  /** Words of the tool's page, where nothing but saying so can be done. */
  readonly page?: string
}

const inFile = (file: string) => (title: string, row?: string) => ({file: `test/${file}.test.ts`, title, row})

const opensnoop = inFile('runtime/opensnoop')
const execsnoop = inFile('runtime/execsnoop')
const killsnoop = inFile('runtime/killsnoop')
const vfsstat = inFile('runtime/vfsstat')
const vfsstatUnit = inFile('unit/commands/vfsstat')
const tcpretrans = inFile('runtime/tcpretrans')
const tcpretransUnit = inFile('unit/commands/tcpretrans')
const profile = inFile('runtime/profile')
const profileKnown = inFile('runtime/profileknown')
const funccount = inFile('runtime/funccount')
const stackcount = inFile('runtime/stackcount')
const cgroup = inFile('runtime/cgroup')
const pinnedMap = inFile('runtime/embedded/pinnedmap')
const endings = inFile('runtime/endings')
const argdist = inFile('runtime/argdist')
const specifiers = inFile('runtime/specifiers')
const usage = inFile('unit/usage')
const signals = inFile('unit/engine/signals')
const ending = inFile('unit/engine/ending')
const pattern = inFile('unit/engine/program/pattern')
const specifier = inFile('unit/engine/program/specifier')
const distribution = inFile('unit/engine/program/distribution')
const stack = inFile('unit/engine/event/stack')

const wrongLine = '${name} ${line}: exit code 2'
const wrongVfsstat = '${line}: exit code 2'

/** The cases of each tool. Those of a tool that is not there yet do not count. */
export const cases: Readonly<Record<string, readonly Case[]>> = {
  opensnoop: [
    {
      id: 'O1',
      asks: 'With -x and -n, a failed open is one row with FD -1 and its error',
      tests: [opensnoop('-x and -n together show the failed opens of one name')],
    },
    {
      id: 'O2',
      asks: 'An open that works has a descriptor and error 0',
      tests: [opensnoop('shows every kind of open, each once')],
    },
    {
      id: 'O3',
      asks: 'Other errors than ENOENT; a path that cannot be read is empty',
      tests: [opensnoop('shows every kind of open, each once'), opensnoop('-x shows failed opens only')],
    },
    {
      id: 'O4',
      asks: 'openat2 is seen, whether it works or fails',
      tests: [opensnoop('shows every kind of open, each once')],
    },
    {
      id: 'O5',
      asks: 'The old call open is seen',
      differs: 'creat, too',
      tests: [opensnoop('shows every kind of open, each once')],
    },
    {
      id: 'O6',
      asks: '-p is the process with all its threads, and none of its children',
      tests: [
        opensnoop('-p means the process with all its threads'),
        opensnoop('-p leaves out what children of the process open'),
      ],
    },
    {
      id: 'O7',
      asks: '-t is one thread',
      differs: 'the column stays PID; -p and -t must both hold; TID is a column to ask for',
      tests: [
        opensnoop('-p means the process with all its threads'),
        opensnoop('-p and -t of somebody else show nothing'),
      ],
    },
    {
      id: 'O9',
      asks: '-n is a part of the name of the thread that opens, in the right case, and no expression',
      tests: [
        opensnoop('-n matches a part of the name of the thread, in the right case'),
        opensnoop('-n goes by the name of the thread, not by that of the process'),
      ],
    },
    {
      id: 'O10',
      asks: '-u 0 is a user like others; who does not exist is a usage error',
      differs: 'names are taken, too',
      tests: [
        opensnoop('-u takes a name or a number, and 0 is a user like others'),
        usage(wrongLine, '-u nosuchuser'),
      ],
    },
    {
      id: 'O11',
      asks: '-T has times that do not run backwards',
      differs: 'the time of day of the event; BCC has seconds since its first event',
      tests: [opensnoop("-T and JSON give the time of the event by the machine's clock")],
    },
    {
      id: 'O12',
      asks: '-d ends in time also when nothing happens',
      tests: [opensnoop('-d ends an idle run in time')],
    },
    {
      id: 'O13',
      asks: '-e has flags and mode in octal, and n/a where there is no mode',
      tests: [opensnoop('-e shows flags and mode, n/a where there is no mode')],
    },
    {
      id: 'O14',
      asks: 'Several -f are alternatives',
      tests: [opensnoop('-f compares access modes as values and other flags as bits')],
    },
    {
      id: 'O15',
      asks: '-f O_RDONLY is of use, though the flag is 0',
      differs: 'access modes are compared as values; all bits of another name must be set',
      tests: [opensnoop('-f compares access modes as values and other flags as bits')],
    },
    {
      id: 'O18',
      asks: 'An event is one row, whatever is in its path',
      differs: 'control characters are escaped; JSON has the exact bytes',
      tests: [opensnoop('one event is one row, whatever is in the path')],
    },
    {
      id: 'O20',
      asks: 'A cgroup means what is in it and below it; a map, what is in it',
      differs: '--cgroup takes a directory; a pinned map is for --cgroupmap and --mntnsmap',
      tests: [
        cgroup('shows what is in the cgroup and below it, also in cgroups made later'),
        pinnedMap('shows what is done in the cgroups of a map, which changes meanwhile'),
        pinnedMap('shows what is done in the mount namespaces of a map'),
      ],
    },
    {
      id: 'O21',
      asks: 'What the tracer itself opens; Ctrl-C exits with 0',
      differs: 'own events are left out unless --include-self is given',
      tests: [opensnoop('leaves out its own events'), endings('on ${signal}, with exit code 0')],
    },
  ],

  execsnoop: [
    {
      id: 'E1',
      asks: 'An exec is one row with result 0 and the right parent',
      tests: [execsnoop('shows each new program once, with its parent and its arguments')],
    },
    {
      id: 'E2',
      asks: '-x adds failed execs, by the name of the caller, and keeps the others',
      tests: [execsnoop('-x shows failed execs, too, with the name of the caller')],
    },
    {
      id: 'E3',
      asks: 'A search along PATH is seen with -x only, always in the same process',
      tests: [execsnoop('shows the search along PATH with -x only, and always the same process')],
    },
    {
      id: 'E4',
      asks: 'With -q, arguments with blanks are told apart',
      tests: [execsnoop('keeps arguments apart')],
    },
    {
      id: 'E5',
      asks: 'A line feed in an argument does not break the row',
      tests: [execsnoop('keeps arguments apart')],
    },
    {
      id: 'E6',
      asks: 'An empty argument is neither lost nor the end of the list',
      tests: [
        execsnoop('keeps arguments apart'),
        execsnoop('reads arguments that were in no memory when the exec began'),
      ],
    },
    {
      id: 'E7',
      asks: 'What -q prints can be read back, with quotes and tabs in it',
      differs: 'a shell reads it back; JSON has a list',
      tests: [execsnoop('keeps arguments apart')],
    },
    {
      id: 'E8',
      asks: '19 and 20 arguments are all there, and 21 are marked as cut',
      differs: 'marked exactly when some are missing; BCC marks 20, too',
      tests: [execsnoop('marks arguments as cut exactly when some are not shown')],
    },
    {
      id: 'E9',
      asks: '--max-args 3 and 1, and what numbers it takes',
      differs: '1 to 200',
      tests: [
        execsnoop('marks arguments as cut exactly when some are not shown'),
        execsnoop('shows hundreds of arguments'),
        inFile('unit/commands/execsnoop')('takes 1 to 200 arguments'),
      ],
    },
    {
      id: 'E10',
      asks: 'A long argument is cut, and those behind it are whole',
      differs: 'the cut is marked; there is room for more than 128 bytes',
      tests: [execsnoop('cuts a long argument, says so, and shows the next one')],
    },
    {
      id: 'E11',
      asks: 'The file is shown where argv[0] is something else',
      tests: [execsnoop('shows the file instead of argv[0]')],
    },
    {
      id: 'E14',
      asks: '-n is about the name after the exec, not about arguments',
      tests: [execsnoop('-n matches the name after the exec, by a regular expression')],
    },
    {
      id: 'E16',
      asks: '-u root and -u 0 are filters; who does not exist is a usage error',
      tests: [
        execsnoop('-u takes a name or a number, and 0 is a user like others'),
        usage(wrongLine, '-u nosuchuser'),
      ],
    },
    {
      id: 'E17',
      asks: '-P shows direct children only',
      tests: [execsnoop('-P shows the children of a process and nothing else')],
    },
    {
      id: 'E18',
      asks: "-T, -t, -U, -C and -M have columns in BCC's order, with seconds since the start",
      tests: [execsnoop("-T, -t, -U, -M and -C add BCC's columns, at BCC's places")],
    },
    {
      id: 'E19',
      asks: 'A script is one row, by its own name',
      tests: [execsnoop('shows a script once, by its own name and with its own arguments')],
    },
    {
      id: 'E20',
      asks: 'A chain of programs in one process is a row for each',
      tests: [execsnoop('shows every program of a chain under one process')],
    },
    {
      id: 'E21',
      asks: 'A fork without an exec is not shown',
      tests: [execsnoop('shows every program of a chain under one process')],
    },
    {
      id: 'E22',
      asks: 'A cgroup means what is in it and below it; a map, what is in it',
      differs: '--cgroup takes a directory; a pinned map is for --cgroupmap and --mntnsmap',
      tests: [
        execsnoop('--cgroup shows what is in the cgroup and below it'),
        pinnedMap('shows nothing where a map is empty, or both are given and one does not hold'),
      ],
    },
  ],

  killsnoop: [
    {
      id: 'K1',
      asks: 'Signal 0, a process and a group that do not exist, and a signal that does not exist, with their results',
      tests: [killsnoop('shows each signal once, with its target as given to the call')],
    },
    {
      id: 'K2',
      asks: '-s shows one signal only',
      tests: [killsnoop('-s takes one signal, a list, and 0 like others')],
    },
    {
      id: 'K3',
      asks: '-s takes a list',
      tests: [killsnoop('-s takes one signal, a list, and 0 like others')],
    },
    {
      id: 'K4',
      asks: '-s 0 shows the tests whether a process is there',
      tests: [killsnoop('-s takes one signal, a list, and 0 like others')],
    },
    {
      id: 'K5',
      asks: '-s and the names of signals',
      differs: 'names are taken as numbers are',
      tests: [
        killsnoop('-s takes one signal, a list, and 0 like others'),
        signals('takes numbers and names, in lists, in any case'),
        usage(wrongLine, '-s !0'),
      ],
    },
    {id: 'K6', asks: '-x shows failed calls only', tests: [killsnoop('-x shows failed calls only')]},
    {
      id: 'K7',
      asks: 'What a user may not do is shown with EPERM',
      tests: [killsnoop('shows what a user may not do, and -u filters by who tries')],
    },
    {
      id: 'K8',
      asks: '-p is who sends and -T who gets, never the other way round',
      tests: [
        killsnoop('-p is who sends, -T who gets: never the other'),
        killsnoop('-T takes 0 and -1 as they are given to the call'),
      ],
    },
    {
      id: 'K10',
      asks: 'tkill and tgkill',
      differs: 'shown; BCC has kill alone',
      tests: [killsnoop('shows the calls for threads, with a value, and by pidfd, too')],
    },
    {
      id: 'K11',
      asks: 'pidfd_send_signal and sigqueue',
      differs: 'shown; no peer has them',
      tests: [
        killsnoop('shows the calls for threads, with a value, and by pidfd, too'),
        killsnoop('finds who is behind a pidfd'),
      ],
    },
    {
      id: 'K13',
      asks: 'The name is that of the shell where kill is built in',
      tests: [killsnoop('COMM is who makes the call: bash where it is built in')],
    },
    {
      id: 'K14',
      asks: 'Real-time signals are numbers, and with -n names',
      differs: 'named as bash does, SIGRTMIN+2',
      tests: [
        killsnoop('the table has the columns of BCC; -n shows the names of signals'),
        signals('calls real-time signals what bash does'),
      ],
    },
    {
      id: 'K15',
      asks: 'PID is the process where another thread sends',
      tests: [killsnoop('PID is the process, also for signals from other threads')],
    },
    {
      id: 'K18',
      asks: 'Ctrl-C exits with 0, and nothing comes after the rows',
      differs: 'there is --duration, as in all our tools',
      tests: [killsnoop('Ctrl-C ends it with exit code 0 and nothing after the rows')],
    },
  ],

  vfsstat: [
    {
      id: 'V1',
      asks: 'A count means the header, so many rows, and exit code 0',
      differs:
        'an interval that the machine slept through has no row of its own; the rows asked for all come',
      tests: [
        vfsstat('shows as many rows as it is told to, and one each second until Ctrl-C otherwise'),
        ending('does not make up for a standstill'),
        ending('leaves the end of the last interval to the end of the run'),
      ],
    },
    {
      id: 'V2',
      asks: 'Without arguments, a row each second until Ctrl-C',
      differs: 'the interval that Ctrl-C cuts short is printed with its true rate',
      tests: [
        vfsstat('shows as many rows as it is told to, and one each second until Ctrl-C otherwise'),
        vfsstatUnit('reports each second without an end, unless told otherwise'),
        vfsstat('shows the true rate of the shorter interval that Ctrl-C ends'),
      ],
    },
    {
      id: 'V3',
      asks: 'Many small writes and reads are all counted',
      tests: [vfsstat('counts each kind of call exactly by ${source}')],
    },
    {
      id: 'V4',
      asks: 'Rates are per second, and cut to whole numbers',
      differs: 'divided by the time that really passed; JSON has the exact rate',
      tests: [
        vfsstat('shows rates cut to whole numbers, and ends after so many rows'),
        vfsstatUnit("is BCC's table: rates cut to whole numbers"),
      ],
    },
    {
      id: 'V5',
      asks: '-p is all threads of a process and not its children',
      tests: [vfsstat('-p means all threads of the process and not its children')],
    },
    {
      id: 'V6',
      asks: 'fsync is counted',
      tests: [vfsstat('counts each kind of call exactly by ${source}')],
    },
    {
      id: 'V7',
      asks: 'A file that open makes is no CREATE, one that mknod makes is',
      tests: [vfsstat('counts each kind of call exactly by ${source}')],
    },
    {
      id: 'V8',
      asks: 'mkdir, rmdir and unlink have their columns',
      tests: [vfsstat('counts each kind of call exactly by ${source}')],
    },
    {
      id: 'V9',
      asks: 'readv, io_uring and reads of mapped files are not counted, and the page says so',
      tests: [vfsstat('counts each kind of call exactly by ${source}')],
    },
    {
      id: 'V10',
      asks: 'Reads of sockets, pipes and /proc are counted',
      tests: [vfsstat('counts each kind of call exactly by ${source}')],
    },
    {id: 'V12', asks: 'An interval of 0 is a usage error', tests: [vfsstatUnit(wrongVfsstat, '0')]},
    {
      id: 'V13',
      asks: 'A count of 0 means no end',
      tests: [
        vfsstatUnit('reports each second without an end, unless told otherwise'),
        vfsstat('shows the true rate of the shorter interval that Ctrl-C ends'),
      ],
    },
    {
      id: 'V14',
      asks: 'Into a pipe, rows come as they are due',
      tests: [vfsstat('writes each row when it is due, and ends when the reader does')],
    },
    {
      id: 'V16',
      asks: 'Words, negative numbers and a third number are usage errors',
      tests: [
        vfsstatUnit(wrongVfsstat, '1 x'),
        vfsstatUnit(wrongVfsstat, '-1'),
        vfsstatUnit(wrongVfsstat, '1 2 3'),
      ],
    },
  ],

  tcpretrans: [
    {
      id: 'R1',
      asks: 'SYNs that nobody answers are rows with SYN_SENT',
      tests: [
        tcpretrans('shows SYN, data and FIN that are sent again'),
        tcpretrans('prints the columns of BCC, and does not cut a long address'),
      ],
    },
    {
      id: 'R2',
      asks: 'Data that is not acknowledged is ESTABLISHED, with both ends the right way round',
      tests: [tcpretrans('shows SYN, data and FIN that are sent again')],
    },
    {
      id: 'R3',
      asks: 'After a close it is FIN_WAIT1',
      tests: [tcpretrans('shows SYN, data and FIN that are sent again')],
    },
    {
      id: 'R4',
      asks: 'Ports have their bytes in the right order',
      tests: [tcpretrans('shows SYN, data and FIN that are sent again')],
    },
    {
      id: 'R5',
      asks: 'The process is who happened to run, and is not said to own the socket',
      differs: '`current_pid` in JSON; there is no filter by process',
      tests: [
        tcpretransUnit('leaves nothing out for the process that happens to run'),
        tcpretrans('shows SYN, data and FIN that are sent again'),
      ],
    },
    {
      id: 'R7',
      asks: '-6 keeps IPv4 addresses on IPv6 sockets',
      tests: [tcpretrans('-4 and -6 compare the family of the socket')],
    },
    {
      id: 'R8',
      asks: '-4 and -6 together are a usage error',
      tests: [tcpretransUnit('refuses ${line} with exit code 2', '-4 -6')],
    },
    {
      id: 'R9',
      asks: 'A long address is not cut',
      differs: 'IPv6 addresses are in brackets',
      tests: [tcpretrans('prints the columns of BCC, and does not cut a long address')],
    },
    {
      id: 'R10',
      asks: '-s has the sequence number, the same each time a segment is sent again',
      tests: [tcpretrans('shows SYN, data and FIN that are sent again')],
    },
    {id: 'R11', asks: '-l has tail loss probes', tests: [tcpretrans('-l shows tail loss probes')]},
    {
      id: 'R12',
      asks: '-c prints totals at the end only, and they are what a trace beside it shows',
      flag: 'count',
      tests: [
        tcpretrans('-c counts for each flow what a parallel trace shows'),
        tcpretrans('-c prints nothing before the end, then a row for each flow'),
      ],
    },
    {
      id: 'R14',
      asks: 'SYN-ACKs that are sent again are not counted',
      differs: '--synack shows them',
      tests: [tcpretrans('--synack shows what a server sends again, which is not shown otherwise')],
    },
    {
      id: 'R15',
      asks: 'Retransmits that could not be sent',
      differs: 'shown with their error',
      tests: [
        tcpretrans('shows a retransmit that could not be sent with its error'),
        tcpretransUnit('says how sending went'),
      ],
    },
    {
      id: 'R16',
      asks: 'With no retransmit there is the header, and Ctrl-C exits with 0',
      tests: [
        tcpretrans('prints the header when nothing is retransmitted, and ends on Ctrl-C with exit code 0'),
      ],
    },
  ],

  profile: [
    {
      id: 'P1',
      asks: '49 samples a second of what is busy',
      tests: [profileKnown('counts ${hertz} samples a second of CPU time, until Ctrl-C')],
    },
    {
      id: 'P2',
      asks: '-F says how many samples a second',
      tests: [profileKnown('counts ${hertz} samples a second of CPU time, until Ctrl-C')],
    },
    {
      id: 'P3',
      asks: '-p is a process with all its threads',
      tests: [profile('-p and -L take lists of processes and threads')],
    },
    {
      id: 'P4',
      asks: '-p takes a list of numbers and nothing else, and the heading names it',
      tests: [
        profile('-p and -L take lists of processes and threads'),
        profile('prints stacks as BCC does, the most frequent last'),
        usage(wrongLine, '-p 1,x'),
      ],
    },
    {id: 'P5', asks: '-L is one thread', tests: [profile('-p and -L take lists of processes and threads')]},
    {
      id: 'P6',
      asks: 'Idle CPUs are left out, and shown with -I',
      tests: [profileKnown('-I shows what an idle CPU does, which is left out otherwise')],
    },
    {
      id: 'P7',
      asks: '-U and -K show one half; both together are refused',
      tests: [
        profile('-K and -U show one half'),
        profileKnown('-K and -U show one half'),
        usage(wrongLine, '-K -U'),
      ],
    },
    {
      id: 'P8',
      asks: '-d has a line between the halves, where there are both',
      tests: [profile('-d shows where the halves meet, if a stack has both')],
    },
    {
      id: 'P9',
      asks: 'Each folded line is the command, frames from the root, and a count',
      differs: 'in names, `;` and blanks are replaced, so that lines can always be taken apart',
      tests: [
        profile('-f writes lines that can be taken apart'),
        profileKnown('-f writes the command, frames from the root, and the count'),
        stack('can be taken apart whatever the names are'),
      ],
    },
    {
      id: 'P11',
      asks: '-a marks frames of the kernel, and no others',
      tests: [profile('-f writes lines that can be taken apart')],
    },
    {id: 'P12', asks: '-C is one CPU', tests: [profile('-C shows one CPU')]},
    {
      id: 'P13',
      asks: '-c is every so many events; of the usual clock, nanoseconds',
      differs: 'the clock of the CPU everywhere; cycles with --event',
      tests: [
        profile('-p and -L take lists of processes and threads'),
        profile('--event cycles needs hardware counters'),
      ],
    },
    {
      id: 'P14',
      asks: 'A frequency of 0',
      differs: 'a usage error; BCC takes 49',
      tests: [usage(wrongLine, '-F 0')],
    },
    {id: 'P15', asks: 'A duration of 0 is refused', tests: [usage(wrongLine, '0')]},
    {
      id: 'P18',
      asks: 'The order of stacks',
      differs: 'the most frequent is last, as in BCC',
      tests: [profile('prints stacks as BCC does, the most frequent last')],
    },
    {
      id: 'P19',
      asks: 'Stacks that there was no room for have rows and a warning',
      tests: [profile('says how many stacks it had no room for')],
    },
    {
      id: 'P20',
      asks: 'Ctrl-C before the end prints what there is, and exits with 0',
      tests: [
        profileKnown('counts ${hertz} samples a second of CPU time, until Ctrl-C'),
        profile('prints stacks as BCC does, the most frequent last'),
      ],
    },
  ],

  funccount: [
    {
      id: 'F1',
      asks: 'A tracepoint is counted exactly, for one process',
      tests: [funccount('a tracepoint, by category and event')],
    },
    {
      id: 'F2',
      asks: 'Functions of a program, the most frequent last, none without calls',
      tests: [
        funccount('functions that call each other, with one name for each place'),
        funccount('functions of a library, those with calls only and the most frequent last'),
        funccount('many functions of a file, that are attached at once where that can be'),
      ],
    },
    {
      id: 'F3',
      asks: 'A function of the C library by the short name of the library',
      tests: [funccount('functions of a library, those with calls only and the most frequent last')],
    },
    {
      id: 'F4',
      asks: '-T and -i: an empty line, the time and the table, each interval; functions of the kernel',
      tests: [
        funccount('an empty line and the time above each table with -T'),
        funccount('many functions of the kernel, each as often as it is called'),
      ],
    },
    {
      id: 'F5',
      asks: '-d alone is one table, with -i one each interval',
      tests: [funccount('one table after a duration, and one each interval')],
    },
    {
      id: 'F7',
      asks: 'Ctrl-C prints what was counted so far',
      differs: 'no line that says that it detaches',
      tests: [funccount('the last interval, which is shorter, on Ctrl-C, and leaves no bpftrace behind')],
    },
    {
      id: 'F8',
      asks: 'Whether -r matches whole names',
      differs: 'whole, everywhere',
      tests: [
        funccount('funccount refuses', 'a regular expression that matches a part only'),
        pattern('reads regular expressions with -r, which match whole'),
      ],
    },
    {
      id: 'F9',
      asks: 'What a dot means without -r',
      differs: 'itself: patterns are globs',
      tests: [
        funccount('funccount refuses', 'a dot as a wildcard'),
        pattern('reads globs: nothing but *, ? and [] is special'),
      ],
    },
    {
      id: 'F11',
      asks: 'Several names of one place are one row',
      tests: [funccount('functions that call each other, with one name for each place')],
    },
    {
      id: 'F12',
      asks: 'A pattern without a match is an error',
      differs: 'exit code 3; BCC exits with 0',
      tests: [funccount('funccount refuses', 'a glob without a match')],
    },
    {
      id: 'F13',
      asks: 'Too many matches are an error that says how to have them',
      tests: [
        funccount('funccount refuses', 'more than the limit'),
        funccount('funccount refuses', 'more than the usual limit'),
      ],
    },
    {
      id: 'F14',
      asks: 'Too many parts are an error',
      tests: [
        funccount('funccount refuses', 'too many parts'),
        funccount('funccount refuses', 'too many parts of a type'),
      ],
    },
    {
      id: 'F15',
      asks: 'A library without USDT probes has no match',
      tests: [funccount('funccount refuses', 'a library without USDT probes')],
    },
    {
      id: 'F16',
      asks: 'A tracepoint of another kernel has no match',
      differs: 'the error names one that is near',
      tests: [funccount('funccount refuses', 'a tracepoint of another kernel')],
    },
    {
      id: 'F17',
      asks: '-p is a process with its threads and not its children',
      tests: [funccount('the threads of a process, and not its children')],
    },
    {
      id: 'F19',
      asks: 'Rows of tracepoints have category and event',
      tests: [funccount('a tracepoint, by category and event')],
    },
    {
      id: 'F20',
      asks: 'A program is found in PATH',
      tests: [funccount('functions of a program that is found in PATH')],
    },
  ],

  // Where there are no tests, they are named when the tool is added: it cannot be without them.
  argdist: [
    {
      id: 'A1',
      asks: '-C counts the values of a parameter of a function of a program',
      tests: [argdist('prints tables and then histograms as BCC lays them out')],
    },
    {
      id: 'A2',
      asks: '-H has a histogram of what a function returns',
      tests: [argdist('makes histograms, with buckets for negative values, of latencies, too')],
    },
    {
      id: 'A3',
      asks: 'What a return shows where there is no expression: the result',
      tests: [argdist('counts returns, and pairs them with their entries')],
    },
    {
      id: 'A4',
      asks: '$entry and a filter by $latency at the return of a function',
      tests: [
        argdist('counts returns, and pairs them with their entries'),
        specifiers('read structures, memory of the process, and results'),
      ],
    },
    {
      id: 'A5',
      asks: 'A histogram of latencies has every call',
      tests: [argdist('makes histograms, with buckets for negative values, of latencies, too')],
    },
    {
      id: 'A6',
      asks: 'Several expressions are counted together, a text among them',
      tests: [argdist('counts texts with numbers, filtered, and cut to -z')],
    },
    {
      id: 'A7',
      asks: 'A filter keeps the calls for which it is true',
      tests: [argdist('prints tables and then histograms as BCC lays them out')],
    },
    {
      id: 'A8',
      asks: 'What STRCMP compares',
      differs: 'equality; STRPREFIX is for beginnings',
      tests: [
        argdist('counts texts with numbers, filtered, and cut to -z'),
        distribution('compares texts whole or by their beginning'),
      ],
    },
    {
      id: 'A9',
      asks: '-z cuts texts, which are counted as what is left',
      tests: [argdist('counts texts with numbers, filtered, and cut to -z')],
    },
    {
      id: 'A10',
      asks: 'A label stands for the specifier',
      tests: [
        argdist('keeps the most frequent with -T, the biggest last'),
        specifier('labels with what was typed'),
      ],
    },
    {
      id: 'A11',
      asks: 'Without an expression, calls are counted',
      tests: [argdist('prints tables and then histograms as BCC lays them out')],
    },
    {
      id: 'A12',
      asks: '-T keeps the most frequent, the biggest last',
      tests: [argdist('keeps the most frequent with -T, the biggest last')],
    },
    {
      id: 'A14',
      asks: '-i with -n, and -d with the usual interval, print three times',
      tests: [argdist('prints as often as -n says, and until -d')],
    },
    {
      id: 'A15',
      asks: 'What Ctrl-C does with the open interval',
      differs: 'prints it; BCC does not',
      tests: [argdist('counts each interval anew, or goes on with -c, and Ctrl-C prints the last one')],
    },
    {
      id: 'A16',
      asks: 'Specifiers that are wrong, or none at all, are errors',
      differs: 'no specifier is a usage error; BCC exits with 0',
      tests: [
        specifier('says what is wrong with the target, and where'),
        specifier('says what is wrong with the signature, and where'),
        specifier('says what is wrong behind the signature, and where'),
        specifier('makes histograms of one number'),
        argdist('refuses, with a mark under what is wrong,'),
      ],
    },
    {id: 'A18', asks: '$PID and $COMM are values', tests: [argdist('knows process, thread, user and name')]},
    {
      id: 'A19',
      asks: 'Counts come before histograms',
      tests: [argdist('prints tables and then histograms as BCC lays them out')],
    },
    {
      id: 'A22',
      asks: 'A text that is in no memory yet is not taken for an empty one',
      tests: [],
      page: 'may not be in memory when the function begins',
    },
    {
      id: 'A23',
      asks: 'A parameter that the compiler left out has any value',
      differs: 'nobody can tell; the page says so',
      tests: [],
      page: 'a compiler that has removed or moved a parameter',
    },
    {
      id: 'A24',
      asks: 'Fields of tracepoints, counted, as a histogram, and as a filter',
      tests: [argdist('counts fields of tracepoints')],
    },
  ],

  stackcount: [
    {
      id: 'S1',
      asks: 'A stack of user space has its functions, and all calls',
      tests: [stackcount('follows frame pointers in a program, also without -p')],
    },
    {
      id: 'S2',
      asks: 'Names without -p',
      differs: 'there, always; BCC shows [unknown]',
      tests: [stackcount('follows frame pointers in a program, also without -p')],
    },
    {
      id: 'S3',
      asks: '-P has a line with the process',
      tests: [stackcount('shows the stack, the process with -P only, and the count, in lines')],
    },
    {
      id: 'S4',
      asks: 'Without flags there is no such line',
      differs: 'stacks with the same names are one entry',
      tests: [stackcount('shows the stack, the process with -P only, and the count, in lines')],
    },
    {id: 'S5', asks: '-p has no such line', tests: [stackcount('does not show the process with -p')]},
    {
      id: 'S6',
      asks: '-K and -U show one half; both together are refused',
      tests: [stackcount('shows one half with -K and with -U'), stackcount('to show neither half')],
    },
    {
      id: 'S7',
      asks: '-d has a line between the halves',
      tests: [stackcount('shows where the halves meet with -d')],
    },
    {
      id: 'S8',
      asks: 'How folded lines begin',
      differs: 'with the name of the command; BCC leaves it out without -P',
      tests: [stackcount('folds stacks: the command, then from the root to the leaf')],
    },
    {
      id: 'S10',
      asks: '-s has offsets, -v addresses, and both go together',
      tests: [stackcount('shows the stack, the process with -P only, and the count, in lines')],
    },
    {
      id: 'S11',
      asks: '-D alone is one report, with -i one each interval',
      tests: [stackcount('reports once after a duration, and each interval')],
    },
    {
      id: 'S12',
      asks: 'The most frequent is last',
      tests: [stackcount('prints the most frequent last, and these alone with --top')],
    },
    {
      id: 'S13',
      asks: 'Counts add up to the number of calls',
      tests: [stackcount('counts the stacks of both halves, as many as funccount counts calls')],
    },
    {
      id: 'S16',
      asks: 'Names of a process that has ended',
      differs: 'there; BCC shows addresses',
      tests: [stackcount('names the functions of a process that has ended')],
    },
    {
      id: 'S17',
      asks: 'A program without frame pointers shows what can be shown',
      tests: [stackcount('shows what it can where a program has no frame pointers')],
    },
    {
      id: 'S18',
      asks: 'Ctrl-C prints what was counted so far',
      differs: 'no line that says that it detaches',
      tests: [
        stackcount('shows the stack, the process with -P only, and the count, in lines'),
        stackcount('counts the stacks of both halves, as many as funccount counts calls'),
      ],
    },
    {
      id: 'S20',
      asks: 'A pattern without a match is an error',
      differs: 'exit code 3',
      tests: [stackcount('a pattern that matches nothing')],
    },
  ],
}
