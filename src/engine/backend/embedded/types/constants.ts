import {s64} from '../../../program/ctype.js'
import type {Expression, Program} from '../syntax/ast.js'
import {fold, isArithmetic} from './fold.js'
import {wellKnown} from './wellknown.js'

/** Constants that refer to each other in a circle end here. */
const deepest = 1000

/** What is computed of numbers and constants alone; undefined for all else. */
export function constantValue(of: Expression, all: Program['constants'], depth = 0): bigint | undefined {
  const part = (each: Expression): bigint | undefined => constantValue(each, all, depth + 1)
  if (depth > deepest) return undefined
  if (of.kind === 'number') return of.value
  if (of.kind === 'name') {
    const known = all.get(of.name)
    return known === undefined ? wellKnown(of.name) : part(known)
  }
  if (of.kind === 'unary') {
    const value = part(of.of)
    if (value === undefined) return undefined
    return {
      '-': -value,
      '~': ~value,
      '+': value,
      '!': value === 0n ? 1n : 0n,
      '*': undefined,
      '&': undefined,
    }[of.operator]
  }
  if (of.kind !== 'binary' || !isArithmetic(of.operator)) return undefined
  const [left, right] = [part(of.left), part(of.right)]
  return left === undefined || right === undefined ? undefined : fold(of.operator, left, right, s64)
}
