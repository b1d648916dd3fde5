import {type ChildProcess, spawn} from 'node:child_process'
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {root} from '../scripts/root.js'

/** How long a program may take to be ready, or to end. */
const patienceMs = 600_000

export const tstrace = [process.execPath, join(root, 'bin', 'run.js')]

const running = new Set<Subject>()

/** For the time of the run. */
export const folder = mkdtempSync(join(tmpdir(), 'tstrace-bench-'))

/** Ctrl-C and errors leave nothing behind. */
process.on('exit', () => {
  for (const subject of running) subject.kill()
  rmSync(folder, {recursive: true, force: true})
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

interface SubjectOptions {
  readonly env?: Readonly<Record<string, string>>
  /** A descriptor for its stdout; a pipe, which `line` reads, if none is given. */
  readonly stdout?: number
}

/** A program that is measured. */
export class Subject {
  readonly #child: ChildProcess
  readonly #name: string
  readonly #began = performance.now()
  readonly #ended: Promise<number>
  readonly #listeners: ((line: string) => void)[] = []
  /** Its stderr, for the error if it fails. */
  #words = ''

  constructor(argv: readonly string[], {env = {}, stdout}: SubjectOptions = {}) {
    const [program = '', ...args] = argv
    this.#name = argv.join(' ')
    this.#child = spawn(program, args, {
      stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
      // In a cache of its own, tstrace remembers the version of bpftrace whatever else runs on the machine.
      env: {...process.env, XDG_CACHE_HOME: folder, ...env},
    })
    running.add(this)
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject)
      this.#child.on('close', () => {
        running.delete(this)
        resolve(performance.now() - this.#began)
      })
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = ''
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        if (stream === this.#child.stderr) this.#words = (this.#words + chunk).slice(-2000)
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) for (const listener of this.#listeners) listener(line)
      })
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  onLine(listener: (line: string) => void): void {
    this.#listeners.push(listener)
  }

  /** Milliseconds from its start to the first line, on a pipe or on stderr, that is the one awaited. */
  async line(isAwaited: (line: string) => boolean): Promise<number> {
    const seen = new Promise<number>((resolve) => {
      this.onLine((line) => {
        if (isAwaited(line)) resolve(performance.now() - this.#began)
      })
    })
    return Promise.race([seen, this.#failure(), late(this.#name)])
  }

  /** Waits until something is so that no line tells. */
  async until(isSo: () => boolean): Promise<void> {
    const ended = this.#failure()
    const tooLate = late(this.#name)
    do await Promise.race([sleep(20), ended, tooLate])
    while (!isSo())
  }

  /** Milliseconds from its start to its end, which it finds by itself. */
  async end(): Promise<number> {
    const took = await this.#ended
    if (this.#child.exitCode !== 0) throw new Error(`${this.#name} failed:\n${this.#words}`)
    return took
  }

  /** Ends it; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await Promise.race([this.#ended, late(this.#name)])
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Rejects when it ends before what is awaited has happened. */
  async #failure(): Promise<never> {
    await this.#ended
    throw new Error(`${this.#name} ended too early:\n${this.#words}`)
  }
}

async function late(name: string): Promise<never> {
  await sleep(patienceMs, undefined, {ref: false})
  throw new Error(`${name} took more than ${patienceMs} ms`)
}

/** The stdout of a program that ends by itself. */
export async function outputOf(argv: readonly string[]): Promise<string> {
  const subject = new Subject(argv)
  let output = ''
  subject.onLine((line) => (output += `${line}\n`))
  await subject.end()
  return output
}

/** The children of a process. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((candidate) => candidate > 0 && Number(stat(candidate)[1]) === pid)
}

/** The CPU time a process has used, in microseconds; the kernel counts it in hundredths of a second. */
export function cpuTimeOf(pid: number): number {
  const fields = stat(pid)
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** The most memory that a process had at once, in MB of 2^20 bytes. */
export function peakMemoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1]) / 1024
}

/** /proc/PID/stat from the state on; the name before it may hold anything. */
function stat(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
