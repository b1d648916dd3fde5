import {type ChildProcess, spawn} from 'node:child_process'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {root} from '../root.js'

/** How a run of a tool ended, with all that it wrote. */
export interface ToolOutcome {
  /** The exit code; null if a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A line of what a tool prints with `--json`. */
export type JsonRecord = Readonly<Record<string, unknown>> & {readonly type: string}

/** A tool that is tracing. */
export interface RunningTool {
  readonly pid: number
  /** Ends it as Ctrl-C does. @returns all that it printed, as FIELDS of its page has it; `code` is 0 if all went well */
  stop(): Promise<{
    readonly records: readonly JsonRecord[]
    readonly code: number | null
    readonly stderr: string
  }>
}

/**
 * Runs a tool to its end, as `tstrace NAME` would with the same arguments.
 *
 * @param file the compiled tool, as `new URL('../dist/commands/NAME.js', import.meta.url)`
 */
export function runTool(file: URL | string, args: readonly string[] = []): Promise<ToolOutcome> {
  return outcomeOf(spawnTool(file, args))
}

/**
 * Starts a tool with `--json` and waits until it traces: what happens from now on, it sees.
 *
 * @throws Error with what it said, if it ends before
 */
export async function startTool(file: URL | string, args: readonly string[] = []): Promise<RunningTool> {
  const child = spawnTool(file, [...args, '--json'])
  const outcome = outcomeOf(child)
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve()) // the record `start`
    void outcome.then(({code, stderr}) =>
      reject(new Error(`the tool ended with exit code ${code} before it traced: ${stderr}`)),
    )
  })
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGINT')
      const {stdout, code, stderr} = await outcome
      const records = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as JsonRecord)
      return {records, code, stderr}
    },
  }
}

function spawnTool(file: URL | string, args: readonly string[]): ChildProcess {
  const path = file instanceof URL ? fileURLToPath(file) : file
  return spawn(process.execPath, [join(root, 'dist/engine/testing/child.js'), path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function outcomeOf(child: ChildProcess): Promise<ToolOutcome> {
  const text = {stdout: '', stderr: ''}
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => (text[stream] += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({code, ...text}))
  })
}
