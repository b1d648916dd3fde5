import {existsSync, readFileSync} from 'node:fs'
import {setTimeout as pause} from 'node:timers/promises'
import type {Job} from '../support/count.js'
import {isAlive, type Outcome, Running, tstrace} from '../support/processes.js'
import {skipWithout} from '../support/skip.js'
import {compare, type Difference} from './differences.js'
import {skipWithoutPeer, startPeer} from './peer.js'
import type {Row, Table} from './table.js'

/** So much of what was printed is shown when it is not as it should be. */
const shown = 4000

/** A program that counts what one of our tools counts. */
export interface CountingPeer {
  /** Unlike its file's, this says whose it is. */
  readonly name: string
  readonly file: string
  /** Whether older packages, that guests may have, do not have it. */
  readonly isNew?: true
  readonly differences?: readonly Difference[]
}

/** A known workload, and what a peer and our tool are told to count of it. */
export interface CountingCase {
  readonly title: string
  /** Says that it is ready; does its work each time it is told to go, and says that it is done. */
  readonly job: () => Job
  /** The work is done again until it took so much CPU time, if given, in seconds. */
  readonly takes?: number
  /** The command line of both, for the workload's process. */
  readonly args: (pid: number) => readonly string[]
  /** When a tool has printed what it counted: if not given, it is interrupted, and prints then. */
  readonly printed?: (tool: Running) => Promise<unknown>
  readonly read: (stdout: string) => Table
  /** Which rows are about the workload, if the command line does not say so. */
  readonly ofWorkload?: (row: Row) => boolean
  /** Beside those of the peer. */
  readonly differences?: readonly Difference[]
  /** What a peer says that has a bug which keeps it from this: then the test is skipped. */
  readonly failure?: RegExp
}

/**
 * Tests of a tool that counts, beside a peer. In each test the two count the same work with the same command line, and
 * what they printed is compared field by field. They do it one after the other: BCC attaches to functions of programs
 * in a way that keeps all others from these functions (iovisor/bcc#5236).
 */
export function countBeside(tool: string, peer: CountingPeer, cases: readonly CountingCase[]): void {
  describe(`${tool} beside ${peer.name}`, () => {
    for (const {
      title,
      job,
      takes = 0,
      args,
      printed,
      read,
      ofWorkload = () => true,
      differences = [],
      failure,
    } of cases) {
      it(title, async function () {
        if (peer.isNew) skipWithout(this, `${peer.name}, which is new`, existsSync(peer.file))
        skipWithoutPeer(this, peer)
        const {command, args: words} = job()
        const worker = new Worker(new Running(command, words), takes)
        try {
          const given = args(await worker.pid())
          const theirs = await counted(startPeer(peer.file, given), worker, asleep, printed ?? asleep)
          const error = failure?.exec(theirs.stdout)?.[0]
          skipWithout(this, `${peer.name}, which says "${error}"`, error === undefined)
          const attached = (ours: Running): Promise<void> => ours.written('tstrace: attached\n')
          const ours = await counted(tstrace([tool, '--verbose', ...given]), worker, attached, printed)
          try {
            const known = [...(peer.differences ?? []), ...differences]
            compare(read(theirs.stdout), read(ours.stdout), ofWorkload, known)
          } catch (error) {
            for (const [whose, {stdout, stderr}] of Object.entries({theirs, ours}))
              process.stderr.write(`${whose}:\n${stdout.slice(-shown)}\n${stderr.slice(-shown)}\n`)
            throw error
          }
        } finally {
          await worker.end()
        }
      })
    }
  })
}

/** Lets a tool count what is done, from before the work begins until after it ends. */
async function counted(
  tool: Running,
  worker: Worker,
  ready: (tool: Running) => Promise<unknown>,
  printed: (tool: Running) => Promise<unknown> = async () => {},
): Promise<Outcome> {
  try {
    await ready(tool)
    await worker.work()
    await Promise.race([printed(tool), tool.outcome])
    tool.signal('SIGINT')
    return await tool.outcome
  } finally {
    tool.signal('SIGKILL')
  }
}

/**
 * Resolves when a program sleeps, or has ended. Those that count sleep when they have attached all. Before that they
 * wait for nothing else, and Python takes an interrupt for an error.
 */
async function asleep(peer: Running): Promise<void> {
  while (isAlive(peer.pid) && !waitsIn(peer.pid).includes('nanosleep')) await pause(100)
}

/** The function of the kernel in which a process waits. */
function waitsIn(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/wchan`, 'utf8')
  } catch {
    return ''
  }
}

/** A workload that does its work as often as it is told to. */
class Worker {
  readonly #running: Running
  readonly #takes: number
  #rounds = 0

  constructor(running: Running, takes: number) {
    this.#running = running
    this.#takes = takes
  }

  async pid(): Promise<number> {
    await this.#running.firstLine
    return this.#running.pid
  }

  async work(): Promise<void> {
    const before = this.#used()
    do {
      this.#running.send('go\n')
      await this.#running.written('done\n'.repeat(++this.#rounds))
    } while (this.#used() < before + this.#takes)
  }

  /** Seconds of CPU time, from the clock ticks in fields 14 and 15 of proc(5)'s stat. */
  #used(): number {
    const stat = readFileSync(`/proc/${this.#running.pid}/stat`, 'utf8')
    const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12)
    return (Number(user) + Number(system)) / 100
  }

  async end(): Promise<void> {
    this.#running.closeInput()
    await this.#running.outcome
  }
}
