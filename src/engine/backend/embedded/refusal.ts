import {readFileSync} from 'node:fs'
import {MachineError, type TstraceError} from '../../errors.js'
import {errorName} from '../../kernel/errno.js'
import {grouped} from '../../kernel/probes/found.js'
import type {Capability, Machine} from '../../kernel/machine.js'
import type {Refusal} from './loaded.js'

/** The capabilities that loading and attaching programs takes (capabilities(7)); CAP_SYS_ADMIN stands for both. */
const needed: readonly Capability[] = ['CAP_BPF', 'CAP_PERFMON']

/** Whether an error number says that this process may not. */
export function isDenied(result: number): boolean {
  return ['EPERM', 'EACCES'].includes(errorName(-result) ?? '')
}

/**
 * The error for something the kernel did not do.
 * @param tried such as `create the map counts`
 * @param result minus the error number
 * @param hint what else than the privileges may be the reason
 */
export function refused(machine: Machine, tried: string, result: number, hint?: string): TstraceError {
  const name = errorName(-result) ?? '?'
  const denied = isDenied(result)
  const told = denied ? deniedHint(machine) : hint
  return new MachineError(
    denied ? `this user may not ${tried} (${name})` : `the kernel did not ${tried} (${name})`,
    told === undefined ? {} : {hint: told},
  )
}

/** What keeps this process from tracing. */
function deniedHint(machine: Machine): string {
  const missing = machine.can('CAP_SYS_ADMIN') ? [] : needed.filter((capability) => !machine.can(capability))
  if (missing.length > 0)
    return `it takes ${missing.join(' and ')}: run tstrace as root, or with these capabilities (in a container, grant them to it)`
  const paranoid = perfEventParanoid()
  if (!machine.can('CAP_SYS_ADMIN') && paranoid !== undefined && paranoid > 2)
    return `with kernel.perf_event_paranoid at ${paranoid}, kernels of Debian and Ubuntu want CAP_SYS_ADMIN: \`sysctl kernel.perf_event_paranoid=2\`, or run tstrace as root`
  const mode = machine.lockdown
  if (mode !== undefined && mode !== 'none')
    return `the kernel is locked down (${mode}), which no privilege overrules; \`tstrace doctor\` shows what is left`
  const sandbox =
    'a sandbox (seccomp, a container, LSM rules) refuses it, or this kernel was built without it'
  return machine.can('CAP_SYS_RESOURCE') || lockedMemoryIsUnlimited()
    ? `all privileges are there: ${sandbox}`
    : `before Linux 5.11 this counts as locked memory: raise the limit (\`ulimit -l unlimited\`) or add CAP_SYS_RESOURCE; else ${sandbox}`
}

/** Whether this process may lock as much memory as it likes; kernels before 5.11 count maps and programs as such. */
function lockedMemoryIsUnlimited(): boolean {
  return /^Max locked memory +unlimited /m.test(readFileSync('/proc/self/limits', 'utf8'))
}

/** How much of performance events others than root may use; above 2 is an addition of some distributions. */
function perfEventParanoid(): number | undefined {
  try {
    return Number(readFileSync('/proc/sys/kernel/perf_event_paranoid', 'utf8'))
  } catch {
    return undefined
  }
}

/** So many probes are named for one reason; who needs them all can narrow the pattern. */
const mostNamed = 10

/** A line for each reason why probes are not attached, with the names. */
export function refusalLines(refused: readonly Refusal[]): string[] {
  return [...grouped(refused, ({why}) => why)].map(([why, of]) => {
    const names = of.slice(0, mostNamed).map(({probe}) => probe)
    const more = of.length > mostNamed ? ` and ${of.length - mostNamed} more` : ''
    return `not attached, because ${why}: ${names.join(', ')}${more}`
  })
}
