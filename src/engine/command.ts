import {type ChildProcess, spawn} from 'node:child_process'
import type {Writable} from 'node:stream'
import {UsageError} from './errors.js'
import {which} from './which.js'

/**
 * A command to trace. It exists at once, so that its process id is known, and waits before its first
 * instruction until it is released; if tstrace goes away before that, it never runs.
 */
export class TracedCommand {
  readonly #child: ChildProcess
  #isReleased = false
  /** Resolves when the command has ended. */
  readonly ended: Promise<void>

  /** @throws UsageError if there is no such program */
  constructor([program, ...rest]: readonly [string, ...string[]]) {
    const path = which(program)
    if (path === undefined)
      throw new UsageError(`cannot trace '${program}': there is no such program in PATH`)
    this.#child = spawn('sh', ['-c', 'read -r go <&3 && exec "$@" 3<&-', 'sh', path, ...rest], {
      // Our stdout carries rows only, so what the command prints goes to stderr.
      stdio: ['inherit', 2, 'inherit', 'pipe'],
    })
    this.ended = new Promise((resolve) => {
      this.#child.on('exit', () => resolve())
      this.#child.on('error', () => resolve())
    })
    this.#gate.on('error', () => {}) // it was killed while it waited
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Whether it was released and has not ended. */
  get running(): boolean {
    return this.#isReleased && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Lets the command run. */
  release(): void {
    this.#isReleased = true
    this.#gate.end('go\n')
  }

  /** Lets go of it: one that was not released ends, one that runs goes on without us. */
  detach(): void {
    this.#gate.destroy()
    this.#child.unref()
  }

  get #gate(): Writable {
    return this.#child.stdio[3] as Writable
  }
}
