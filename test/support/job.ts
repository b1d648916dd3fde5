import type {Job} from './count.js'
import {type Outcome, Running, tstrace} from './processes.js'
import {type Event, records} from './trace.js'

export interface TracedJob {
  readonly outcome: Outcome
  /** The lines of stdout, without the empty one behind the last line feed. */
  readonly lines: readonly string[]
  /** What was counted, with `--json`. */
  readonly counted: readonly Event[]
  readonly pid: number
  /** From the start of the tool to its being ready. */
  readonly secondsToReady: number
}

/**
 * Traces a job with a tool that counts: starts it, starts the tool, lets the job go when the tool says that it is
 * ready, and interrupts the tool when the work is done. Nothing waits for time to pass.
 *
 * @param args the command line, for the process that waits to be told to go
 * @param end what to do when the work is done, instead of the interrupt
 */
export async function traceJob(
  {command, args: jobArgs}: Job,
  args: (pid: number) => readonly string[],
  env: NodeJS.ProcessEnv = {},
  end: (tool: Running, worker: Running) => void | Promise<void> = (tool) => tool.signal('SIGINT'),
): Promise<TracedJob> {
  const worker = new Running(command, jobArgs)
  try {
    await worker.firstLine
    const given = args(worker.pid)
    const began = performance.now()
    const tool = tstrace(given, {env: {...process.env, ...env}})
    await Promise.race([tool.written(given.includes('--json') ? '"type":"start"' : 'Ctrl-C'), tool.outcome])
    const secondsToReady = (performance.now() - began) / 1000
    worker.send('go\n')
    await worker.written('done\n')
    await end(tool, worker)
    const outcome = await tool.outcome
    const {stdout} = outcome
    const all = stdout.startsWith('{') ? records(stdout).all : []
    return {
      outcome,
      lines: stdout === '' ? [] : stdout.replace(/\n$/, '').split('\n'),
      counted: all.filter(({type}) => type === 'count' || type === 'stack'),
      pid: worker.pid,
      secondsToReady,
    }
  } finally {
    worker.closeInput()
    await worker.outcome
  }
}
