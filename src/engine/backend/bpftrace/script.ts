import {spawn} from 'node:child_process'
import {RunError} from '../../errors.js'
import {Machine} from '../../kernel/machine.js'
import {hiddenIds} from '../hidden.js'
import type {Script, ScriptOutput, ScriptRun} from '../script.js'
import {readyMarker} from './decode.js'
import {dialectOf} from './dialect.js'
import {locateBpftrace} from './locate.js'

const lineFeed = 10
/** A SIGTERM shortly before or after the line that says that all is attached can be lost (0.17). */
const repeatStopMs = 1000

/**
 * Runs a script with the installed bpftrace and hands on what it writes.
 * @param onReady called when all is attached
 * @throws MachineError if there is none
 */
export function runWithBpftrace(
  script: Script,
  output: ScriptOutput,
  onReady: () => void,
  machine = new Machine(),
): ScriptRun {
  const {path: file, parameters, unsafe, bufferPages, format} = script
  const text = withChild(script.text, script.child)
  const {path, version} = locateBpftrace()
  if (!machine.initialPidNamespace && !dialectOf(version).seesPidNamespace)
    output.say(hiddenIds(`bpftrace ${version}`))
  if (script.process !== 0 && !dialectOf(version).keepsToProcess) {
    output.say(
      `bpftrace ${version} may trace user functions of all processes, whatever -p says; add /pid == ${script.process}/`,
    )
  }
  const child = spawn(
    'setpriv',
    // The kernel ends it when tstrace dies, however it dies.
    ['--pdeathsig', 'KILL', path].concat(
      unsafe ? ['--unsafe'] : [],
      format === 'json' ? ['-f', 'json'] : [],
      script.process === 0 ? [] : ['-p', `${script.process}`],
      dialectOf(version).options,
      file === undefined || text !== script.text ? ['-e', text] : [file],
      parameters.length === 0 ? [] : ['--', ...parameters],
    ),
    {
      // A process group of its own, so that Ctrl-C on the terminal reaches tstrace alone.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...(bufferPages === undefined ? {} : {BPFTRACE_PERF_RB_PAGES: `${bufferPages}`}),
        __BPFTRACE_NOTIFY_PROBES_ATTACHED: '1',
      },
    },
  )
  let written = Promise.resolve()
  const write = (bytes: Uint8Array): void => {
    child.stdout.pause()
    written = written.then(() => output.write(bytes)).then(() => void child.stdout.resume())
  }
  child.stdout.on('data', withoutMarker(onReady, write))
  child.stderr.on(
    'data',
    withoutMarker(onReady, (bytes) => output.complain(bytes)),
  )
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', (cause) =>
      reject(
        new RunError(`could not start bpftrace through setpriv: ${cause.message}`, {
          hint: 'setpriv is part of util-linux; install it',
          cause,
        }),
      ),
    )
    child.on('close', (code, signal) => {
      if (code === null) reject(new RunError(`bpftrace ${version} was ended by ${signal}`))
      else void written.then(() => resolve(code))
    })
  })
  const stop = (): void => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const send = (): void => void child.kill('SIGTERM')
    send()
    const again = setInterval(send, repeatStopMs)
    child.on('close', () => clearInterval(again))
  }
  return {ended, stop}
}

/** `cpid` as a number: bpftrace knows it only for a child that it started itself. Texts and comments stay. */
export function withChild(program: string, pid: number): string {
  if (pid === 0) return program
  const words = /"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[^]*?\*\/|(?<![\w$@.:/-])cpid\b/g
  return program.replace(words, (word) => (word === 'cpid' ? `${pid}` : word))
}

/** Takes out the line that says that all is attached, which is on stderr up to 0.22, then on stdout. */
function withoutMarker(onReady: () => void, pass: (bytes: Uint8Array) => void): (chunk: Buffer) => void {
  let isAfterMarker = false
  return (chunk) => {
    // Its line feed may come later.
    const text = isAfterMarker && chunk[0] === lineFeed ? chunk.subarray(1) : chunk
    isAfterMarker = false
    const at = text.indexOf(readyMarker)
    if (at < 0) {
      pass(text)
      return
    }
    const end = at + readyMarker.length
    isAfterMarker = end === text.length
    const rest = Buffer.concat([text.subarray(0, at), text.subarray(isAfterMarker ? end : end + 1)])
    if (rest.length > 0) pass(rest)
    onReady()
  }
}
