import {readFileSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'
import {runWithBpftrace} from '#src/engine/backend/bpftrace/script.js'
import {loadScript, runLoaded} from '#src/engine/backend/embedded/script.js'
import type {Script, ScriptOutput, ScriptRun} from '#src/engine/backend/script.js'
import {Machine} from '#src/engine/kernel/machine.js'
import type {Bpftrace} from '../support/bpftraces.js'
import {setEnvironment} from '../support/temporary.js'

const machine = new Machine()

/** Room for what comes while this machine does other things: each join() takes 16 KiB of 256 (bpftrace 0.23). */
const bufferPages = 1024
/** How long a row may be on its way, in a guest that is slow. */
const longestMs = 20_000

/**
 * What both engines print of a script that they run at the same time, while `work` is done. They are ended when what
 * each has printed is `enough`, as bpftrace loses what is on its way when it is told to end.
 */
export async function bothPrint(
  path: string,
  bpftrace: Bpftrace,
  work: () => Promise<void>,
  enough: (output: string) => boolean,
): Promise<{embedded: string; bpftrace: string}> {
  const script: Script = {
    path,
    text: readFileSync(path, 'utf8'),
    parameters: [],
    child: 0,
    process: 0,
    unsafe: false,
    quiet: true,
    bufferPages,
  }
  const loaded = await loadScript(script, machine)
  const restore = setEnvironment({TSTRACE_BPFTRACE: bpftrace.path})
  const theirs = new Engine((output, onReady) => runWithBpftrace(script, output, onReady))
  restore()
  const own = new Engine((output, onReady) => runLoaded(loaded, script, output, onReady))
  const engines = [theirs, own]
  try {
    await Promise.all(engines.map(({ready}) => ready))
    await work()
    await Promise.race([Promise.all(engines.map((each) => each.until(enough))), sleep(longestMs)])
  } finally {
    for (const {run} of engines) run.stop()
    await Promise.allSettled(engines.map(({run}) => run.ended))
  }
  return {embedded: await own.text(), bpftrace: await theirs.text()}
}

/** Without the line of bpftrace's own. */
const withoutFirst = (text: string): string => text.replace(/^Attaching .*\n/, '')

/** A script on an engine. */
class Engine {
  readonly run: ScriptRun
  /** Rejects if it ends before. */
  readonly ready: Promise<void>
  #text = ''
  #look = (): void => {}
  #said = ''

  constructor(start: (output: ScriptOutput, onReady: () => void) => ScriptRun) {
    let isReady = (): void => {}
    const attached = new Promise<void>((resolve) => (isReady = resolve))
    const output: ScriptOutput = {
      closed: false,
      write: (bytes) => {
        this.#text += Buffer.from(bytes).toString('latin1')
        this.#look()
        return Promise.resolve()
      },
      complain: (bytes) => {
        this.#said += Buffer.from(bytes).toString()
      },
      say: (words) => {
        this.#said += `${words}\n`
      },
    }
    this.run = start(output, () => isReady())
    const ended = this.run.ended.then((code) => {
      throw new Error(`exit code ${code} before it was ready: ${this.#said}`)
    })
    this.ready = Promise.race([attached, ended])
    this.ready.catch(() => {})
  }

  /** Resolves when it has printed enough. */
  until(enough: (output: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (enough(withoutFirst(this.#text))) resolve()
      }
      this.#look()
    })
  }

  /** What it printed, once it has ended. */
  async text(): Promise<string> {
    const code = await this.run.ended
    if (code !== 0) throw new Error(`exit code ${code}: ${this.#said}`)
    return withoutFirst(this.#text)
  }
}
