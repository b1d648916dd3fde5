import type {Backend} from '../backend.js'
import {dialectOf} from './dialect.js'
import {locateBpftrace} from './locate.js'
import {BpftraceSession} from './session.js'

/** The backend that runs the installed bpftrace. @throws MachineError if there is none that can be used. */
export function bpftraceBackend(): Backend {
  const installation = locateBpftrace()
  const dialect = dialectOf(installation.version)
  return {
    name: 'bpftrace',
    version: installation.version,
    attachesUprobesAtOnce: dialect.attachesUprobesAtOnce,
    seesPidNamespace: () => Promise.resolve(dialect.seesPidNamespace),
    start: (job) => Promise.resolve(new BpftraceSession(installation, dialect, job)),
  }
}
