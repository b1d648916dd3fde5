import {type ChildProcess, spawn, type SpawnOptions} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {FilePlan} from './filework.js'
import type {ExecPlan} from './execs.js'
import type {Plan} from './workload.js'

const root = join(import.meta.dirname, '..', '..', '..')
const cli = join(root, 'bin', 'run.js')

/** How a process ended, with everything it wrote. */
export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** The child processes that have not ended. */
export const running = new Set<Running>()

/** A child process whose output is kept, and whose first line says that it is ready. */
export class Running {
  readonly #child: ChildProcess
  readonly command: string
  readonly #engine: string | undefined
  #stdout = ''
  #stderr = ''
  /** The first line on stdout; rejects if the process ends without one. */
  readonly firstLine: Promise<string>
  readonly outcome: Promise<Outcome>
  readonly #waiting: {test: () => boolean; resolve: () => void}[] = []

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.command = [command, ...args].join(' ')
    this.#engine = (options.env ?? process.env)['TSTRACE_ENGINE']
    this.#child = spawn(command, args, {stdio: ['pipe', 'pipe', 'pipe'], ...options})
    running.add(this)
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stdout += chunk
      this.#wake()
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stderr += chunk
      this.#wake()
    })
    this.outcome = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        running.delete(this)
        resolve({code, signal, stdout: this.#stdout, stderr: this.#stderr})
      })
    })
    this.firstLine = this.written('\n').then(() => this.#stdout.slice(0, this.#stdout.indexOf('\n')))
    this.firstLine.catch(() => {})
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  /** Resolves when stdout or stderr contains a text. */
  written(text: string): Promise<void> {
    return this.#when(
      () => this.#stdout.includes(text) || this.#stderr.includes(text),
      `it wrote ${JSON.stringify(text)}`,
    )
  }

  /** Resolves when what is on stdout is enough. */
  until(enough: (stdout: string) => boolean): Promise<void> {
    return this.#when(() => enough(this.#stdout), 'it wrote enough')
  }

  #when(test: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (test()) resolve()
      else this.#waiting.push({test, resolve})
      void this.outcome.then(({code, stderr}) =>
        reject(new Error(`ended (exit ${code}) before ${what}: ${stderr}`)),
      )
    })
  }

  #wake(): void {
    for (const waiter of this.#waiting) if (waiter.test()) waiter.resolve()
  }

  send(text: string): void {
    this.#child.stdin?.write(text)
  }

  closeInput(): void {
    this.#child.stdin?.end()
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** The process that traces: itself with the embedded engine, else its child that runs bpftrace. */
  tracer(): number {
    if (this.#engine === 'embedded') return this.pid
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ')
    const found = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('-f\0json'))
    if (found === undefined) throw new Error(`process ${this.pid} has no bpftrace among its children`)
    return Number(found)
  }
}

/**
 * Starts the command line under test.
 * @param runner a program that runs it, with its arguments
 */
export function tstrace(
  args: readonly string[],
  options: SpawnOptions = {},
  runner: readonly string[] = [],
): Running {
  const [command, ...words] = [...runner, process.execPath, cli, ...args]
  return new Running(command ?? '', words, options)
}

/** A workload that waits to be told to go. */
export class Workload {
  readonly #running: Running
  #rounds = 0
  #others = 0
  readonly pid: number
  readonly tids: readonly number[]
  /** Its child that it sends signals to; 0 if its plan has none. */
  readonly child: number

  private constructor(running: Running, who: {pid: number; tids: number[]; child?: number}) {
    this.#running = running
    this.pid = who.pid
    this.tids = who.tids
    this.child = who.child ?? 0
  }

  /** @param runner a program that runs the workload, with its arguments */
  static async start(plan: Plan | FilePlan | ExecPlan, runner: readonly string[] = []): Promise<Workload> {
    const name =
      'spawns' in plan || 'replacements' in plan
        ? 'execs.js'
        : 'calls' in plan
          ? 'filework.js'
          : 'workload.js'
    const script = join(import.meta.dirname, name)
    const [command, ...args] = [...runner, process.execPath, script, JSON.stringify(plan)]
    const running = new Running(command, args)
    return new Workload(
      running,
      JSON.parse(await running.firstLine) as {pid: number; tids: number[]; child?: number},
    )
  }

  /** Makes the calls; resolves when they are made. Again, it makes them again. */
  async go(): Promise<void> {
    this.#running.send('go\n')
    await this.#running.written('done\n'.repeat(++this.#rounds))
  }

  /** Makes the calls of another plan; resolves when they are made. */
  async also(plan: Pick<Plan, 'opens' | 'signals' | 'comm'> | Pick<ExecPlan, 'spawns'>): Promise<void> {
    this.#running.send(`${JSON.stringify(plan)}\n`)
    await this.#running.written(`did ${++this.#others}\n`)
  }

  async end(): Promise<void> {
    this.#running.closeInput()
    await this.#running.outcome
  }
}

/** The child processes of one. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

/** Whether a process is there and not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    // It may end while it is read, too.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

/** Resolves when a process is gone; rejects after `timeoutMs`. */
export async function gone(pid: number, timeoutMs = 60_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (isAlive(pid)) {
    if (performance.now() > end) throw new Error(`process ${pid} is still there after ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
