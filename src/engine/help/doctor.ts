import type {Examination} from '../doctor.js'
import type {Attempt} from '../kernel/attach.js'
import {plainTable} from './table.js'

const width = 80

/** An examination as text for a person. */
export function doctorText({machine, tools}: Examination): string {
  const has = Object.entries(machine.capabilities)
  const missing = has.filter(([, held]) => !held).map(([name]) => name)
  const held = has.filter(([, held]) => held).map(([name]) => name)
  const attempt = ({ok, why}: Attempt): string => (ok ? 'yes' : `no: ${why}`)
  const facts = [
    ['kernel', `${machine.kernel} (${machine.architecture})`],
    ['engine', machine.engine ?? 'none'],
    [
      'embedded',
      'problem' in machine.embedded ? `no: ${machine.embedded.problem}` : machine.embedded.version,
    ],
    [
      'bpftrace',
      'problem' in machine.bpftrace
        ? `no: ${machine.bpftrace.problem}`
        : `${machine.bpftrace.version} at ${machine.bpftrace.path}`,
    ],
    ['user', machine.user === 0 ? 'root' : `${machine.user}`],
    ['capabilities', held.join(' ') || 'none'],
    ...(missing.length > 0 ? [['without', missing.join(' ')]] : []),
    [
      'tracefs',
      machine.tracefs === null
        ? 'no: not mounted'
        : `${machine.tracefs}${machine.tracefs_writable ? '' : ' (read-only)'}`,
    ],
    ['tracepoints', machine.tracepoints === null ? 'no: tracefs may not be read' : `${machine.tracepoints}`],
    ['kernel types', machine.btf ? 'yes (BTF)' : 'no: the kernel has no BTF (CONFIG_DEBUG_INFO_BTF)'],
    ['lockdown', machine.lockdown ?? 'unknown (the kernel does not say; is securityfs mounted?)'],
    ['cgroup v2', machine.cgroup2.join(' ') || 'no: not mounted'],
    ['BPF', attempt(machine.bpf)],
    ['perf events', attempt(machine.perf_events)],
    ['kprobe', attempt(machine.kprobe)],
    ['fentry', attempt(machine.fentry)],
    ['PMU', attempt(machine.hardware_counters)],
  ]
  const verdicts = tools.flatMap(({tool, source, problems, sources}) => [
    [tool, source === null ? 'cannot run' : `runs with source ${source}`],
    ...problems.map((problem) => ['', problem]),
    ...sources
      .filter(({missing}) => missing.length > 0)
      .map((other) => ['', `not ${other.source}: ${other.missing.join('; ')}`]),
  ])
  return plainTable(['MACHINE', ''], facts, width) + '\n' + plainTable(['TOOL', ''], verdicts, width)
}
