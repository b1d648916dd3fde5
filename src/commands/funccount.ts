import {
  bt,
  byCgroup,
  byName,
  byPid,
  byUid,
  callMap,
  callReader,
  callsOf,
  countCalls,
  defineTool,
  Flags,
  knownCpu,
  localTime,
  notTraced,
  patternFlags,
  patternSources,
  probe,
  reported,
  resolvePatternFlags,
  tracingBanner,
} from '../tool.js'

const flags = {
  interval: Flags.seconds('Print and start anew every so many seconds.', {char: 'i', value: 'SECONDS'}),
  ...patternFlags,
  timestamp: Flags.flag('Show the time above each table.', {char: 'T'}),
  cpu: Flags.integer('Count on this CPU only.', {
    char: 'c',
    value: 'CPU',
    completes: {from: 'cpu'},
    min: 0,
    max: 8191,
    what: 'the number of a CPU',
    details: 'CPUs count from 0.',
  }),
  top: Flags.integer('Show the N most frequent only.', {
    value: 'N',
    min: 1,
    what: 'a number of rows',
    group: 'output',
  }),
}

export default defineTool({
  group: 'functions',
  summary: 'Count calls of functions, tracepoints and USDT probes that match a pattern.',
  description:
    'Counts how often each function is called that matches the pattern, in the kernel or in a library or program. It shows which of them are in use at all, and how hot they are, before one looks closer with other tools.',
  examples: [
    {command: "funccount 'vfs_*'", description: 'Kernel functions whose names begin with vfs_, until Ctrl-C'},
    {
      command: "funccount -i 1 -d 5 't:block:*'",
      description: 'Tracepoints of disks, each second for five seconds',
    },
    {command: "funccount -p 181 'c:*alloc'", description: 'Functions of the C library in process 181'},
    {
      command: "funccount -r '^tcp_(send|recv)msg$' --json",
      description: 'A regular expression, for a program',
    },
  ],
  requirements:
    'Root. Kernel functions need kprobes; tracepoints, and functions of libraries and programs, work on every kernel.',
  overhead: {
    rate: 'calls of what is traced: anything up to millions a second',
    cost: '0.2 to 0.4 microseconds for each event of the kernel, up to 11 for others.',
  },
  flags,
  letters: {duration: 'd', verbose: 'D'},
  filters: [byPid, byUid, byName, byCgroup, knownCpu],
  columns: {
    function: reported(36, 'What was called: a function, `category:event`, or the name of a USDT probe.', {
      header: 'FUNC',
    }),
    probe: reported(44, 'The same as bpftrace names it; null if nobody knows any more.', {inJson: true}),
    count: reported(8, 'How often.', {align: 'right'}),
  },
  show: () => ['function', 'count'],
  resolve: resolvePatternFlags,
  counting: ({interval, timestamp, top}, found) => ({
    ...callsOf(found),
    every: interval === undefined ? undefined : {seconds: interval},
    layout: 'blocks',
    banner: tracingBanner(found),
    notes: notTraced(found.leftOut),
    collect: async () => {
      const {message, read} = await callReader(found)
      return {
        message,
        report: (interval) => {
          const rows = new Map<string, {function: string; probe: string | null; count: number}>()
          for (const {probe: called, count} of read(interval.counts(callMap))) {
            const name = called?.label ?? '[unknown]'
            const row = rows.get(name)
            if (row !== undefined) row.count += count
            else
              rows.set(name, {function: name, probe: called ? probe(called.point).toString() : null, count})
          }
          const sorted = [...rows.values()].sort(
            (a, b) => a.count - b.count || (a.function < b.function ? -1 : 1),
          )
          return {
            interval,
            heading: timestamp ? `\n${localTime(interval.end)}` : '',
            sections: [{kind: 'rows', type: 'count', rows: sorted.slice(-(top ?? sorted.length))}],
          }
        },
      }
    },
  }),
  sources: patternSources<typeof flags>(({filters, flags: {cpu}, send, resolved}) =>
    countCalls(resolved, [...filters, cpu !== undefined && bt`cpu == ${cpu}`], send),
  ),
})
