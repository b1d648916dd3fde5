import {existsSync} from 'node:fs'
import {type Cgroup, resolveCgroup} from './cgroup.js'
import type {Filter} from './definition.js'
import {UsageError} from './errors.js'
import {type Flag, flag, type FlagTable, integer, integers, parsed, text} from './flag.js'
import {onlineCpus} from './kernel/cpus.js'
import {resolveUser} from './kernel/users.js'
import {all, any, bt, lit} from './program/bt.js'

/** PID_MAX_LIMIT of include/linux/threads.h. */
const maxId = 2 ** 22
/** TASK_COMM_LEN - 1. */
const maxNameBytes = 15

const follow = flag('With -p or a command: also what the process starts from now on.', {
  group: 'filter',
  details: 'And what that starts, and so on.',
})

/** The process, with all its threads and without its children, unless they are asked for. */
export const byPid: Filter<{pid: Flag<number | undefined>; follow: Flag<boolean>}> = {
  flags: {
    pid: integer('Trace this process only.', {
      char: 'p',
      value: 'PID',
      completes: {from: 'pid'},
      min: 1,
      max: maxId,
      what: 'a process id',
      details: 'All its threads, not its children; those with --follow.',
    }),
    follow,
  },
  where: ({pid}) => (pid === undefined ? undefined : bt`pid == ${pid}`),
  processes: ({pid}) => (pid === undefined ? [] : [pid]),
  excludesSelf: ({pid}) => pid !== undefined,
  warn: ({pid}) => missingProcess(pid),
}

/** What is said of a process that is not there; number 0 is the idle one, which is in no directory. */
function missingProcess(pid: number | undefined): string | undefined {
  if (pid === undefined || pid === 0 || existsSync(`/proc/${pid}`)) return undefined
  return `there is no process ${pid} at the moment`
}

/** The processes that a process started itself. */
export const byParent: Filter<{ppid: Flag<number | undefined>}> = {
  flags: {
    ppid: integer('Trace the children of this process only.', {
      char: 'P',
      value: 'PPID',
      completes: {from: 'pid'},
      min: 0,
      max: maxId,
      what: 'a process id',
      details: 'Those it started itself, not theirs.',
    }),
  },
  where: ({ppid}, {parent}) => (ppid === undefined ? undefined : bt`${parent} == ${ppid}`),
  warn: ({ppid}) => missingProcess(ppid),
}

/** One thread. */
export const byTid: Filter<{tid: Flag<number | undefined>}> = {
  flags: {
    tid: integer('Trace this thread only.', {
      char: 't',
      value: 'TID',
      completes: {from: 'tid'},
      min: 1,
      max: maxId,
      what: 'a thread id',
      details: 'With -p, both must hold.',
    }),
  },
  where: ({tid}) => (tid === undefined ? undefined : bt`tid == ${tid}`),
  excludesSelf: ({tid}) => tid !== undefined,
}

/** Several processes, as in `-p 181,183`. */
export const byPids: Filter<{pid: Flag<readonly number[] | undefined>; follow: Flag<boolean>}> = {
  flags: {
    pid: integers('Trace these processes only.', {
      char: 'p',
      value: 'PID,PID...',
      completes: {from: 'pid', commas: true},
      min: 1,
      max: maxId,
      what: 'a process id',
      details: 'All their threads, not their children; those with --follow.',
    }),
    follow,
  },
  processes: ({pid = []}) => pid,
  where: ({pid}) => pid && any(pid.map((each) => bt`pid == ${each}`)),
  excludesSelf: ({pid}) => pid !== undefined,
  warn: ({pid = []}) => pid.map((each) => missingProcess(each)).find((warning) => warning),
}

/** Warns of a CPU that does not run, for tools that have such a flag of their own. */
export const knownCpu: Filter = {
  flags: {},
  where: () => undefined,
  warn: ({cpu}) =>
    typeof cpu !== 'number' || onlineCpus().includes(cpu)
      ? undefined
      : `there is no CPU ${cpu} at the moment`,
}

/** Several threads, as in `-L 181,183`. */
export const byThreads: Filter<{tid: Flag<readonly number[] | undefined>}> = {
  flags: {
    tid: integers('Trace these threads only.', {
      char: 'L',
      value: 'TID,TID...',
      completes: {from: 'tid', commas: true},
      min: 1,
      max: maxId,
      what: 'a thread id',
      details: 'With -p, both must hold.',
    }),
  },
  where: ({tid}) => tid && any(tid.map((each) => bt`tid == ${each}`)),
  excludesSelf: ({tid}) => tid !== undefined,
}

