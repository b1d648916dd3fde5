import {all, bt, list, type Bt} from './bt.js'
import type {Clause} from './clause.js'
import type {KernelTypes} from './ctype.js'
import type {FieldValue} from './fields.js'
import {log2Bucket} from './log2.js'
import type {Capture, Purpose, Specifier} from './specifier.js'
import {SpecifierScope} from './scope.js'
import {Translator} from './translate.js'
import {exactly, signOf, truth} from './value.js'

/** One part of the key of a counted value, in their order. */
export type Key =
  | {
      readonly kind: 'int'
      /** How the output calls it. */
      readonly shown: string
      /** Whether it is a signed number; an unsigned one may come with a sign and is to be taken modulo 2^64. */
      readonly isSigned: boolean
    }
  /** A text; only its first `limit` bytes count, and where there are more it was cut: such keys are to be merged. */
  | {readonly kind: 'text'; readonly shown: string; readonly limit: number}
  /** The number of a bucket, see `log2Bucket`. */
  | {readonly kind: 'bucket'; readonly shown: string}

/** A specifier as a program. */
export interface Distribution {
  readonly clauses: readonly Clause[]
  /** The map with the counts. Without keys it is a single number. */
  readonly map: string
  readonly keys: readonly Key[]
  /** Bytes that bpftrace has to hold for a text, the end included; 0 where it holds none. */
  readonly textRoom: number
}

export interface DistributionOptions {
  readonly purpose: Purpose
  /** Which specifier of the run it is, so that each has maps of its own. */
  readonly index: number
  readonly types: KernelTypes | undefined
  /** The fields of the tracepoint; undefined where they are not known. */
  readonly fields: ReadonlyMap<string, FieldValue> | undefined
  /** Bytes of a text that are shown. */
  readonly stringSize: number
  /** What to attach to. A return that needs values of the entry asks for both. */
  readonly probes: (place: 'entry' | 'return') => Clause['probes']
  /** Conditions on the task, for each probe. */
  readonly where: readonly (Bt | false | undefined)[]
}

/**
 * The clauses that count what a specifier asks for.
 *
 * @throws UsageError with a caret for names that are not there and operations that make no sense
 */
export function distribution(specifier: Specifier, options: DistributionOptions): Distribution {
  const {purpose, index, where, probes, stringSize} = options
  const scope = new SpecifierScope(specifier, options)
  const translator = new Translator(scope)
  const condition = specifier.filter && translator.condition(specifier.filter)
  const early = translator.statements.list.length
  const counted =
    purpose === 'count'
      ? counts(index, specifier, translator, stringSize)
      : histogram(index, specifier, translator)

  const statements = translator.statements.list
  const atReturn = specifier.kind === 'r'
  const {saved} = scope
  // A condition that needs nothing before it goes where readers look for it.
  const isPlain = early === 0 && saved === undefined
  const filter = condition && truth(condition)
  const body = bt`
    ${statements}
    ${
      filter !== undefined && !isPlain
        ? bt`
      if (${filter}) {
        ${counted.action}
      }`
        : counted.action
    }`
  const when = [all(where), isPlain && filter]
  const main: Clause = {
    probes: probes(atReturn ? 'return' : 'entry'),
    when: saved === undefined ? when : [all(where)],
    body: saved === undefined ? body : saved.restore(body),
  }
  const clauses =
    saved === undefined ? [main] : [{probes: probes('entry'), when: [all(where)], body: saved.save}, main]
  return {clauses, map: counted.map, keys: counted.keys, textRoom: textRoom(translator, counted.keys)}
}

interface Counted {
  readonly map: string
  readonly keys: readonly Key[]
  readonly action: Bt
}

function counts(index: number, {captures}: Specifier, translator: Translator, limit: number): Counted {
  const map = `@count${index}`
  const parts = captures.map((capture) => keyOf(capture, translator, limit))
  const keys = parts.map(({key}) => key)
  if (parts.length === 0) return {map, keys, action: bt`@count${index} = count();`}
  return {map, keys, action: bt`@count${index}[${list(parts.map(({text}) => text))}] = count();`}
}

function keyOf(
  {expression, type, isText, shown}: Capture,
  translator: Translator,
  limit: number,
): {key: Key; text: Bt} {
  if (isText) return {key: {kind: 'text', shown, limit}, text: translator.text(expression, limit)}
  const isSigned = type.kind === 'int' && type.signed
  const text = exactly(translator.integer(expression, type), signOf(type))
  return {key: {kind: 'int', shown, isSigned}, text}
}

function histogram(index: number, {captures}: Specifier, translator: Translator): Counted {
  const [capture] = captures
  if (capture === undefined) throw new Error('a histogram has an expression')
  const {expression, type, shown} = capture
  const value = translator.integer(expression, type)
  const isSigned = type.kind === 'int' && type.signed
  const action = bt`
    ${log2Bucket(exactly(value, isSigned ? 'int64' : 'uint64'), isSigned)}
    @hist${index}[$bucket] = count();`
  return {map: `@hist${index}`, keys: [{kind: 'bucket', shown}], action}
}

/** Texts that are captured need room for themselves and one or two bytes, also where bpftrace needs no `str()`. */
function textRoom(translator: Translator, keys: readonly Key[]): number {
  const limits = keys.map((key) => (key.kind === 'text' ? key.limit + 3 : 0))
  return Math.max(translator.textRoom, ...limits)
}
