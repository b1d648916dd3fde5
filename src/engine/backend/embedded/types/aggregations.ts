import {Mistake, type Place, unsupported} from '../mistake.js'
import type {Expression} from '../syntax/ast.js'
import type {Checker} from './checker.js'
import {arity, type Call, given, literalNumber} from './arguments.js'
import {aggregations} from './functions.js'
import {asNumber} from './numbers.js'
import type {Action, Aggregation, Value} from './tree.js'

/** Most of the buckets of a linear histogram, as in bpftrace. */
const mostSteps = 1000

/** What `@map = f(...)` counts; undefined if f is another function. */
export function assignedAggregation(checker: Checker, call: Call): Aggregation | undefined {
  const {name, place} = call
  if (!aggregations.has(name)) return undefined
  const value = (): Value => asNumber(checker.value(given(call, 0)))
  switch (name) {
    case 'count':
      arity(call, 0)
      return {kind: 'count'}
    case 'sum':
    case 'min':
    case 'max':
    case 'avg':
    case 'stats':
      arity(call, 1)
      return {kind: name, value: value()}
    case 'hist': {
      arity(call, 1, 2)
      const bits = call.args.length > 1 ? Number(literalNumber(checker, call, 1)) : 0
      if (bits < 0 || bits > 5) throw new Mistake('hist() takes 0 to 5 bits', place)
      return {kind: 'hist', value: value(), bits}
    }
    case 'lhist': {
      arity(call, 4)
      const [min = 0n, max = 0n, step = 0n] = [1, 2, 3].map((index) => literalNumber(checker, call, index))
      if (step <= 0n) throw new Mistake('the step of lhist() is above 0', place)
      if (min > max) throw new Mistake('lhist() goes from the least to the most', place)
      if (min < 0n) throw new Mistake('lhist() begins at 0 or above', place)
      if ((max - min) / step > mostSteps) throw new Mistake(`lhist() has at most ${mostSteps} steps`, place)
      return {kind: 'lhist', value: value(), min, max, step}
    }
    case 'tseries':
      throw unsupported('tseries()', place)
  }
  return undefined
}

export function aggregate(
  checker: Checker,
  target: Expression & {kind: 'map'},
  into: Aggregation,
  place: Place,
): Action {
  const {maps} = checker.world
  const map = checker.map(target.name)
  const key = checker.key(map, target.key, place)
  switch (into.kind) {
    case 'count':
      maps.use(map, {kind: 'count'}, place)
      break
    case 'hist':
      maps.use(map, {kind: 'hist', bits: into.bits}, place)
      break
    case 'lhist':
      maps.use(map, {kind: 'lhist', min: into.min, max: into.max, step: into.step}, place)
      break
    default: {
      const {type} = into.value
      const signed = type.kind === 'int' && (type.signed || type.literal === true)
      maps.use(map, {kind: into.kind, signed}, place)
    }
  }
  return {op: 'aggregate', map, key, into, place}
}
