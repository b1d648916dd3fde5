import {u64} from '../../../program/ctype.js'
import {Mistake, type Place} from '../mistake.js'
import type {Expression, Macro} from '../syntax/ast.js'
import type {Checker} from './checker.js'
import {constant} from './numbers.js'
import type {Value} from './tree.js'

const deepest = 32

/** A macro written out where it is called: its parameters are the expressions that are given. */
export function expandMacro(
  checker: Checker,
  macro: Macro,
  args: readonly Expression[],
  place: Place,
): Value {
  const {name, parameters} = macro
  if (args.length !== parameters.length)
    throw new Mistake(`the macro ${name} takes ${parameters.length} values, not ${args.length}`, place)
  if (checker.macroDepth >= deepest) throw new Mistake(`the macro ${name} calls itself without end`, place)
  const substitutes = new Map<string, Expression>()
  parameters.forEach((parameter, index) => {
    const given = args[index]
    if (given === undefined) return
    const wanted = {'@': 'map', $: 'variable', '': undefined}[parameter.sort]
    if (wanted !== undefined && given.kind !== wanted)
      throw new Mistake(`the macro ${name} wants a ${wanted} here`, given.place)
    const key = parameter.sort === '$' ? `$${parameter.name}` : parameter.name
    substitutes.set(key, resolved(checker, given))
  })
  const kept = checker.substitutes
  checker.macroDepth++
  checker.substitutes = substitutes
  try {
    return checker.scope.within(() => {
      const body = checker.body(macro.body)
      if (macro.value === undefined) {
        const value = constant(0n, u64, place)
        return {op: 'sequence', body, value, type: value.type, place}
      }
      const value = checker.value(macro.value)
      return body.length === 0 ? {...value, place} : {op: 'sequence', body, value, type: value.type, place}
    })
  } finally {
    checker.substitutes = kept
    checker.macroDepth--
  }
}

/** An argument that is itself a parameter of the macro around. */
function resolved(checker: Checker, given: Expression): Expression {
  const key =
    given.kind === 'variable'
      ? `$${given.name}`
      : given.kind === 'map' || given.kind === 'name'
        ? given.name
        : ''
  return checker.substitutes.get(key) ?? given
}
