import {Machine} from '#src/engine/kernel/machine.js'
import {bpftraces} from './bpftraces.js'
import {inGuest} from './skip.js'

/** Something that runs programs, as the tests go through them. */
export interface TestedEngine {
  /** As it stands in the titles: `the embedded engine` or `bpftrace 0.23.2`. */
  readonly name: string
  /** That of bpftrace; undefined for the embedded engine. */
  readonly version: string | undefined
  /** What makes tstrace use it. */
  readonly env: NodeJS.ProcessEnv
}

/** What the tests run programs with: what TSTRACE_ENGINE says, as in the guests, or each that there is. */
export async function engines(): Promise<TestedEngine[]> {
  const only = process.env['TSTRACE_ENGINE']
  return [
    ...(only === 'bpftrace' ? [] : await embedded()),
    ...(only === 'embedded' ? [] : await oldestAndNewest()),
  ]
}

/** All that there are; in a guest the embedded engine alone, also where there is bpftrace, which other tests use there. */
export async function embeddedInGuests(): Promise<TestedEngine[]> {
  return inGuest ? embedded() : everyEngine()
}

/** All that there are: in a guest with bpftrace the embedded engine, too. */
export async function everyEngine(): Promise<TestedEngine[]> {
  const others = process.env['TSTRACE_ENGINE'] === 'embedded' ? [] : await oldestAndNewest()
  return [...(await embedded()), ...others]
}

/** The embedded engine, where the kernel allows. */
async function embedded(): Promise<TestedEngine[]> {
  const own = await new Machine().ownPrograms()
  return own.ok ? [{name: 'the embedded engine', version: undefined, env: {TSTRACE_ENGINE: 'embedded'}}] : []
}

/** The machine's own bpftrace and the newest one: those between are in guests, and accept every program (test/parse). */
async function oldestAndNewest(): Promise<TestedEngine[]> {
  const all = await bpftraces()
  const chosen = new Set([...all.slice(0, 1), ...all.slice(-1)])
  return [...chosen].map(({version, path}) => ({
    name: `bpftrace ${version}`,
    version,
    env: {TSTRACE_ENGINE: 'bpftrace', TSTRACE_BPFTRACE: path},
  }))
}
