import {
  attaching,
  bt,
  byCgroup,
  byName,
  byPid,
  byUid,
  type Clause,
  countStack,
  defineTool,
  Flags,
  knownCpu,
  type FoundPattern,
  localTime,
  notTraced,
  patternFlags,
  patternSources,
  probe,
  type ProgramParts,
  resolvePatternFlags,
  stackColumns,
  usualStackColumns,
  stackCounting,
  type StackParts,
  tracingBanner,
  UsageError,
} from '../tool.js'

const usualStorage = 16_384

const flags = {
  interval: Flags.seconds('Print and start anew every so many seconds.', {char: 'i', value: 'SECONDS'}),
  ...patternFlags,
  timestamp: Flags.flag('Show the time above each report.', {char: 'T'}),
  cpu: Flags.integer('Count on this CPU only.', {
    char: 'c',
    value: 'CPU',
    completes: {from: 'cpu'},
    min: 0,
    max: 8191,
    what: 'the number of a CPU',
  }),
  perpid: Flags.flag('Count the stacks of each process apart, and show the process.', {char: 'P'}),
  'user-stacks-only': Flags.flag('Show the stacks of user space only.', {char: 'U'}),
  'kernel-stacks-only': Flags.flag('Show the stacks of the kernel only.', {char: 'K'}),
  delimited: Flags.flag('Show where the stack of the kernel ends and that of user space begins.', {
    char: 'd',
  }),
  offset: Flags.flag('Show how far into its function each frame is.', {char: 's'}),
  address: Flags.flag('Show the address of each frame; not in folded output.', {char: 'v'}),
  modules: Flags.flag('Show the file or kernel module each function is from.'),
  folded: Flags.flag('One line a stack, for flame graphs; short for --format folded.', {char: 'f'}),
  top: Flags.integer('Show the N most frequent stacks only.', {
    value: 'N',
    min: 1,
    what: 'a number of stacks',
    group: 'output',
  }),
  'max-stack-depth': Flags.integer('Frames kept of each half of a stack; 127 if not given.', {
    value: 'N',
    min: 1,
    max: 127,
    what: 'a number of frames',
    group: 'engine',
  }),
  'stack-storage-size': Flags.integer(`Room for so many different stacks; ${usualStorage} if not given.`, {
    value: 'N',
    min: 16,
    max: 2 ** 22,
    what: 'a number of stacks',
    group: 'engine',
  }),
}

type Parts = ProgramParts<typeof flags, FoundPattern>

const partsOf = (flags: Parts['flags'] & {format?: string | undefined; csv?: boolean}): StackParts => ({
  kernel: !flags['user-stacks-only'],
  user: !flags['kernel-stacks-only'],
  perProcess: flags.perpid,
  // Folded stacks begin with the name of the command.
  perName: flags.folded || flags.csv === true || ['folded', 'csv'].includes(flags.format ?? ''),
  depth: flags['max-stack-depth'],
})

export default defineTool({
  group: 'functions',
  summary: 'Count the stacks that lead to functions, tracepoints and USDT probes.',
  description:
    'Counts, for each call of what the pattern matches, who called it, and who called that. It shows why something happens so often.',
  examples: [
    {command: 'stackcount submit_bio', description: 'Who does block I/O, until Ctrl-C'},
    {command: 'stackcount -D 5 -P t:sched:sched_switch', description: 'Five seconds of switches, by process'},
    {command: 'stackcount -i 1 -p 181 c:malloc', description: 'Who allocates in process 181, each second'},
    {
      command: 'stackcount -f -D 30 tcp_sendmsg > stacks',
      description: 'Half a minute, as flame graphs are made of',
    },
  ],
  requirements:
    'Root, and kernel types (BTF) for the names of threads. Kernel functions need kprobes; tracepoints, and functions of libraries and programs, work on every kernel.',
  overhead: {
    rate: 'calls of what is traced: anything up to millions a second',
    cost: '2 to 3 microseconds for each event of the kernel, up to 20 for others.',
  },
  flags,
  letters: {duration: 'D'},
  filters: [byPid, byUid, byName, byCgroup, knownCpu],
  columns: stackColumns,
  show: usualStackColumns,
  format: ({folded}) => (folded ? 'folded' : undefined),
  resolve: (flags, machine) => {
    if (flags['user-stacks-only'] && flags['kernel-stacks-only'])
      throw new UsageError('-U and -K leave nothing to show')
    return resolvePatternFlags(flags, machine)
  },
  counting: (flags, found) =>
    stackCounting(partsOf(flags), {
      options: {
        delimiter: flags.delimited,
        address: flags.address,
        offset: flags.offset,
        module: flags.modules,
      },
      style: 'stackcount',
      top: flags.top,
      storage: flags['stack-storage-size'] ?? usualStorage,
      every: flags.interval === undefined ? undefined : {seconds: flags.interval},
      ...(flags.timestamp && {heading: ({end}) => localTime(end)}),
      banner: tracingBanner(found),
      notes: notTraced(found.leftOut),
      attaching: attaching(found),
    }),
  // The names of threads, and programs that follow each other in a process, are found in the kernel's structures.
  sources: patternSources(count, ['btf']),
})

function count({filters, flags, send, resolved: {points}}: Parts): Clause[] {
  return [
    {
      probes: points.map((point) => probe(point)),
      when: [...filters, flags.cpu !== undefined && bt`cpu == ${flags.cpu}`],
      body: countStack(partsOf(flags), send),
    },
  ]
}
