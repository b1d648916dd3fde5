import {NotAllowedError} from '../../errors.js'
import {missedText} from '../../event/missed.js'
import type {Machine} from '../../kernel/machine.js'
import {native} from '../../kernel/native.js'
import type {Script, ScriptOutput, ScriptRun} from '../script.js'
import {compile} from './compile.js'
import type {CompileContext} from './context.js'
import {load} from './load.js'
import type {Batch, Loaded} from './loaded.js'
import {machineContext} from './machinecontext.js'
import type {ObjectFile} from './object.js'
import {allMapsAsJson, attachedLine, jsonRecordPrinters, lostLine} from './print/json.js'
import {allMaps, type Effects, recordPrinters} from './print/printing.js'
import {shell} from './print/shell.js'
import {LossCounter} from './runtime/losses.js'
import {machineNames} from './runtime/machine.js'
import {State} from './runtime/state.js'
import {seeProcesses} from './runtime/watch.js'
import {requireOwnPrograms} from './own.js'
import {settingsOfEnvironment} from './types/knownsettings.js'

/** Bytes for a text and its end, where nobody says: what bpftrace has since 0.22. */
const usualRoom = 1024 + 1
/** Bytes that wait for a slow reader before records are left in the ring. */
const fullBytes = 1 << 22
/** How often losses are told, and maps looked at for processes whose functions may be named when they have ended. */
const watchMs = 500

/** What a script is compiled with. */
export async function scriptContext(script: Script, machine: Machine): Promise<CompileContext> {
  const calls = await native()
  return machineContext(
    {
      ...parametersOf(script.parameters),
      now: () => calls.clocks().boot,
      textRoom: usualRoom,
      pidNamespace: await machine.pidNamespace(),
      child: script.child,
      process: script.process,
      unsafe: script.unsafe,
      pageSize: calls.pageSize(),
      overrides: [
        ...settingsOfEnvironment(process.env),
        ...(script.bufferPages === undefined
          ? []
          : [{name: 'perf_rb_pages', value: `${script.bufferPages}`, by: '--buffer-pages'}]),
      ],
    },
    machine,
  )
}

/** Tells the values of $1, $2 and so on from those that getopt() gives. */
export function parametersOf(words: readonly string[]): {
  parameters: string[]
  options: Map<string, string | true>
} {
  const parameters: string[] = []
  const options = new Map<string, string | true>()
  for (const word of words) {
    const [, name, value] = /^--([^=]+)(?:=([^]*))?$/.exec(word) ?? []
    if (name === undefined) parameters.push(word)
    else options.set(name, value ?? true)
  }
  return {parameters, options}
}

/** Compiles a script. @throws UsageError with the place and what is wrong there, or NotAllowedError */
export async function compileScript(script: Script, machine: Machine): Promise<ObjectFile> {
  const object = compile(script.text, await scriptContext(script, machine))
  const {unsafe} = object
  if (!script.unsafe && unsafe.length > 0) {
    const [it, is] = unsafe.length === 1 ? ['it', 'is'] : ['them', 'are']
    throw new NotAllowedError(`the program calls ${unsafe.join(' and ')}, which ${is} not allowed`, {
      hint: `allow ${it} with --unsafe, if you know the program`,
    })
  }
  return object
}

/**
 * Compiles a script and loads it; nothing is attached yet.
 * @throws UsageError with the place and what is wrong there, VerifierError, or MachineError if this kernel cannot
 */
export async function loadScript(script: Script, machine: Machine): Promise<Loaded> {
  await requireOwnPrograms(machine)
  return load(await compileScript(script, machine), {text: script.text})
}

/**
 * Runs a program that is loaded and prints what it says as bpftrace does; at the end, nothing is left in the kernel.
 * @param onReady called when all is attached
 */
export function runLoaded(
  loaded: Loaded,
  script: Script,
  output: ScriptOutput,
  onReady: () => void,
): ScriptRun {
  const run = new LoadedRun(loaded, script, output)
  return {ended: run.run(onReady), stop: () => run.stop()}
}

class LoadedRun {
  readonly #loaded: Loaded
  readonly #object: ObjectFile
  readonly #script: Script
  readonly #output: ScriptOutput
  readonly #losses: LossCounter
  readonly #isJson: boolean
  readonly #stopped: Promise<void>
  #resolveStopped: () => void = () => {}
  #code = 0
  #error: unknown
  #text = ''
  /** Bytes that the reader has not taken, and when it has. */
  #waiting = 0
  #written = Promise.resolve()

  constructor(loaded: Loaded, script: Script, output: ScriptOutput) {
    const {object} = loaded
    this.#loaded = loaded
    this.#object = object
    this.#script = script
    this.#output = output
    this.#losses = new LossCounter(object)
    this.#isJson = script.format === 'json'
    this.#stopped = new Promise((resolve) => (this.#resolveStopped = resolve))
  }

