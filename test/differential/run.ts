import {spawn} from 'node:child_process'
import {loadScript, runLoaded} from '#src/engine/backend/embedded/script.js'
import type {Script} from '#src/engine/backend/script.js'
import {Machine} from '#src/engine/kernel/machine.js'
import type {Bpftrace} from '../support/bpftraces.js'
import {Workload} from '../support/processes.js'
import {type Case, workload} from './corpus.js'

const marker = '__BPFTRACE_NOTIFY_PROBES_ATTACHED'
const machine = new Machine()

/** What a program prints on one engine, in the form that is compared. */
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
  if (traces === undefined) return normal(await run(program, ['0', '7', 'three'], () => {}))
  const process = await Workload.start(workload)
  try {
    return normal(await run(program, [`${process.pid}`], () => void process.go()))
  } finally {
    await process.end()
  }
}

/**
 * Output without what is of no account: empty lines, spaces at the ends of lines and before frames, the line feed in a key
 * where the kernel gives no stack, which 0.17 does not have, and the order of equal values, which bpftrace leaves to chance.
 */
export function normal(output: string): string {
  const lines = output
    .replaceAll(/(?<=[[,] ?)\n(?=\s*[\],])/g, '')
    .replaceAll(/^Attaching .*\n/gm, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const isEntry = (line: string): boolean => /^@\w*\[.*\]: /.test(line)
  const sorted: string[] = []
  for (let at = 0; at < lines.length; at++) {
    let end = at
    while (end < lines.length && isEntry(lines[end] ?? '')) end++
    if (end > at) {
      sorted.push(...lines.slice(at, end).sort())
      at = end - 1
    } else sorted.push(lines[at] ?? '')
  }
  return sorted.join('\n')
}
