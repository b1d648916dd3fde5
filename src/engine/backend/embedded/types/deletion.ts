import {Mistake} from '../mistake.js'
import {arity, type Call} from './arguments.js'
import type {Checker} from './checker.js'
import type {ProgramMap} from './maps.js'
import type {Value} from './tree.js'

/** What `delete(@map[key])`, `delete(@map, key)` and `delete(@map)` mean. */
export function deletion(
  checker: Checker,
  call: Call,
): {readonly map: ProgramMap; readonly key: readonly Value[]} {
  arity(call, 1, 2)
  const {place} = call
  const [of, key] = call.args
  if (of?.kind !== 'map') throw new Mistake('delete() wants a map (@name)', place)
  if (key !== undefined && of.key !== undefined) throw new Mistake('the key is given twice', key.place)
  const map = checker.map(of.name)
  return {map, key: checker.key(map, key === undefined ? of.key : [key], place)}
}
