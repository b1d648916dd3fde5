import {Mistake} from '../mistake.js'
import type {Expression} from '../syntax/ast.js'
import type {Checker} from './checker.js'
import {asNumber} from './numbers.js'
import type {Value} from './tree.js'

export type Call = Expression & {readonly kind: 'call'}
export type ValueFunction = (checker: Checker, call: Call) => Value

/** The given number of arguments. */
export function arity(call: Call, least: number, most = least): void {
  const count = call.args.length
  if (count >= least && count <= most) return
  const wanted = least === most ? `${least}` : `${least} to ${most}`
  throw new Mistake(
    `${call.name}() takes ${wanted} ${wanted === '1' ? 'value' : 'values'}, not ${count}`,
    call.place,
  )
}

/** An argument that must be there, by its place. */
export function given(call: Call, index: number): Expression {
  const found = call.args[index]
  if (found === undefined) throw new Mistake(`${call.name}() lacks a value`, call.place)
  return found
}

/** An argument that must be a text in the program. */
export function literalText(checker: Checker, call: Call, index: number): string {
  const value = checker.value(given(call, index))
  if (value.op !== 'literal')
    throw new Mistake(`${call.name}() wants a text in quotes here`, given(call, index).place)
  return value.bytes.toString()
}

/** An argument that must be a number known beforehand. */
export function literalNumber(checker: Checker, call: Call, index: number): bigint {
  const value = asNumber(checker.value(given(call, index)))
  if (value.op !== 'constant')
    throw new Mistake(`${call.name}() wants a number here that is known beforehand`, given(call, index).place)
  return value.value
}
