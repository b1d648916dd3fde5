import {MachineError} from './errors.js'
import type {Capability, Machine} from './kernel/machine.js'
import {which} from './which.js'

/**
 * @param readsTracefs whether tracepoints are looked at, which belong to root
 * @throws MachineError, with what is missing and the line to type, if this user may not trace.
 */
export function requirePrivileges(machine: Machine, readsTracefs = true): void {
  if (machine.uid === 0) return
  // CAP_SYS_ADMIN stands for both (capabilities(7)).
  const missing = machine.can('CAP_SYS_ADMIN') ? [] : loading.filter((each) => !machine.can(each))
  if (readsTracefs && machine.tracefs !== undefined && !machine.tracefsReadable)
    missing.push('CAP_DAC_READ_SEARCH')
  if (missing.length === 0) return
  const names = [missing.slice(0, -1).join(', '), missing.at(-1)].filter(Boolean).join(' and ')
  throw new MachineError(`tracing the kernel needs root, and this is user ${machine.uid} without ${names}`, {
    hint: `type this: ${asRoot(commandLine())}`,
  })
}

const loading: readonly Capability[] = ['CAP_BPF', 'CAP_PERFMON']

/** The command line of this process as one would type it again. */
function commandLine(): string[] {
  const launcher =
    process.env['TSTRACE_LAUNCHER'] ?? (which('tstrace') === undefined ? (process.argv[1] ?? '') : 'tstrace')
  return [launcher, ...process.argv.slice(2)]
}

function asRoot(words: readonly string[]): string {
  const line = words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
  return which('sudo') === undefined ? `su root -c "${line.replace(/["$`\\]/g, '\\$&')}"` : `sudo ${line}`
}
