import {bt, list, type Bt} from './bt.js'
import {type Clause, clauseText} from './clause.js'

/** The map in which the kernel side counts the messages it sends, so that a loss is known exactly. */
export const sentMap = '@sent'

/**
 * The numbers a run passes to its program as positional parameters, so that the text does not depend on
 * them: `$1` is the process id of tstrace, `$2` that of the traced command (0 without one), `$3` that of
 * the tracing process.
 */
export const parameters = {self: bt`$1`, command: bt`$2`, tracer: bt`$3`}

/** The process that started the running one, by the kernel's own id. */
export const parentId: Bt = bt`curtask->real_parent->tgid`

/** The same by the id that it has in a pid namespace; 0 for one outside of it, as getppid(2) has it there. */
export function parentIdIn({depth, id, address}: SeenFrom): Bt {
  const pid = bt`curtask->real_parent->group_leader->thread_pid`
  const seen = bt`((struct upid *)((uint64)${pid} + ${id}))`
  // As a number with a sign, because older bpftraces do not read larger ones.
  const isInside = bt`${pid}->level >= ${depth} && (int64)${seen}->ns == ${BigInt.asIntN(64, address)}`
  return bt`(${isInside} ? (int64)${seen}->nr : 0)`
}

/** A pid namespace: how many are around it, where in `struct pid` its ids are, and where it is itself. */
interface SeenFrom {
  readonly depth: number
  readonly id: number
  readonly address: bigint
}

/** Sends one message: a tuple, which every backend decodes to typed values, and counts it. */
export function emitMessage(tag: number, values: readonly Bt[]): Bt {
  return bt`
    @sent = count();
    print((${tag}, ${list(values)}));`
}

/** The condition that leaves out the events of tstrace and of the process that traces for it. */
export const notSelf: Bt = bt`pid != ${parameters.self} && pid != ${parameters.tracer}`

/**
 * The text of a program.
 * @param exists whether this machine has a probe; probes it lacks are left out, and clauses without any.
 *   Not asked for those that a user chose: they were found here.
 */
export function programText(
  clauses: readonly Clause[],
  exists: (probe: string) => boolean = () => true,
): string {
  return mergeSpecial(clauses)
    .map((clause) => ({
      ...clause,
      probes: clause.probes.filter((probe) => typeof probe !== 'string' || exists(probe)),
    }))
    .filter((clause) => clause.probes.length > 0)
    .map(clauseText)
    .join('\n')
}

/** bpftrace takes one BEGIN and one END; filters and the tool may each have brought theirs. */
function mergeSpecial(clauses: readonly Clause[]): readonly Clause[] {
  const isFor = (probe: string) => (clause: Clause) => clause.probes[0] === probe
  const merged = (probe: string): Clause[] => {
    const bodies = clauses.filter(isFor(probe)).map(({body}) => body)
    return bodies.length === 0 ? [] : [{probes: [probe], body: bt`${bodies}`}]
  }
  const others = clauses.filter((clause) => !isFor('BEGIN')(clause) && !isFor('END')(clause))
  return [...merged('BEGIN'), ...others, ...merged('END')]
}
