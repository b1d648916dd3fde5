import {BugError} from '../errors.js'
import {all, type Bt} from './bt.js'
import {Probe} from './probe.js'

/** Probes + filter + action: one block of a bpftrace program. */
export interface Clause {
  /**
   * Attach points as bpftrace spells them: `tracepoint:syscalls:sys_enter_open`, `BEGIN`; those that a user chose
   * are made with `probe()`.
   */
  readonly probes: readonly (string | Probe)[]
  /** Conditions that must all hold; evaluated in the kernel. */
  readonly when?: readonly (Bt | false | undefined)[]
  readonly body: Bt
}

/** The names of fentry and fexit before 0.20; every version so far still takes them. */
const portable: Record<string, string> = {fentry: 'kfunc', fexit: 'kretfunc'}

/** Attach points that a tool's author may write; those that a user chose are a `Probe`. */
const probeForm = /^(BEGIN|END|[a-z]+:[\w.:-]+)$/

/** The text of one clause, indented with tabs as bpftrace's own tools are. */
export function clauseText({probes, when = [], body}: Clause): string {
  for (const probe of probes) {
    if (!(probe instanceof Probe) && !probeForm.test(probe))
      throw new BugError(`'${probe}' is not an attach point a tool may name`)
  }
  const condition = all(when).toString()
  const filter = condition === '' ? '' : `\n/${condition}/`
  const lines = body
    .toString()
    .split('\n')
    .map((line) => '\t' + line.replace(/^( {2})+/, (spaces) => '\t'.repeat(spaces.length / 2)))
  const points = probes.map((probe) => probe.toString().replace(/^\w+/, (kind) => portable[kind] ?? kind))
  return `${points.join(',\n')}${filter}\n{\n${lines.join('\n')}\n}\n`
}
