import {
  bt,
  byCgroup,
  byName,
  byPids,
  byPinnedMap,
  byThreads,
  byUid,
  type Clause,
  countStack,
  defineTool,
  Flags,
  knownCpu,
  type ProgramParts,
  stackCounting,
  type StackParts,
  stackColumns,
  usualStackColumns,
  UsageError,
} from '../tool.js'

const usualFrequency = 49
/** Cycles between two samples: some 300 a second where a CPU runs at 3 GHz. */
const usualCycles = 10_000_000
const usualStorage = 16_384

const flags = {
  seconds: Flags.argument('End after so many seconds, and print then.', {
    value: 'DURATION',
    position: 0,
    parse: Flags.secondsOf,
  }),
  frequency: Flags.integer(`Samples a second on each CPU; ${usualFrequency} if not given.`, {
    char: 'F',
    value: 'HZ',
    min: 1,
    max: 10_000,
    what: 'a frequency',
    group: 'engine',
    details: 'The usual 49 does not run in step with what happens 50 or 100 times a second.',
  }),
  count: Flags.integer('Sample every so many events instead.', {
    char: 'c',
    value: 'N',
    min: 1000,
    what: 'a number of events',
    group: 'engine',
    details:
      'What an event is depends on the source: a nanosecond of time on the CPU with `cpu-clock`, so that 1000000 makes 1,000 samples a second; a cycle with `cycles`.',
  }),
  event: Flags.choice('What makes a sample: cpu-clock, or cycles of the CPU.', {
    value: 'EVENT',
    options: ['cpu-clock', 'cycles'],
    group: 'engine',
    details: `Every machine has cpu-clock. Cycles need hardware counters, which virtual machines mostly lack; ${usualCycles} of them make a sample if -c does not say.`,
  }),
  'user-stacks-only': Flags.flag('Show the stacks of user space only.', {char: 'U'}),
  'kernel-stacks-only': Flags.flag('Show the stacks of the kernel only.', {char: 'K'}),
  'include-idle': Flags.flag('Show what idle CPUs do, too.', {char: 'I', group: 'filter', selects: true}),
  cpu: Flags.integer('Sample this CPU only.', {
    char: 'C',
    value: 'CPU',
    completes: {from: 'cpu'},
    min: 0,
    max: 8191,
    what: 'the number of a CPU',
  }),
  delimited: Flags.flag('Show where the stack of the kernel ends and that of user space begins.', {
    char: 'd',
  }),
  annotations: Flags.flag('Mark functions of the kernel with _[k].', {char: 'a'}),
  address: Flags.flag('Show the address of each frame; not in folded output.', {char: 'A'}),
  'full-frames': Flags.flag('Short for --address --offsets --modules.', {char: 'v'}),
  offsets: Flags.flag('Show how far into its function each frame is.'),
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
    aliases: ['perf-max-stack-depth'],
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
  'hash-storage-size': Flags.integer('The same, for those who know it from BCC; the larger one counts.', {
    value: 'N',
    min: 16,
    max: 2 ** 22,
    what: 'a number of stacks',
    group: 'engine',
  }),
}

type Parts = ProgramParts<typeof flags>

const partsOf = (flags: Parts['flags']): StackParts => ({
  kernel: !flags['user-stacks-only'],
  user: !flags['kernel-stacks-only'],
  perProcess: true,
  depth: flags['max-stack-depth'],
})

