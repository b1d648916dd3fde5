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

/**
 * The backends of those asked for that this machine can use, the best first, and why not the others.
 * @param version that of tstrace
 * @throws MachineError if there is none
 */
export async function findBackends(
  asked: EngineChoice,
  machine: Machine,
  version: string,
): Promise<{backends: readonly Backend[]; refused: readonly Refused[]}> {
  const backends: Backend[] = []
  const refused: Refused[] = []
  for (const engine of asked === 'auto' ? automatic : [asked]) {
    try {
      backends.push(await backendOf(engine, machine, version))
    } catch (error) {
      if (!(error instanceof TstraceError)) throw error
      refused.push({engine, error})
    }
  }
  if (backends.length === 0) throw noEngine(refused)
  return {backends, refused}
}

/**
 * The backend of an engine.
 * @param version that of tstrace, which is also that of its own engine
 * @throws MachineError if this machine cannot use it
 */
export async function backendOf(engine: Engine, machine: Machine, version: string): Promise<Backend> {
  return engine === 'bpftrace'
    ? (await import('./bpftrace/index.js')).bpftraceBackend()
    : (await import('./embedded/index.js')).embeddedBackend(machine, version)
}

/**
 * Starts a program with the first backend that takes it.
 * @throws ProgramError of the first, if none does
 */
export function startFirst(
  backends: readonly Backend[],
  job: Job,
): {backend: Backend; session: Session; refused: readonly Refused[]} {
  const refused: Refused[] = []
  for (const backend of backends) {
    try {
      return {backend, session: backend.start(job), refused}
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error
      refused.push({engine: backend.name, error})
    }
  }
  throw refused[0]?.error ?? new MachineError('there is nothing to run the program with')
}

function noEngine(refused: readonly Refused[]): TstraceError {
  const [only, ...others] = refused
  if (only !== undefined && others.length === 0) return only.error
  return new MachineError('nothing here can run the program', {
    context: refused.map(({engine, error}) => `${engine}: ${error.message}`),
    hint:
      refused.findLast(({error}) => error.hint !== undefined)?.error.hint ??
      '`tstrace doctor` shows what this machine can do',
  })
}
