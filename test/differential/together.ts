import type {Backend, Job, Message, Session} from '#src/engine/backend/backend.js'
import {KnownWork, type WorkPlan} from '../support/knownwork.js'
import {unpacked} from '../support/messages.js'

/** What one program said, on one engine. */
type Said = PromiseSettledResult<readonly Message[]>

/**
 * Has all engines run all programs at the same time, while a process does its work.
 * @param jobOf the job, for the process that is to work
 * @returns for each program what it said on each engine
 */
export async function together<T>(
  programs: readonly T[],
  backends: readonly Backend[],
  plan: WorkPlan,
  jobOf: (program: T, work: KnownWork) => Job,
): Promise<Said[][]> {
  const work = await KnownWork.start(plan)
  try {
    const runs = programs.map((program) => backends.map((backend) => new Run(backend, jobOf(program, work))))
    const all = runs.flat()
    try {
      await Promise.allSettled(all.map(({ready}) => ready))
      await work.go()
    } finally {
      for (const run of all) run.stop()
      await Promise.allSettled(all.map(({ended}) => ended))
    }
    return await Promise.all(runs.map((pair) => Promise.allSettled(pair.map(({ended}) => ended))))
  } finally {
    await work.end()
  }
}

/** A program that an engine runs. */
class Run {
  #session: Session | undefined
  /** Resolves when it is attached. */
  readonly ready: Promise<void>
  /** Resolves with all that it said when it has ended. */
  readonly ended: Promise<readonly Message[]>

  constructor(backend: Backend, job: Job) {
    let becomeReady = (): void => {}
    const isReady = new Promise<void>((resolve) => (becomeReady = resolve))
    this.ended = this.#run(backend, job, becomeReady)
    this.ready = Promise.race([isReady, this.ended.then(() => {})])
  }

  stop(): void {
    this.#session?.stop()
  }

  async #run(backend: Backend, job: Job, becomeReady: () => void): Promise<Message[]> {
    const session = await backend.start(job)
    this.#session = session
    const messages: Message[] = []
    try {
      for await (const batch of session.messages) {
        messages.push(...batch.flatMap(unpacked))
        if (batch.some(({kind}) => kind === 'ready')) becomeReady()
      }
    } finally {
      await session.kill()
    }
    return messages
  }
}