export default defineTool({
  group: 'cpu',
  summary: 'Sample what the CPUs run, by stack.',
  description:
    'Looks at each CPU many times a second and counts what it finds: the functions that run, and who called them. It shows where the time goes. Prints when it ends.',
  examples: [
    {command: 'profile 5', description: 'Everything, for five seconds'},
    {command: 'profile -p 181,183 -F 99', description: 'Two processes, 99 times a second, until Ctrl-C'},
    {command: 'profile -f 30 > stacks', description: 'Half a minute, as flame graphs are made of'},
    {
      command: 'profile --top 5 -- du -s /usr',
      description: 'The five most frequent stacks of a command',
    },
  ],
  requirements: 'Root, and kernel types (BTF) for the names of threads.',
  overhead: {
    rate: 'samples: 49 a second on each CPU',
    cost: 'Negligible: 11 to 16 microseconds a sample, of which a CPU has 49 a second.',
  },
  flags,
  filters: [byPids, byThreads, byUid, byName, byCgroup, byPinnedMap, knownCpu],
  columns: stackColumns,
  show: usualStackColumns,
  format: ({folded}) => (folded ? 'folded' : undefined),
  resolve: (flags) => {
    if (flags['user-stacks-only'] && flags['kernel-stacks-only'])
      throw new UsageError('-U and -K leave nothing to show')
    if (flags.frequency !== undefined && (flags.count !== undefined || flags.event === 'cycles')) {
      throw new UsageError('-F is for samples by time: it goes neither with -c nor with --event cycles')
    }
  },
  counting: (flags) =>
    stackCounting(partsOf(flags), {
      options: {
        delimiter: flags.delimited,
        annotations: flags.annotations,
        address: flags.address || flags['full-frames'],
        offset: flags.offsets || flags['full-frames'],
        module: flags.modules || flags['full-frames'],
      },
      style: 'profile',
      top: flags.top,
      storage: Math.max(flags['stack-storage-size'] ?? 0, flags['hash-storage-size'] ?? 0) || usualStorage,
      every: flags.seconds === undefined ? undefined : {seconds: flags.seconds, times: 1},
      banner: banner(flags),
    }),
  sources: [
    {
      name: 'cpu-clock',
      description: 'A timer on each CPU.',
      suits: ({flags}) => flags.event !== 'cycles',
      needs: ['btf'],
      program: (parts) =>
        sample(
          parts.flags.count === undefined
            ? `profile:hz:${parts.flags.frequency ?? usualFrequency}`
            : `software:cpu-clock:${parts.flags.count}`,
          parts,
        ),
    },
    {
      name: 'cycles',
      description: 'The counter of cycles in each CPU.',
      suits: ({flags}) => flags.event === 'cycles',
      needs: ['btf', 'hardware counters'],
      program: (parts) => sample(`hardware:cpu-cycles:${parts.flags.count ?? usualCycles}`, parts),
    },
  ],
})

function sample(probe: string, {flags: given, filters, send}: Parts): Clause[] {
  return [
    {
      probes: [probe],
      when: [
        ...filters,
        // Idle CPUs run thread 0 of the kernel.
        !given['include-idle'] && bt`pid != 0`,
        given.cpu !== undefined && bt`cpu == ${given.cpu}`,
      ],
      body: countStack(partsOf(given), send),
    },
  ]
}

interface Whom {
  readonly pid?: readonly number[]
  readonly tid?: readonly number[]
  readonly duration?: number
}

/** In BCC's words. */
function banner(flags: Parts['flags'] & Whom): string {
  const {pid, tid, seconds = flags.duration} = flags
  const every = flags.count ?? (flags.event === 'cycles' ? usualCycles : undefined)
  const rate = every === undefined ? `at ${flags.frequency ?? usualFrequency} Hertz` : `every ${every} events`
  const whom = [...(pid ? [`PID [${pid.join(', ')}]`] : []), ...(tid ? [`TID [${tid.join(', ')}]`] : [])]
  const stack = flags['user-stacks-only'] ? 'user' : flags['kernel-stacks-only'] ? 'kernel' : 'user + kernel'
  const where = flags.cpu === undefined ? '' : ` on CPU#${flags.cpu}`
  const end = seconds === undefined ? '... Hit Ctrl-C to end.' : ` for ${seconds} secs.`
  return `Sampling ${rate} of ${whom.join(' and ') || 'all threads'} by ${stack} stack${where}${end}`
}
