import {MachineError} from './errors.js'
import type {Machine} from './kernel/machine.js'
import {which} from './which.js'

/** @throws MachineError, with the line to type, if this user may not trace. */
export function requirePrivileges(machine: Machine): void {
  if (machine.uid === 0 || (machine.can('CAP_BPF') && machine.can('CAP_PERFMON'))) return
  throw new MachineError(`tracing the kernel needs root, and this is user ${machine.uid}`, {
    hint: `type this: ${asRoot(commandLine())}`,
  })
}

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
