import {Mistake, type Place} from '../mistake.js'
import type {Expression} from '../syntax/ast.js'
import type {Checker} from './checker.js'
import {asNumber} from './numbers.js'
import type {StackForm} from './type.js'
import type {Value} from './tree.js'

/** The most frames the kernel's own limit has room for (kernel.perf_event_max_stack may be raised). */
const deepest = 1024

/** `kstack`, `ustack`, and with arguments: a form, a depth, or both. */
export function stackValue(
  checker: Checker,
  name: 'kstack' | 'ustack',
  args: readonly Expression[],
  place: Place,
): Value {
  let form: StackForm = checker.world.settings.stackForm
  let depth = checker.world.context.stackDepth
  if (args.length > 2) throw new Mistake(`${name} takes a form and a depth`, place)
  args.forEach((each) => {
    if (each.kind === 'name' && isForm(each.name)) {
      form = each.name
      return
    }
    const value = asNumber(checker.value(each))
    if (value.op !== 'constant')
      throw new Mistake('the depth of a stack must be known beforehand', each.place)
    depth = Number(value.value)
    if (depth < 1 || depth > deepest) throw new Mistake(`a stack has 1 to ${deepest} frames`, each.place)
  })
  const of = name === 'kstack' ? 'kernel' : 'user'
  return {op: 'stack', type: {kind: 'stack', of, depth, form}, place}
}

function isForm(name: string): name is StackForm {
  return name === 'bpftrace' || name === 'perf' || name === 'raw'
}
