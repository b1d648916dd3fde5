import {spawn} from 'node:child_process'
import {loadScript, runLoaded} from '#src/engine/backend/embedded/script.js'
import type {Script} from '#src/engine/backend/script.js'
import {Machine} from '#src/engine/kernel/machine.js'
import type {Bpftrace} from '../support/bpftraces.js'
import {Workload} from '../support/processes.js'
import {type Case, workload} from './corpus.js'

const marker = '__BPFTRACE_NOTIFY_PROBES_ATTACHED'
const machine = new Machine()

/** What a program prints on one engine. */
type Run = (program: string, parameters: string[], onReady: () => void) => Promise<string>

/** Compiles and runs a program in this process. */
export const onEmbedded: Run = async (program, parameters, onReady) => {
  const script: Script = {
    path: undefined,
    text: program,
    parameters,
    child: 0,
    process: 0,
    unsafe: false,
    quiet: true,
    bufferPages: undefined,
  }
  let text = ''
  const output = {
    closed: false,
    write: (bytes: Uint8Array): Promise<void> => {
      text += Buffer.from(bytes).toString('latin1')
      return Promise.resolve()
    },
    complain: () => {},
    say: (words: string) => {
      said += `${words}\n`
    },
  }
  let said = ''
  const code = await runLoaded(await loadScript(script, machine), script, output, onReady).ended
  if (code !== 0) throw new Error(`exit code ${code}: ${said}`)
  return text
}

/** Runs a program with a bpftrace. */
export function onBpftrace({path}: Bpftrace): Run {
  return (program, parameters, onReady) =>
    new Promise((resolve, reject) => {
      const child = spawn(path, ['-q', '-e', program, '--', ...parameters], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          __BPFTRACE_NOTIFY_PROBES_ATTACHED: '1',
          // It would overrule what the program says.
          ...(!program.includes('max_strlen') && {BPFTRACE_STRLEN: '64'}),
        },
      })
      let [text, words] = ['', '']
      let ready = false
      const look = (): void => {
        if (ready || !(text + words).includes(marker)) return
        ready = true
        onReady()
      }
      child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk
        look()
      })
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        words += chunk
        look()
      })
      child.on('error', reject)
      child.on('close', (code) => {
        if (code === 0) resolve(text.replace(`${marker}\n`, ''))
        else reject(new Error(`bpftrace ended with exit code ${code}: ${words}`))
      })
    })
}

/** What a program of the corpus prints: those that trace, while the workload does its work. */
export async function outputOf({program, traces}: Case, run: Run): Promise<string> {
  if (traces === undefined) return run(program, ['0', '7', 'three'], () => {})
  const process = await Workload.start(workload)
  try {
    return await run(program, [`${process.pid}`], () => void process.go())
  } finally {
    await process.end()
  }
}

/** What both engines print of a program that traces, at the same time: for machines where each takes seconds to begin. */
export async function bothOutputs(
  {program}: Case,
  bpftrace: Bpftrace,
): Promise<{own: string; theirs: string}> {
  const process = await Workload.start(workload)
  let waiting = 2
  const output = async (run: Run): Promise<string> => {
    let isReady = false
    const onReady = (): void => {
      if (isReady) return
      isReady = true
      if (--waiting === 0) void process.go()
    }
    // Without one of them, the other one still needs the work to end.
    return run(program, [`${process.pid}`], onReady).finally(onReady)
  }
  try {
    const [own, theirs] = await Promise.allSettled([output(onEmbedded), output(onBpftrace(bpftrace))])
    return {own: fulfilled(own), theirs: fulfilled(theirs)}
  } finally {
    await process.end()
  }
}

function fulfilled(result: PromiseSettledResult<string>): string {
  if (result.status === 'rejected') throw result.reason
  return result.value
}
