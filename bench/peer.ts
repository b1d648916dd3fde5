import {readFileSync} from 'node:fs'
import {release} from 'node:os'
import {childrenOf, outputOf, Subject, tstrace} from './subject.js'

const end = process.argv.indexOf('--')

/** opensnoop, with the flags that were given after `--`. */
export const opensnoop = [
  ...tstrace,
  ...['opensnoop', '--json', '--quiet'],
  ...(end === -1 ? [] : process.argv.slice(end + 1)),
]

/** What bpftrace writes when all probes are attached: on stderr up to 0.22, then on stdout. */
const readyMarker = '__BPFTRACE_NOTIFY_PROBES_ATTACHED'

/** bpftrace alone, with the program, the options and the environment that tstrace gives it. */
export interface Peer {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What was measured: the engine with its version, the event source, the kernel and node. */
  readonly about: Readonly<Record<'engine' | 'source' | 'kernel' | 'node', string>>
}

/** Whether a line of either tracer says that it traces. */
export function isReady(line: string): boolean {
  return line === readyMarker || line.startsWith('{"type":"start"')
}

/** Looks at a run of tstrace for how it runs bpftrace. */
export async function findPeer(): Promise<Peer> {
  const program = await outputOf([...opensnoop, '--program'])
  const subject = new Subject(opensnoop, {env: {TSTRACE_ENGINE: 'bpftrace'}})
  let start = ''
  await subject.line((line) => {
    start ||= line
    return line.startsWith('{')
  })
  const [bpftrace] = childrenOf(subject.pid)
  if (bpftrace === undefined) throw new Error('tstrace has no child that is bpftrace')
  const words = zeroSeparated(`/proc/${bpftrace}/cmdline`)
  const env = zeroSeparated(`/proc/${bpftrace}/environ`)
    .filter((variable) => /^(__)?BPFTRACE_/.test(variable))
    .map((variable) => variable.split(/=(.*)/s, 2) as [string, string])
  await subject.stop()

  const {engine, source} = JSON.parse(start) as {engine: string; source: string}
  // The program comes by -e instead of stdin; its parameters are processes to leave out, and none is 0.
  const options = words.slice(0, words.indexOf('-'))
  return {
    argv: [...options, '-e', program, '0', '0', '0'],
    env: Object.fromEntries(env),
    about: {engine, source, kernel: release(), node: process.version},
  }
}

function zeroSeparated(path: string): string[] {
  return readFileSync(path, 'utf8').split('\0').slice(0, -1)
}
