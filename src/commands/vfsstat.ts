import {
  type Bt,
  bt,
  byCgroup,
  byName,
  byPid,
  byTid,
  byUid,
  type Clause,
  columns as shared,
  type Column,
  defineTool,
  Flags,
  reported,
  type Row,
} from '../tool.js'

/** What BCC counts, in the order of its columns: kernel functions and the maps that count them. */
const counters = [
  {name: 'read', calls: 'vfs_read', map: '@read', count: bt`@read = count();`},
  {name: 'write', calls: 'vfs_write', map: '@write', count: bt`@write = count();`},
  // What fsync(2) and fdatasync(2) call; vfs_fsync is inlined in many kernels.
  {name: 'fsync', calls: 'vfs_fsync_range', map: '@fsync', count: bt`@fsync = count();`},
  {name: 'open', calls: 'vfs_open', map: '@open', count: bt`@open = count();`},
  {name: 'create', calls: 'vfs_create', map: '@create', count: bt`@create = count();`},
  {name: 'unlink', calls: 'vfs_unlink', map: '@unlink', count: bt`@unlink = count();`},
  {name: 'mkdir', calls: 'vfs_mkdir', map: '@mkdir', count: bt`@mkdir = count();`},
  {name: 'rmdir', calls: 'vfs_rmdir', map: '@rmdir', count: bt`@rmdir = count();`},
]

/** The rates stand in the table, cut to whole numbers as BCC does; the numbers behind them in JSON, too. */
const rates = counters.map(({name, calls}): [string, Column] => [
  name,
  reported(8, `Calls of ${calls} per second.`, {
    header: `${name.toUpperCase()}/s`,
    align: 'right',
    cell: (rate) => Math.trunc(Number(rate)).toString(),
  }),
])
const counts = counters.map(({name, calls}): [string, Column] => [
  `${name}s`,
  reported(8, `Calls of ${calls} in the interval.`, {align: 'right', inJson: true}),
])

const flags = {
  interval: Flags.argument('Seconds from one row to the next; 1 if not given.', {
    value: 'INTERVAL',
    position: 0,
    parse: Flags.secondsOf,
  }),
  count: Flags.argument('How many rows; 0 or nothing for no end.', {
    value: 'COUNT',
    position: 1,
    parse: Flags.countOf,
  }),
}

export default defineTool({
  group: 'files',
  summary: 'Count common calls of the file system layer (VFS) each second.',
  description:
    'Prints a row each interval with the rates of reads, writes, fsyncs, opens, creates, unlinks, mkdirs and rmdirs, in all file systems. It shows what kind of work the file systems have to do, and where it changes.',
  examples: [
    {command: 'vfsstat', description: 'A row a second until Ctrl-C'},
    {command: 'vfsstat 5 3', description: 'Three rows, each of five seconds'},
    {command: 'vfsstat -p 181', description: 'The calls of process 181'},
    {command: 'vfsstat 1 60 --json', description: 'A minute, for a program'},
  ],
  requirements: 'Root, and kernel functions that can be traced: fentry (Linux 5.5 with BTF), or kprobes.',
  overhead: {
    rate: 'file system calls per second, which can exceed a million',
    cost: 'A fraction of a microsecond for each call: felt at a million a second.',
  },
  flags,
  letters: {verbose: 'v'},
  filters: [byPid, byTid, byUid, byName, byCgroup],
  columns: {time: shared.intervalTime, ...Object.fromEntries([...rates, ...counts])},
  show: () => ['time', ...counters.map(({name}) => name)],
  counting: ({interval, count}) => ({
    maps: counters.map(({map}) => ({name: map, key: []})),
    every: {seconds: interval ?? 1, times: count === 0 ? undefined : count},
    layout: 'table',
    collect: () => ({
      report: (passed) => {
        const row: Row = {time: passed.end}
        for (const {name, map} of counters) {
          const calls = passed.counts(map)[0]?.count ?? 0
          row[name] = calls / passed.seconds
          row[`${name}s`] = calls
        }
        return {interval: passed, sections: [{kind: 'rows', type: 'interval', rows: [row]}]}
      },
    }),
  }),
  sources: [
    {
      name: 'fentry',
      description: 'The functions of the VFS.',
      needs: ['btf', 'fentry:vfs_read'],
      program: ({filters}) => clauses('fentry', filters),
    },
    {
      name: 'kprobe',
      description: 'The same functions, for kernels without BTF trampolines.',
      needs: ['kprobe:vfs_read'],
      program: ({filters}) => clauses('kprobe', filters),
    },
  ],
})

function clauses(kind: 'fentry' | 'kprobe', filters: readonly Bt[]): Clause[] {
  return counters.map(({calls, count}) => ({probes: [`${kind}:${calls}`], when: filters, body: count}))
}
