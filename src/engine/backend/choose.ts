import {MachineError, ProgramError, TstraceError, UsageError} from '../errors.js'
import type {Machine} from '../kernel/machine.js'
import type {Backend, Job, Session} from './backend.js'
import {automatic, type Engine, type EngineChoice, engineChoices} from '../engines.js'

/** Why an engine does not run this program. */
export interface Refused {
  readonly engine: Engine
  readonly error: TstraceError
}

/** The engine that a flag names, or TSTRACE_ENGINE, or `auto`. @throws UsageError for a variable that names none */
export function askedEngine(flag: EngineChoice | undefined): EngineChoice {
  const variable = process.env['TSTRACE_ENGINE']
  const asked = flag ?? (variable === undefined || variable === '' ? 'auto' : variable)
  const known = engineChoices.find((engine) => engine === asked)
  if (known === undefined) {
    throw new UsageError(`TSTRACE_ENGINE is '${asked}', which is no engine`, {
      hint: `set it to ${engineChoices.join(', ')}, or leave it unset`,
    })
  }
  return known
}

/** The engines that a choice stands for, in the order in which they are tried. */
export function enginesOf(choice: EngineChoice): readonly Engine[] {
  return choice === 'auto' ? automatic : [choice]
}

/**
 * The backend of an engine.
 * @param version that of tstrace, which is also that of its own engine
 * @throws MachineError if this machine cannot use it
 */
export async function backendOf(engine: Engine, machine: Machine, version: string): Promise<Backend> {
  return engine === 'bpftrace'
    ? (await import('./bpftrace/index.js')).bpftraceBackend(machine)
    : (await import('./embedded/index.js')).embeddedBackend(machine, version)
}

/** The engines that may run a program, the best first. One that is not needed is not looked for. */
export class Candidates {
  /** Why not those that came before. */
  readonly refused: Refused[] = []
  readonly #left: Engine[]
  readonly #find: (engine: Engine) => Promise<Backend>
  #current: Backend | undefined

  /** @param find the backend of an engine, or throws a TstraceError */
  constructor(engines: readonly Engine[], find: (engine: Engine) => Promise<Backend>) {
    this.#left = [...engines]
    this.#find = find
  }

  /** The best that this machine can use. @throws TstraceError that says why there is none */
  async best(): Promise<Backend> {
    while (this.#current === undefined) {
      const engine = this.#left.shift()
      if (engine === undefined) throw noEngine(this.refused)
      try {
        this.#current = await this.#find(engine)
      } catch (error) {
        if (!(error instanceof TstraceError)) throw error
        this.refused.push({engine, error})
      }
    }
    return this.#current
  }

  /** Starts a program with the first that takes it. @throws ProgramError of the first, if none does */
  async start(job: Job): Promise<{backend: Backend; session: Session}> {
    for (;;) {
      const backend = await this.best()
      try {
        return {backend, session: await backend.start(job)}
      } catch (error) {
        if (!(error instanceof ProgramError)) throw error
        this.refused.push({engine: backend.name, error})
        this.#current = undefined
      }
    }
  }
}

/** What is wrong with a program says more than that there is nothing else to try. */
function noEngine(refused: readonly Refused[]): TstraceError {
  const program = refused.find(({error}) => error instanceof ProgramError)
  if (program !== undefined) return program.error
  const [only, ...others] = refused
  if (only !== undefined && others.length === 0) return only.error
  return new MachineError('nothing here can run the program', {
    context: refused.map(({engine, error}) => `${engine}: ${error.message}`),
    hint:
      refused.findLast(({error}) => error.hint !== undefined)?.error.hint ??
      '`tstrace doctor` shows what this machine can do',
  })
}
