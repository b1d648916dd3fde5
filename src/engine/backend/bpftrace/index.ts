import type {Machine} from '../../kernel/machine.js'
import type {Backend, Job} from '../backend.js'
import {dialectOf} from './dialect.js'
import {locateBpftrace} from './locate.js'
import {BpftraceSession} from './session.js'

/** The backend that runs the installed bpftrace. @throws MachineError if there is none that can be used. */
export function bpftraceBackend(machine: Machine): Backend {
  const installation = locateBpftrace()
  const dialect = dialectOf(installation.version)
  return {
    name: 'bpftrace',
    version: installation.version,
    attachesUprobesAtOnce: dialect.attachesUprobesAtOnce,
    seesPidNamespace: () => Promise.resolve(dialect.seesPidNamespace),
    start: (job) => {
      const hidden = !machine.initialPidNamespace && dialect.seesPidNamespace
      const program = hidden ? withKernelThreads(job) : job.program
      return Promise.resolve(new BpftraceSession(installation, dialect, {...job, program}))
    },
  }
}

/**
 * The program with the kernel's own ids of threads in the keys of maps that nobody reads: in a pid namespace, all threads
 * outside of it are 0, and would share what is kept there.
 */
export function withKernelThreads({program, maps = []}: Pick<Job, 'program' | 'maps'>): string {
  const read = new Set(maps.map(({name}) => name))
  return program.replace(/"(?:[^"\\]|\\.)*"|(@\w+)\[tid\]/g, (text, map?: string) =>
    map === undefined || read.has(map) ? text : `${map}[curtask->pid]`,
  )
}