  stop(): void {
    // An iterator may still go over objects.
    this.#loaded.silence()
    this.#resolveStopped()
  }

  async run(onReady: () => void): Promise<number> {
    const names = machineNames(await native(), this.#object.printing.demangles)
    const loaded = this.#loaded
    const seen = new Set<number>()
    let watch: NodeJS.Timeout | undefined
    const state = new State(loaded, names, this.#object.printing.cut)
    const printMaps = (): void => this.#printMaps(loaded, state)
    try {
      this.#read(loaded, state)
      const goesOn = await loaded.attach()
      // As bpftrace 0.15 to 0.21.
      process.on('SIGUSR1', printMaps)
      this.#sayAttached(loaded)
      onReady()
      if (!goesOn) this.stop()
      watch = setInterval(() => {
        this.#sayLosses(loaded)
        seeProcesses(state, names.user, this.#object.named, seen)
      }, watchMs)
      await this.#stopped
      this.#end(loaded, state)
    } finally {
      process.off('SIGUSR1', printMaps)
      clearInterval(watch)
      await loaded.close()
      names.close()
    }
    await this.#written
    if (this.#error !== undefined) throw this.#error as Error
    return this.#code
  }

  /** Prints records from now on. */
  #read(loaded: Loaded, state: State): void {
    const effects: Effects = {
      exit: (code) => {
        this.#code = code
        this.stop()
      },
      warn: (text) => this.#output.say(text),
      shell,
      catBytes: this.#object.printing.catBytes,
    }
    const make = this.#isJson ? jsonRecordPrinters : recordPrinters
    const printers = make(this.#object.records, state, effects)
    const take = (batch: Batch): void => {
      const {view, starts, count} = batch
      try {
        for (let index = 0; index < count; index++) {
          const record = starts[index] ?? 0
          this.#text += printers[view.getUint32(record, true)]?.(batch, record) ?? ''
        }
      } catch (error) {
        this.#error = error
        this.stop()
      }
      batch.release()
      this.#flush()
    }
    loaded.records(take, () => this.#waiting < fullBytes)
  }

  /** What is on its way, then the maps as they are now. */
  #printMaps(loaded: Loaded, state: State): void {
    loaded.drain()
    const {length} = this.#object.named
    this.#text += this.#isJson ? allMapsAsJson(state, length) : allMaps(state, length)
    this.#flush()
  }

  /** What is on its way, then what END says, then the maps. */
  #end(loaded: Loaded, state: State): void {
    if (this.#output.closed) return
    loaded.silence()
    loaded.drain()
    loaded.end()
    loaded.drain()
    this.#sayLosses(loaded)
    const {printing, named} = this.#object
    if (printing.mapsAtEnd && this.#isJson) this.#text += allMapsAsJson(state, named.length)
    else if (printing.mapsAtEnd) {
      const maps = allMaps(state, named.length)
      if (maps !== '') this.#text += `\n\n${maps}`
    }
    this.#flush()
  }

  #flush(): void {
    if (this.#text === '') return
    const bytes = Buffer.from(this.#text, 'latin1')
    this.#text = ''
    this.#waiting += bytes.length
    this.#written = this.#written.then(async () => {
      await this.#output.write(bytes)
      this.#waiting -= bytes.length
    })
  }

  #sayAttached({refused, leftOut}: Loaded): void {
    const {warnings, missingProbes, programs} = this.#object
    for (const warning of warnings) this.#output.say(warning)
    if (missingProbes !== 'ignore')
      for (const {probe, why} of refused) this.#output.say(`${probe} is not attached: ${why}`)
    const probes = programs.length - leftOut
    if (this.#isJson && !this.#script.quiet) this.#text += attachedLine(probes)
    if (!this.#script.quiet) this.#output.say(`attached ${probes} ${probes === 1 ? 'probe' : 'probes'}`)
  }

  #sayLosses(loaded: Loaded): void {
    let stacks = 0
    for (const news of this.#losses.news(loaded.counters(), loaded.misses())) {
      if (news.kind === 'lost') {
        this.#output.say(`lost ${news.events} records: they came faster than they could be taken`)
        if (this.#isJson) this.#text += lostLine(news.events)
        this.#flush()
      } else if (news.kind === 'trouble') this.#output.say(news.text)
      else if (news.kind === 'unseen') this.#output.say(missedText(news.events))
      else if (news.kind === 'missed') stacks++
    }
    if (stacks > 0) this.#output.say(`${stacks} stacks are empty: there was no room for them (max_map_keys)`)
  }
}
