import {Mistake} from '../mistake.js'
import type {Clause} from '../syntax/ast.js'
import {Checker} from './checker.js'
import {condition} from './operators.js'
import type {ProbeFacts} from './probe.js'
import {NothingAssigned} from './maps.js'
import {Scope} from './scope.js'
import type {Type} from './type.js'
import type {Action, Value, Variable} from './tree.js'
import type {World} from './world.js'

/** A clause as it runs for some probes, which share its code. */
export interface Unit {
  readonly probes: readonly ProbeFacts[]
  readonly variables: readonly Variable[]
  readonly predicate: Value | undefined
  readonly body: readonly Action[]
}

/** One that is looked at round by round. */
interface Draft {
  readonly clause: Clause
  readonly probes: readonly ProbeFacts[]
  readonly types: Type[]
}

/** Types grow, and a growing type can pass through few steps: more rounds than this mean that something is wrong here. */
const mostRounds = 50

/**
 * Finds out the types of a whole program: again and again, until nothing new is learned.
 * @param clauses those without probes, of which this machine has none, are left out
 */
export function check(
  world: World,
  clauses: readonly {readonly clause: Clause; readonly probes: readonly ProbeFacts[]}[],
): Unit[] {
  const isWhole = clauses.every(({probes}) => probes.length > 0)
  let drafts: Draft[] = clauses.flatMap(({clause, probes}) =>
    shared(probes).map((group) => ({clause, probes: group, types: []})),
  )
  for (let round = 0; round < mostRounds; round++) {
    const changes = {split: false, scope: false}
    const next: Draft[] = []
    const checked = drafts.flatMap((draft) => {
      const result = checkDraft(world, draft)
      const {checker} = result
      if (checker.isOwn && (draft.probes.length > 1 || draft.probes[0]?.split)) {
        changes.split = true
        const each = draft.probes.flatMap((probe) => probe.split?.() ?? [probe])
        next.push(...each.map((probe) => ({clause: draft.clause, probes: [probe], types: []})))
        return []
      }
      next.push(draft)
      changes.scope ||= checker.scope.changed
      return [result]
    })
    drafts = next
    if (world.maps.learned() || changes.split || changes.scope) continue
    const unknown = checked.flatMap(({checker}) => checker.notYetKnown)[0]
    if (unknown instanceof NothingAssigned && !isWhole) {
      world.maps.leaveEmpty(unknown.map, unknown.place)
      continue
    }
    if (unknown !== undefined) throw unknown
    return checked.map(({unit}) => unit)
  }
  throw new Mistake('the types of this program do not come to rest', {from: 0, to: 1})
}

/** Probes that can share code until it turns out to depend on them. */
function shared(probes: readonly ProbeFacts[]): (readonly ProbeFacts[])[] {
  const groups = new Map<string, ProbeFacts[]>()
  probes.forEach((probe, index) => {
    const key = probe.isOwn ? index.toString() : `${probe.kind} ${probe.programType}`
    const group = groups.get(key)
    if (group) group.push(probe)
    else groups.set(key, [probe])
  })
  return [...groups.values()]
}

function checkDraft(world: World, {clause, probes, types}: Draft): {checker: Checker; unit: Unit} {
  const [probe] = probes
  if (probe === undefined) throw new Mistake('a clause without probes', clause.place)
  const scope = new Scope(types)
  const checker = new Checker(world, probe, scope)
  let predicate: Value | undefined
  const {predicate: given} = clause
  if (given !== undefined) predicate = checker.attempt(() => condition(checker, given))
  const body = checker.body(clause.body)
  return {checker, unit: {probes, variables: scope.all, predicate, body}}
}
