import {s64, u64} from '../../../program/ctype.js'
import {isSince} from '../context.js'
import {Mistake, unsupported} from '../mistake.js'
import type {Expression, Statement} from '../syntax/ast.js'
import {aggregate, assignedAggregation} from './aggregations.js'
import type {Checker} from './checker.js'
import {convert} from './numbers.js'
import {binary, condition} from './operators.js'
import {NothingAssigned, type ProgramMap} from './maps.js'
import {callAction} from './outputs.js'
import {followedRounds} from './ranges.js'
import {fromC, isSame, joined, named, type Type} from './type.js'
import type {Action, Value} from './tree.js'
import {typeOf} from './typenames.js'

/** How often a loop may be written out. */
const mostUnrolled = 100

/** The statements of a block. One that needs a type that is not known yet is left for the next round. */
export function checkBody(checker: Checker, statements: readonly Statement[]): Action[] {
  return statements.flatMap((statement) => checker.attempt(() => checkStatement(checker, statement)) ?? [])
}

function checkStatement(checker: Checker, of: Statement): Action | Action[] {
  const {place} = of
  switch (of.kind) {
    case 'expression':
      if (of.of.kind === 'call') {
        const action = callAction(checker, of.of)
        if (action !== undefined) return action
      }
      if (of.of.kind === 'choice') return checkStatement(checker, alternative(of.of))
      return {op: 'evaluate', value: checker.value(of.of), place}
    case 'assignment':
      return assignment(checker, of)
    case 'let':
      return declaration(checker, of)
    case 'block':
      return {op: 'block', body: checker.scope.within(() => checkBody(checker, of.body)), place}
    case 'if': {
      // Types in the branches may be what the condition waits for.
      const chosen = checker.attempt(() => condition(checker, of.condition))
      const [then, otherwise] = [of.then, of.otherwise].map((body) =>
        checker.scope.maybe(() => checkBody(checker, body)),
      )
      if (chosen === undefined) return []
      return {op: 'if', condition: chosen, then: then ?? [], otherwise: otherwise ?? [], place}
    }
    case 'while': {
      const again = checker.attempt(() => condition(checker, of.condition))
      const body = checker.scope.maybe(() => inLoop(checker, () => checkBody(checker, of.body)))
      return again === undefined ? [] : {op: 'while', condition: again, body, place}
    }
    case 'unroll': {
      const times = checker.value(of.times)
      if (times.op !== 'constant' || times.value < 1n || times.value > mostUnrolled)
        throw new Mistake(`a block can be unrolled 1 to ${mostUnrolled} times`, of.times.place)
      const body = checker.scope.maybe(() => inLoop(checker, () => checkBody(checker, of.body)))
      return {op: 'unroll', times: Number(times.value), body, place}
    }
    case 'for':
      return loop(checker, of)
    case 'return':
      if (of.value === undefined) return {op: 'return', place}
      return [
        {op: 'evaluate', value: checker.value(of.value), place},
        {op: 'return', place},
      ]
    case 'break':
    case 'continue':
      if (checker.loops === 0) throw new Mistake(`${of.kind} is for loops`, place)
      return {op: of.kind, place}
  }
}

/** `condition ? call() : call();` where nobody asks for a value, which the calls need not have. */
function alternative({condition, then, otherwise, place}: Expression & {kind: 'choice'}): Statement {
  const [yes, no] = [then, otherwise].map((of): Statement => ({kind: 'expression', of, place: of.place}))
  return {kind: 'if', condition, then: yes ? [yes] : [], otherwise: no ? [no] : [], place}
}

/** @param rounds how many the verifier follows one by one, of a range */
function inLoop<T>(checker: Checker, run: () => T, rounds = 1): T {
  const around = checker.rounds
  checker.rounds *= rounds
  checker.loops++
  try {
    return run()
  } finally {
    checker.loops--
    checker.rounds = around
  }
}

