import {existsSync} from 'node:fs'
import {outputOf} from './subject.js'
import {findPeer, opensnoop} from './peer.js'

/** A tracer of opens, and how it is started. */
export interface Tracer {
  readonly name: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const table = opensnoop.filter((word) => word !== '--json')
const embedded = {TSTRACE_ENGINE: 'embedded'}

/**
 * Those that can run here.
 * @param bpftraces paths of further bpftraces, to run `script` with
 * @param script bpftrace's own opensnoop
 * @param others command lines of tools that write a line for each open
 */
export async function findTracers(
  bpftraces: readonly string[],
  script: string,
  others: readonly string[],
): Promise<{tracers: readonly Tracer[]; about: Readonly<Record<string, string>>}> {
  const peer = await findPeer()
  const {engine, ...about} = peer.about
  const scripted = async (path: string): Promise<Tracer> => ({
    name: `${(await outputOf([path, '--version'])).trim().replace(' v', ' ')}, its opensnoop.bt`,
    argv: [path, script],
    env: {},
  })
  return {
    about,
    tracers: [
      {name: 'tstrace', argv: table, env: embedded},
      {name: 'tstrace --json', argv: [...table, '--json'], env: embedded},
      {name: `tstrace --json with ${engine}`, argv: [...table, '--json'], env: {TSTRACE_ENGINE: 'bpftrace'}},
      {name: `${engine}, the same program`, argv: peer.argv, env: peer.env},
      ...(existsSync(script) ? await Promise.all(bpftraces.map(scripted)) : []),
      ...others.map((command) => ({name: command, argv: command.split(' '), env: {}})),
    ],
  }
}
