import {any, type Bt, bt} from './program/bt.js'
import type {Clause} from './program/clause.js'
import {parameters} from './program/generate.js'

/** Which processes are traced: the condition on the one that runs, and the clauses that it relies on. */
export interface Followed {
  readonly when: Bt
  readonly clauses: readonly Clause[]
}

/** At whose exec a command begins: until then, its process is the shell that waits for tracing to begin. */
const commandExec = {
  probes: ['tracepoint:sched:sched_process_exec'],
  when: [bt`pid == ${parameters.command}`],
}

/** The traced command, from its first instruction, and nothing that it starts. */
export const commandAlone: Followed = {
  when: bt`pid == ${parameters.command} && @began`,
  clauses: [{...commandExec, body: bt`@began = 1;`}],
}

/** With whom following begins. */
export interface Roots {
  readonly pids: readonly number[]
  /** Whether the traced command is one, from its first instruction on, or also with the exec that begins it. */
  readonly command: 'from its first instruction' | 'with its exec' | false
  /** Whether tstrace is in a pid namespace, which hides the kernel's ids from `pid`, and not from the scheduler's. */
  readonly hidden: boolean
}

/** Processes, and all that descends from what they start from now on, kept in a map by the kernel's ids. */
export function descendants({pids, command, hidden}: Roots): Followed {
  const kernelPid = hidden ? bt`curtask->tgid` : bt`pid`
  const kernelTid = hidden ? bt`curtask->pid` : bt`tid`
  const isCommand = bt`pid == ${parameters.command}`
  const isRoot = any([
    ...pids.map((pid) => bt`pid == ${pid}`),
    command === 'with its exec' && isCommand,
    command === 'from its first instruction' && commandAlone.when,
  ])
  const isFollowed = bt`@followed[${kernelPid}]`
  const when = hidden ? any([isRoot, isFollowed]) : isFollowed
  // The kernel's ids of the roots are not known where it hides them.
  const known = [
    ...pids.map((pid) => bt`${pid}`),
    ...(command === 'with its exec' ? [parameters.command] : []),
  ]
  const begin: Clause[] = [
    ...(hidden || known.length === 0
      ? []
      : [{probes: ['BEGIN'], body: bt`${known.map((pid) => bt`@followed[${pid}] = 1;`)}`}]),
    ...(command !== 'from its first instruction'
      ? []
      : hidden
        ? commandAlone.clauses
        : [{...commandExec, body: bt`@followed[pid] = 1;`}]),
  ]
  return {
    when,
    clauses: [
      ...begin,
      {
        probes: ['tracepoint:sched:sched_process_fork'],
        when: [when],
        body: bt`@followed[args->child_pid] = 1;`,
      },
      {
        // New threads are in the map, too, by their own ids; a process lives on when its first thread ends.
        probes: ['tracepoint:sched:sched_process_exit'],
        when: [isFollowed],
        body: bt`
          if (${kernelTid} != ${kernelPid}) {
            delete(@followed[${kernelTid}]);
          }
          if (curtask->signal->live.counter == 0) {
            delete(@followed[${kernelPid}]);
          }`,
      },
    ],
  }
}
