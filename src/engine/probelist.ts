import {MachineError} from './errors.js'
import type {ListedProbe} from './backend/embedded/probes/list.js'
import {Machine} from './kernel/machine.js'
import {FileOutput} from './render/fileoutput.js'
import {Output} from './render/output.js'
import type {Words} from './words.js'

export interface ListRequest {
  /** `kprobe:vfs_*`, `*open*`; all probes if it is not there. */
  readonly pattern: string | undefined
  /** Whether the arguments of each are shown, too. */
  readonly details: boolean
  /** The file that is written instead of stdout. */
  readonly output: string | undefined
  readonly words: Words
}

/** Prints the probes that this machine has, a line for each. @throws MachineError if there are none */
export async function listProbes({pattern = '*', details, output: file, words}: ListRequest): Promise<void> {
  const machine = new Machine()
  const [{machineContext}, {kindsOf, probesOfKind}] = await Promise.all([
    import('./backend/embedded/machinecontext.js'),
    import('./backend/embedded/probes/list.js'),
  ])
  const context = machineContext({parameters: [], now: () => 0n}, machine)
  const {kinds, named} = kindsOf(pattern)
  const found: ListedProbe[] = []
  for (const kind of kinds) {
    const why = await whyNot(kind, machine)
    if (why === undefined) for (const each of probesOfKind(kind, pattern, context)) found.push(each)
    else if (named) throw new MachineError(`there are no probes of kind ${kind}: ${why}`)
    else words.warn(`probes of kind ${kind} are left out: ${why}`)
  }
  if (found.length === 0) throw new MachineError(`no probe matches ${pattern}`)
  const output = file === undefined ? new Output() : await FileOutput.create(file)
  const text = found.map(
    (probe) =>
      `${[probe.name, ...(details ? probe.arguments().map((each) => `    ${each}`) : [])].join('\n')}\n`,
  )
  await output.write(text.join(''))
  await output.finish()
}

/** Why this kernel attaches no probes of a kind; undefined if it does. */
async function whyNot(kind: string, machine: Machine): Promise<string | undefined> {
  if (kind === 'kprobe' || kind === 'kretprobe') return reason(await machine.kprobe())
  if (kind === 'fentry' || kind === 'fexit') return reason(await machine.fentry())
  if (kind === 'iter' && !machine.btf) return 'the kernel does not describe its types (BTF)'
  return undefined
}

function reason(attempt: Awaited<ReturnType<Machine['kprobe']>>): string | undefined {
  return attempt.ok ? undefined : attempt.why
}
