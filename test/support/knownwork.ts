import {readdirSync, readFileSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'
import {Running} from './processes.js'

/** The CPU on which all of it happens, so that its events have one order. */
export const theCpu = 0

const ticksPerSecond = 100

/** How a program that does known work is started, and how much of it is to be done. */
export interface WorkPlan {
  readonly command: string
  readonly args: readonly string[]
  /** It is told to go again until it has used so much CPU time. */
  readonly cpuSeconds?: number
}

/**
 * A process that works when it is told to go, and is stopped at all other times: two tracers that are both attached while
 * it works see the very same events of it, whichever of them comes first and leaves first.
 */
export class KnownWork {
  readonly #running: Running
  readonly #cpuSeconds: number
  #rounds = 0
  readonly pid: number
  /** Its child that gets its signals, if it has one. */
  readonly child: number

  private constructor(running: Running, firstLine: string, cpuSeconds: number) {
    this.#running = running
    this.#cpuSeconds = cpuSeconds
    this.pid = running.pid
    this.child = firstLine.startsWith('{') ? ((JSON.parse(firstLine) as {child?: number}).child ?? 0) : 0
  }

  static async start({command, args, cpuSeconds = 0}: WorkPlan): Promise<KnownWork> {
    // Without a core file, if its work is to crash.
    const all = ['--core=0', 'taskset', '-c', `${theCpu}`, command, ...args]
    const running = new Running('prlimit', all)
    const work = new KnownWork(running, await running.firstLine, cpuSeconds)
    await work.#stop()
    return work
  }

  /** Resolves when the work is done and the process is stopped, or has ended by its work. */
  async go(): Promise<void> {
    this.#running.signal('SIGCONT')
    do {
      this.#running.send('go\n')
      await Promise.race([this.#running.written('done\n'.repeat(++this.#rounds)), this.#running.outcome])
    } while (this.#cpuTime() < this.#cpuSeconds)
    await this.#stop()
  }

  async end(): Promise<void> {
    this.#running.signal('SIGCONT')
    this.#running.closeInput()
    await this.#running.outcome
  }

  /** The name of its first thread. */
  get comm(): string {
    return readFileSync(`/proc/${this.pid}/comm`, 'utf8').replace(/\n$/, '')
  }

  /** Resolves when each of its threads is stopped. */
  async #stop(): Promise<void> {
    this.#running.signal('SIGSTOP')
    while (!this.#states().every((state) => 'TZX'.includes(state))) await sleep(2)
  }

  #states(): string[] {
    try {
      return readdirSync(`/proc/${this.pid}/task`).map((tid) => this.#stat(tid)[0] ?? '')
    } catch {
      return []
    }
  }

  #cpuTime(): number {
    if (this.#cpuSeconds === 0) return 0
    const [, , , , , , , , , , , user, kernel] = this.#stat(`${this.pid}`)
    return (Number(user) + Number(kernel)) / ticksPerSecond
  }

  /** From the third of the fields of /proc/PID/stat on, the state. */
  #stat(tid: string): string[] {
    const line = readFileSync(`/proc/${this.pid}/task/${tid}/stat`, 'utf8')
    return line.slice(line.lastIndexOf(')') + 2).split(' ')
  }
}
