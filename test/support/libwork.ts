import type {SpawnOptions} from 'node:child_process'
import {join} from 'node:path'
import type {CallPlan} from './libcalls.js'
import {Running} from './processes.js'

/** A process that calls functions of the C library each time it is told to, see `libcalls.ts`. */
export class LibraryCalls {
  readonly #running: Running
  #rounds = 0

  private constructor(running: Running) {
    this.#running = running
  }

  static async start(plan: CallPlan, options: SpawnOptions = {}): Promise<LibraryCalls> {
    const script = join(import.meta.dirname, 'libcalls.js')
    const running = new Running(process.execPath, [script, JSON.stringify(plan)], options)
    await running.firstLine
    return new LibraryCalls(running)
  }

  /** Its process, and the thread that makes the calls. */
  get pid(): number {
    return this.#running.pid
  }

  /** Makes the calls; resolves when they are made. */
  async go(): Promise<void> {
    this.#running.send('go\n')
    await this.#running.written('done\n'.repeat(++this.#rounds))
  }

  async end(): Promise<void> {
    this.#running.closeInput()
    await this.#running.outcome
  }
}
