import {Mistake, unsupported} from '../mistake.js'
import type {Expression} from '../syntax/ast.js'
import type {Checker} from './checker.js'
import {deletion} from './deletion.js'
import {checkFormat} from './formats.js'
import {arity, type Call, given, literalNumber, literalText} from './arguments.js'
import {NothingAssigned, type ProgramMap} from './maps.js'
import {asNumber} from './numbers.js'
import {asPointer} from './operators.js'
import type {Action, Value} from './tree.js'

type ActionFunction = (checker: Checker, call: Call) => Action

/** What a call does that has no value; undefined if it has one. */
export function callAction(checker: Checker, call: Call): Action | undefined {
  if (checker.world.macros.has(call.name)) return undefined
  return actions[call.name]?.(checker, call)
}

const formatted =
  (kind: 'printf' | 'errorf' | 'warnf' | 'debugf' | 'cat' | 'system'): ActionFunction =>
  (checker, call) => {
    if (kind === 'system') checker.world.unsafe.add('system()')
    const format = literalText(checker, call, 0)
    const parts = call.args.slice(1).map((each) => checker.value(each))
    checkFormat(call, format, parts)
    const {place} = call
    const value: Value = {
      op: 'tuple',
      parts,
      type: {kind: 'tuple', parts: parts.map(({type}) => type)},
      place,
    }
    return {op: 'emit', record: {kind, format}, value, place}
  }

const onMap =
  (kind: 'clear' | 'zero'): ActionFunction =>
  (checker, call) => {
    arity(call, 1)
    return {op: 'emit', record: {kind}, map: wholeMap(checker, call), place: call.place}
  }

const actions: Readonly<Record<string, ActionFunction>> = {
  printf: formatted('printf'),
  errorf: formatted('errorf'),
  warnf: formatted('warnf'),
  debugf: formatted('debugf'),
  cat: formatted('cat'),
  system: formatted('system'),
  clear: onMap('clear'),
  zero: onMap('zero'),
  print(checker, call) {
    arity(call, 1, 3)
    const {place} = call
    const [of] = call.args
    if (of?.kind === 'map' && isWhole(checker, of)) {
      const [top, divisor] = [1, 2].map((index) =>
        call.args[index] === undefined ? undefined : Number(literalNumber(checker, call, index)),
      )
      const record = {kind: 'print', ...(top && {top}), ...(divisor && {divisor})} as const
      return {op: 'emit', record, map: wholeMap(checker, call), place}
    }
    arity(call, 1)
    return {op: 'emit', record: {kind: 'value'}, value: checker.value(given(call, 0)), place}
  },
  time(checker, call) {
    arity(call, 0, 1)
    const format = call.args.length > 0 ? literalText(checker, call, 0) : '%H:%M:%S\n'
    return {op: 'emit', record: {kind: 'time', format}, place: call.place}
  },
  exit(checker, call) {
    arity(call, 0, 1)
    const value = call.args.length > 0 ? {value: asNumber(checker.value(given(call, 0)))} : {}
    return {op: 'emit', record: {kind: 'exit'}, ...value, place: call.place}
  },
  join(checker, call) {
    arity(call, 1, 2)
    const separator = call.args.length > 1 ? literalText(checker, call, 1) : ' '
    const address = asPointer(checker, checker.value(given(call, 0)))
    return {op: 'join', address, separator, place: call.place}
  },
  delete(checker, call) {
    return {op: 'delete', ...deletion(checker, call), place: call.place}
  },
  override(_, call) {
    throw unsupported('override()', call.place)
  },
}

/** Whether `@map` without a key means the map as a whole: it has keys, or it is no plain value. */
function isWhole(checker: Checker, of: Expression & {kind: 'map'}): boolean {
  return of.key === undefined && checker.map(of.name).name !== ''
}

function wholeMap(checker: Checker, call: Call): ProgramMap {
  const of = given(call, 0)
  if (of.kind !== 'map' || of.key !== undefined)
    throw new Mistake(`${call.name}() wants a map (@name)`, of.place)
  const map = checker.map(of.name)
  if (map.use === undefined) throw new NothingAssigned(map, of.place)
  return map
}
