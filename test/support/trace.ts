import {type Outcome, tstrace, Workload} from './processes.js'
import type {ExecPlan} from './execs.js'
import type {Plan} from './workload.js'

/** One event as `--json` writes it. */
export type Event = Record<string, unknown>

export interface Traced {
  readonly outcome: Outcome
  readonly events: readonly Event[]
  /** The records that are not events, by type. */
  readonly records: Readonly<Record<string, Event>>
  readonly workload: {readonly pid: number; readonly tids: readonly number[]; readonly child: number}
}

/**
 * Traces a workload: starts it, starts the tool, lets the workload go when the tool is ready, and interrupts
 * the tool when the workload is done. Nothing waits for time to pass: rows are cut off by the kernel's clock.
 *
 * @param args the command line; a function gets the process and its threads for `-p` and `-t`
 * @param options `endsByItself` leaves the interrupt out, for runs that have an end of their own; `runner` runs the workload, `user` the
 *   tool
 */
export async function traceWorkload(
  plan: Plan | ExecPlan,
  args: (workload: Workload) => readonly string[],
  env: NodeJS.ProcessEnv = {},
  {
    endsByItself = false,
    runner = [],
    user = [],
  }: {endsByItself?: boolean; runner?: readonly string[]; user?: readonly string[]} = {},
): Promise<Traced> {
  const workload = await Workload.start(plan, runner)
  try {
    const tool = tstrace(args(workload), {env: {...process.env, ...env}}, user)
    await Promise.race([tool.firstLine, tool.outcome])
    try {
      await workload.go()
    } finally {
      if (!endsByItself) tool.signal('SIGINT')
    }
    const outcome = await tool.outcome
    return {outcome, ...records(outcome.stdout), workload}
  } finally {
    await workload.end()
  }
}

/**
 * How many seconds each report of a run lasted: `[1, 1, 1]`, or `[1, 2]` where the machine stood still for one and nothing
 * was made up for.
 */
export function wholeSeconds(counted: readonly Event[]): number[] {
  const reports = new Map(counted.map(({time, seconds}) => [time, Number(seconds)]))
  return [...reports.values()].map(Math.round)
}

/** The records of a `--json` output. Lines that are not JSON make it throw. */
export function records(stdout: string): {all: Event[]; events: Event[]; records: Record<string, Event>} {
  if (!stdout.startsWith('{')) return {all: [], events: [], records: {}}
  const all = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  return {
    all,
    events: all.filter(({type}) => type === 'event'),
    records: Object.fromEntries(
      all.filter(({type}) => type !== 'event').map((record) => [String(record['type']), record]),
    ),
  }
}