/** The real user. */
export const byUid: Filter<{uid: Flag<number | undefined>}> = {
  flags: {
    uid: parsed('Trace this user only, by name or number.', {
      char: 'u',
      value: 'USER',
      completes: {from: 'user'},
      parse: resolveUser,
      details: 'The real user id is compared, as BCC does: a setuid program counts for who started it.',
    }),
  },
  where: ({uid}) => (uid === undefined ? undefined : bt`uid == ${uid}`),
}

/** A part of the thread's name. */
export const byName: Filter<{name: Flag<string | undefined>}> = {
  flags: {
    name: text('Trace threads whose name contains this text.', {
      char: 'n',
      value: 'TEXT',
      completes: {from: 'name'},
      parse: (value, flag) => {
        const bytes = Buffer.byteLength(value)
        if (bytes > 0 && bytes <= maxNameBytes && !value.includes('\0')) return value
        throw new UsageError(
          `--${flag}: '${value}' is in no thread's name (they have 1 to ${maxNameBytes} bytes)`,
        )
      },
      details: 'Upper and lower case differ. The name is that of the thread (COMM), not of the command line.',
    }),
  },
  where: ({name}) => (name === undefined ? undefined : bt`strcontains(comm, ${lit(name)})`),
}

/** A cgroup and all below it. */
export const byCgroup: Filter<{cgroup: Flag<Cgroup | undefined>}> = {
  flags: {
    cgroup: parsed('Trace this cgroup and those below it only.', {
      value: 'PATH',
      completes: {from: 'cgroup'},
      parse: resolveCgroup,
      details:
        'PATH is a directory of the cgroup v2 file system, such as /sys/fs/cgroup/system.slice. Cgroups that are made below it later are included, except with bpftrace 0.23, which misreads their path.',
    }),
  },
  where: ({cgroup}) => (cgroup === undefined ? undefined : bt`@cgroups[cgroup]`),
  clauses: ({cgroup}) => {
    if (cgroup === undefined) return []
    return [
      {probes: ['BEGIN'], body: bt`${cgroup.ids.map((id) => bt`@cgroups[${id}] = 1;`)}`},
      {
        probes: ['tracepoint:cgroup:cgroup_mkdir'],
        when: [bt`strncmp(str(args->path), ${lit(cgroup.below)}, ${Buffer.byteLength(cgroup.below)}) == 0`],
        body: bt`@cgroups[args->id] = 1;`,
      },
    ]
  },
}

/** Cgroups and mount namespaces that somebody else lists, and may go on listing while it is traced. */
export const byPinnedMap: Filter<{
  cgroupmap: Flag<string | undefined>
  mntnsmap: Flag<string | undefined>
}> = {
  flags: {
    cgroupmap: text('Trace the cgroups in this pinned BPF map only.', {
      value: 'PATH',
      completes: {from: 'file'},
      details:
        'The keys of the map are ids of cgroup v2, 8 bytes each: the inode numbers of their directories. It may change meanwhile. Only the embedded engine can look into it.',
    }),
    mntnsmap: text('Trace the mount namespaces in this pinned BPF map only.', {
      value: 'PATH',
      completes: {from: 'file'},
      details:
        'The keys are inode numbers of /proc/PID/ns/mnt, 8 bytes each. All else is as for --cgroupmap.',
    }),
  },
  where: ({cgroupmap, mntnsmap}) =>
    cgroupmap === undefined && mntnsmap === undefined
      ? undefined
      : all([
          cgroupmap !== undefined && bt`has_key(${lit(cgroupmap)}, cgroup)`,
          mntnsmap !== undefined && bt`has_key(${lit(mntnsmap)}, curtask->nsproxy->mnt_ns->ns.inum)`,
        ]),
  pinnedMapFor: ({cgroupmap, mntnsmap}) =>
    cgroupmap !== undefined ? '--cgroupmap' : mntnsmap !== undefined ? '--mntnsmap' : undefined,
}

/** The same filter without letters, for a tool in which its letter means something else. */
export function withoutLetters<F extends FlagTable>(filter: Filter<F>): Filter<F> {
  const flags = Object.entries(filter.flags).map(([name, flag]) => [name, {...flag, char: undefined}])
  return {...filter, flags: Object.fromEntries(flags) as F}
}

/** The same filter with letters for its flags, as `{cgroup: 'c'}`, for a tool that has them free. */
export function withLetters<F extends FlagTable>(
  filter: Filter<F>,
  letters: Readonly<Partial<Record<keyof F, string>>>,
): Filter<F> {
  const flags = Object.entries(filter.flags).map(([name, flag]) => [
    name,
    {...flag, char: letters[name] ?? flag.char},
  ])
  return {...filter, flags: Object.fromEntries(flags) as F}
}
