import {childrenOf, Running, tstrace} from './processes.js'
import {type Traced, traceWorkload} from './trace.js'
import type {ExecPlan} from './execs.js'
import type {Plan} from './workload.js'

/** Begins a pid namespace of its own, with a /proc that shows it. */
const unshare = ['--pid', '--fork', '--mount-proc', '--kill-child']

interface Order {
  readonly plan: Plan | ExecPlan
  /** The command line; `PID` in it is the workload as it is seen here. */
  readonly args: readonly string[]
  /** Whether the workload runs in a namespace below this one. */
  readonly below: boolean
}

/** Traces a workload as `traceWorkload` does, with both in a new pid namespace; all ids are those seen there. */
export async function traceInside(
  plan: Order['plan'],
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  {below = false} = {},
): Promise<Traced> {
  const order: Order = {plan, args, below}
  const words = [...unshare, process.execPath, import.meta.filename, JSON.stringify(order)]
  const {stdout, stderr} = await new Running('unshare', words, {env: {...process.env, ...env}}).outcome
  if (!stdout.startsWith('{')) throw new Error(`nothing was traced: ${stderr}`)
  return JSON.parse(stdout) as Traced
}

/** Starts the command line under test in a new pid namespace. */
export function tstraceInside(args: readonly string[], env: NodeJS.ProcessEnv): Running {
  return tstrace(args, {env: {...process.env, ...env}}, ['unshare', ...unshare])
}

if (process.argv[1] === import.meta.filename) {
  const {plan, args, below} = JSON.parse(process.argv[2] ?? '') as Order
  let seen = 0
  const traced = await traceWorkload(
    plan,
    ({pid}) => {
      // Only `unshare` is our child; what runs in the namespace is its child.
      seen = below ? (childrenOf(childrenOf(process.pid)[0] ?? 0)[0] ?? 0) : pid
      return args.map((word) => (word === 'PID' ? `${seen}` : word))
    },
    {},
    {runner: below ? ['unshare', ...unshare] : []},
  )
  process.stdout.write(JSON.stringify({...traced, workload: {...traced.workload, pid: seen}}))
}
