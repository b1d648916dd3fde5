import {
  bt,
  byCgroup,
  byName,
  byPid,
  byUid,
  columns,
  defineTool,
  Flags,
  localTime,
  reported,
  type Value,
} from 'tstrace/tool'

/** The system calls that wait for a disk, in the order of the numbers that stand for them in the program. */
const calls = ['fsync', 'fdatasync', 'sync', 'syncfs', 'sync_file_range', 'msync'] as const

const flags = {
  interval: Flags.seconds('Print and start anew every so many seconds.', {char: 'i', value: 'SECONDS'}),
}

export default defineTool({
  group: 'files',
  summary: 'Count the calls that make a process wait for the disk: fsync() and its kin.',
  description:
    'Counts fsync(2), fdatasync(2), sync(2), syncfs(2), sync_file_range(2) and msync(2) by process. A program that makes sure of each small write is slow on every disk, and slows down its neighbours.',
  examples: [
    {command: 'synccount -d 10', description: 'Who syncs in the next ten seconds?'},
    {command: 'synccount -i 1 -n postgres', description: 'What does the database do each second?'},
  ],
  requirements: 'Root, and the tracepoints of system calls (CONFIG_FTRACE_SYSCALLS).',
  overhead: {
    rate: 'sync calls per second, rarely more than 1,000',
    cost: 'Negligible: 0.3 to 0.4 microseconds for each call, which waits for a disk.',
  },
  flags,
  letters: {duration: 'd'},
  filters: [byPid, byUid, byName, byCgroup],
  columns: {
    pid: columns.pid,
    comm: columns.comm,
    call: reported(16, 'Name of the system call.'),
    count: reported(8, 'How often.', {align: 'right'}),
  },
  show: () => ['pid', 'comm', 'call', 'count'],
  counting: ({interval}) => ({
    maps: [{name: '@calls', key: ['int', 'text', 'int']}],
    every: interval === undefined ? undefined : {seconds: interval},
    layout: 'blocks',
    banner: 'Counting sync calls. Ctrl-C to end.',
    collect: () => ({
      report: (passed) => {
        const rows = passed
          .counts('@calls')
          .map(({key: [pid, comm, call], count}) => ({
            pid: Number(pid),
            comm: comm as Value,
            call: calls[Number(call)] ?? '?',
            count,
          }))
          .sort((a, b) => a.count - b.count || a.pid - b.pid)
        return {
          interval: passed,
          ...(interval === undefined ? {} : {heading: `\n${localTime(passed.end)}`}),
          sections: [{kind: 'rows', type: 'count', rows}],
        }
      },
    }),
  }),
  sources: [
    {
      name: 'tracepoint',
      description: 'The tracepoints of the system calls.',
      needs: ['tracepoint:syscalls:sys_enter_fsync'],
      program: ({filters}) =>
        calls.map((call, number) => ({
          probes: [`tracepoint:syscalls:sys_enter_${call}`],
          // MS_SYNC of <sys/mman.h>: without it, msync() does not wait.
          when: [...filters, call === 'msync' && bt`args->flags & 4`],
          body: bt`@calls[pid, comm, ${number}] = count();`,
        })),
    },
  ],
})
