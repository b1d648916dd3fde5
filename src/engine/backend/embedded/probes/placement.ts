import {NotAllowedError} from '../../../errors.js'
import type {CompileContext, UserPlace} from '../context.js'
import type {ProbeName} from '../syntax/ast.js'

const spoils = 'would make programs crash or compute nonsense'

/**
 * Refuses a probe where it would harm the programs that come by.
 * @param path the file
 * @param place what the program names: a function, or an address as a number
 * @param by how many bytes behind it the probe is
 * @throws NotAllowedError unless the user allows that, or it is known to do no harm
 */
export function requireHarmless(
  kind: 'uprobe' | 'uretprobe',
  {text}: ProbeName,
  path: string,
  place: UserPlace,
  by: number,
  {standing, unsafe}: CompileContext,
): void {
  if (unsafe) return
  const there = standing(path, place.offset + by)
  if (there.kind === 'function' || (there.kind === 'instruction' && kind === 'uprobe')) return
  const here = `${spelled(place, by)} of ${path}`
  const refuse = (what: string, hint: string): never => {
    throw new NotAllowedError(`cannot attach ${text}: ${what}`, {hint})
  }
  // It takes what is on top of the stack for the address to return to.
  if (kind === 'uretprobe' && there.kind !== 'unknown')
    refuse(
      `no function begins at ${here}; a ${kind} there ${spoils}`,
      'name a function alone; if you know better, allow it with --unsafe',
    )
  if (there.kind === 'middle') {
    const [begins, next] = [there.begins, there.next].map((each) => spelled(place, each - place.offset))
    refuse(
      `${here} is in the middle of an instruction, which begins at ${begins}; a ${kind} there ${spoils}`,
      `instructions begin at ${begins} and ${next}; if you know better, allow it with --unsafe`,
    )
  }
  if (there.kind === 'misexecuted')
    refuse(
      `kernels were seen to execute the instruction at ${here} wrongly for a probe: programs crashed`,
      'choose another instruction; if you know better, allow it with --unsafe',
    )
  const [unit, wrong] =
    kind === 'uretprobe' ? ['a function begins', 'elsewhere'] : ['an instruction begins', 'inside one']
  refuse(
    `nothing tells whether ${unit} at ${here}; a ${kind} ${wrong} ${spoils}`,
    'if you know that one does, allow it with --unsafe',
  )
}

/** A place near another as a program names it. */
function spelled({name}: UserPlace, by: number): string {
  if (isAddress(name)) return `0x${(Number(name) + by).toString(16)}`
  return by === 0 ? name : `${name}+${by}`
}

/** Whether what stands in the place of a function is an address of the file. */
export function isAddress(name: string): boolean {
  return /^(0x[\da-fA-F]+|\d+)$/.test(name)
}
