import {askedEngine, enginesOf, type Refused} from './backend/choose.js'
import type {Engine, EngineChoice} from './engines.js'
import {hiddenIds, withoutTypes} from './backend/hidden.js'
import type {Script, ScriptOutput, ScriptRun} from './backend/script.js'
import {TracedCommand} from './command.js'
import {Ending} from './ending.js'
import {
  EngineError,
  exitCodes,
  MachineError,
  NotAllowedError,
  ProgramError,
  type TstraceError,
  UsageError,
} from './errors.js'
import {Machine} from './kernel/machine.js'
import {requirePrivileges} from './privileges.js'
import {FileOutput} from './render/fileoutput.js'
import {Output} from './render/output.js'
import type {Words} from './words.js'

/** What `--debug` shows of the embedded engine, instead of running the program. */
export const debugViews = ['ast', 'types', 'bytecode', 'verifier'] as const
export type DebugView = (typeof debugViews)[number]

export interface ScriptRequest {
  readonly script: Omit<Script, 'child'>
  readonly engine: EngineChoice | undefined
  readonly debug: DebugView | undefined
  /** A command line for the shell, to be traced. */
  readonly command: string | undefined
  /** The file that is written instead of stdout. */
  readonly output: string | undefined
  readonly words: Words
}

/** Runs a program that a user wrote, and gives the exit code. */
export async function runScript(request: ScriptRequest): Promise<number> {
  const {words, debug} = request
  const machine = new Machine()
  // What is shown of a program does not take the right to run it; the verifier's word does.
  // Not every script has tracepoints; one that has says what it lacks when they are attached.
  if (debug === undefined || debug === 'verifier') requirePrivileges(machine, false)
  const output = request.output === undefined ? new Output() : await FileOutput.create(request.output)
  const out: ScriptOutput = {
    get closed() {
      return output.closed
    },
    write: (bytes) => output.write(bytes),
    complain: (bytes) => words.pass(bytes),
    say: (text) => words.important(text),
  }
  if (debug !== undefined) {
    const {debugText} = await import('./backend/embedded/debug.js')
    await output.write(await debugText(debug, {...request.script, child: 0}, machine))
    await output.finish()
    return 0
  }

  const ending = new Ending()
  ending.onSignals(() => process.exit(exitCodes.failed))
  const command = request.command === undefined ? undefined : shellCommand(request.command)
  let forget: (() => void) | undefined
  try {
    const {process: traced} = request.script
    if (traced > 0) {
      const {onProcessEnd} = await import('./kernel/processend.js')
      forget = await onProcessEnd(traced, () => {
        forget?.()
        ending.request('command exited')
      })
    }
    const script = {...request.script, child: command?.pid ?? 0}
    const {native} = await import('./kernel/native.js')
    const {hungUp} = await native()
    // From here on nothing is waited for but its end, which may be an error.
    const run = await start(script, request.engine, machine, out, words, () => {
      words.detail('attached')
      command?.release()
    })
    void command?.ended.then(() => ending.request('command exited'))
    ending.onRequest(() => run.stop())
    output.onClosed(() => ending.request('pipe closed'), hungUp)
    const code = await run.ended
    await output.finish()
    return code
  } finally {
    forget?.()
    ending.cleanUp()
    command?.detach()
  }
}

/**
 * What is wrong with a program for one engine; another may take it. That this user may not trace is none of these, nor that
 * he did not allow what the program does.
 */
const refusals = [UsageError, ProgramError, EngineError]

/** With the first engine that takes the program. @throws the error of the first, if none does */
async function start(
  script: Script,
  asked: EngineChoice | undefined,
  machine: Machine,
  output: ScriptOutput,
  words: Words,
  onReady: () => void,
): Promise<ScriptRun> {
  const refused: Refused[] = []
  for (const engine of enginesOf(askedEngine(asked))) {
    try {
      const run = await starters[engine](script, machine, output, onReady)
      words.detail(`engine: ${engine}`)
      return run
    } catch (error) {
      if (error instanceof NotAllowedError || !refusals.some((kind) => error instanceof kind)) throw error
      words.detail(`not engine ${engine}: ${(error as TstraceError).message}`)
      refused.push({engine, error: error as TstraceError})
    }
  }
  // That there is no bpftrace says less than what is wrong with the program.
  throw refused[0]?.error ?? new MachineError('there is nothing to run the program with')
}

const starters: Record<
  Engine,
  (script: Script, machine: Machine, output: ScriptOutput, onReady: () => void) => Promise<ScriptRun>
> = {
  embedded: async (script, machine, output, onReady) => {
    const {loadScript, runLoaded} = await import('./backend/embedded/script.js')
    if (!machine.initialPidNamespace && (await machine.pidNamespace()) === undefined)
      output.say(hiddenIds(withoutTypes))
    return runLoaded(await loadScript(script, machine), script, output, onReady)
  },
  bpftrace: async (script, machine, output, onReady) => {
    const {runWithBpftrace} = await import('./backend/bpftrace/script.js')
    return runWithBpftrace(script, output, onReady, machine)
  },
}

/** `exec`, so that the process that is traced is the command and not its shell. */
function shellCommand(line: string): TracedCommand {
  return new TracedCommand(['sh', '-c', `exec ${line}`])
}
