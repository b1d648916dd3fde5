import {Machine} from '#src/engine/kernel/machine.js'
import {bpftraces} from './bpftraces.js'

/** Something that runs programs, as the tests go through them. */
export interface TestedEngine {
  /** As it stands in the titles: `the embedded engine` or `bpftrace 0.23.2`. */
  readonly name: string
  /** That of bpftrace; undefined for the embedded engine. */
  readonly version: string | undefined
  /** What makes tstrace use it. */
  readonly env: NodeJS.ProcessEnv
}

/** What can run programs here: the embedded engine where the kernel allows, and each bpftrace that is there. */
export async function engines(): Promise<TestedEngine[]> {
  const own = await new Machine().ownPrograms()
  return [
    ...(own.ok ? [{name: 'the embedded engine', version: undefined, env: {TSTRACE_ENGINE: 'embedded'}}] : []),
    ...(await bpftraces()).map(({version, path}) => ({
      name: `bpftrace ${version}`,
      version,
      env: {TSTRACE_ENGINE: 'bpftrace', TSTRACE_BPFTRACE: path},
    })),
  ]
}