function assignment(checker: Checker, of: Statement & {kind: 'assignment'}): Action {
  const {target, operator, place} = of
  if (
    target.kind === 'map' &&
    of.value.kind === 'call' &&
    operator === undefined &&
    !checker.world.macros.has(of.value.name)
  ) {
    const into = assignedAggregation(checker, of.value)
    if (into !== undefined) return aggregate(checker, target, into, place)
  }
  if (operator !== undefined) {
    const changed = checker.changed(target)
    const old: Value =
      changed.kind === 'variable'
        ? {op: 'variable', variable: changed.variable, type: changed.type, place: target.place}
        : {op: 'map', map: changed.map, key: changed.key, type: changed.type, place: target.place}
    const value = binary(checker, operator, old, checker.value(of.value), place)
    if (changed.kind === 'variable') return setVariable(checker, changed.variable.name, value, of)
    checker.world.maps.value(changed.map, value.type, place)
    return {
      op: 'setMap',
      map: changed.map,
      key: changed.key,
      value: convert(value, changed.map.value ?? value.type, place),
      place,
    }
  }
  const value = checker.value(of.value)
  if (target.kind === 'map') {
    const map = checker.map(target.name)
    const key = checker.key(map, target.key, place)
    checker.world.maps.value(map, value.type, place)
    return {op: 'setMap', map, key, value, place}
  }
  const given = checker.substitutes.get(`$${target.name}`)
  if (given?.kind === 'variable') return checker.outside(() => setVariable(checker, given.name, value, of))
  return setVariable(checker, target.name, value, of)
}

function setVariable(checker: Checker, name: string, value: Value, {place}: Statement): Action {
  const variable = checker.scope.assign(name, value.type)
  if (variable === undefined) {
    const other = checker.scope.find(name)
    throw new Mistake(
      `$${name} holds ${other ? named(other.type) : 'something else'}, and cannot hold ${named(value.type)} as well`,
      place,
    )
  }
  return {op: 'set', variable, value, place}
}

function declaration(checker: Checker, of: Statement & {kind: 'let'}): Action | Action[] {
  const {name, place} = of
  const wanted =
    of.type && fromC(typeOf(of.type, checker.world.types), checker.probe.space, checker.world.types)
  if (of.type !== undefined && wanted === undefined)
    throw unsupported('a variable of this type', of.type.place)
  if (of.value === undefined) {
    if (wanted === undefined) checker.scope.announce(name)
    else checker.scope.declare(name, wanted).zeroed = true
    return []
  }
  const value = checker.value(of.value)
  const type: Type = wanted ?? value.type
  if (joined(type, value.type) === undefined)
    throw new Mistake(`$${name} is ${named(type)}, and cannot hold ${named(value.type)}`, place)
  const variable = checker.scope.declare(name, type)
  return {op: 'set', variable, value: isSame(type, value.type) ? value : convert(value, type, place), place}
}

function loop(checker: Checker, of: Statement & {kind: 'for'}): Action {
  const {over, place} = of
  if (over.kind === 'range') {
    const [from, to] = [checker.value(over.from), checker.value(over.to)]
    const type = joined(from.type, to.type)
    if (type?.kind !== 'int') throw new Mistake('a range goes from a number to a number', place)
    const followed = followedRounds(checker, from, to, place)
    return checker.scope.maybe(() => {
      const variable = checker.scope.declare(of.variable, type)
      const body = inLoop(checker, () => checkBody(checker, of.body), followed)
      return {op: 'range', variable, from, to, called: followed === undefined, body, place}
    })
  }
  if (over.kind === 'variable' || over.key !== undefined)
    throw new Mistake('a loop goes over a map (@name) or a range', place)
  return mapLoop(checker, of, checker.map(over.name))
}

/** `for ($kv : @map)`: the variable is the key and the value of each. */
function mapLoop(checker: Checker, of: Statement & {kind: 'for'}, map: ProgramMap): Action {
  const {place} = of
  if (!isSince(checker.world.context, [5, 13]))
    throw unsupported('a loop over a map before Linux 5.13', place)
  const {key, use} = map
  if (use === undefined || key === undefined) throw new NothingAssigned(map, place)
  if (key.length === 0) throw new Mistake(`${map.name} has no keys`, place)
  if (use.kind === 'hist' || use.kind === 'lhist') throw new Mistake(`${map.name} is a histogram`, place)
  const value: Type = map.value ?? ('signed' in use && use.signed ? s64 : u64)
  const [only, ...more] = key
  const keyType: Type = only !== undefined && more.length === 0 ? only : {kind: 'tuple', parts: key}
  return checker.scope.maybe(() => {
    const variable = checker.scope.declare(of.variable, {kind: 'tuple', parts: [keyType, value]})
    const body = inLoop(checker, () => checkBody(checker, of.body))
    return {op: 'each', variable, map, body, place}
  })
}
