import {UsageError} from '../../../errors.js'
import {didYouMean} from '../../../program/slip.js'
import {type CompileContext, ringBytes} from '../context.js'
import {Mistake, type Place} from '../mistake.js'
import type {ObjectFile} from '../object.js'
import type {Setting} from '../syntax/ast.js'
import {environmentOnly, knownSettings, type Takes} from './knownsettings.js'
import type {StackForm} from './type.js'

/** What the program, the environment and the context together say of sizes and forms. */
export interface Settings {
  readonly textRoom: number
  readonly mapKeys: number
  readonly stackForm: StackForm
  readonly missingProbes: ObjectFile['missingProbes']
  readonly ringBytes: number
  /** How many probes the program may have, if anyone says so. */
  readonly mostProbes: number | undefined
  readonly printing: ObjectFile['printing']
  /** What is set and has no effect here. */
  readonly warnings: readonly {readonly text: string; readonly place: Place | undefined}[]
}

type Value = string | number | boolean

/** The settings that have an effect; `knownSettings` says the same of what they take. */
interface Effective {
  readonly cpp_demangle: boolean
  readonly max_cat_bytes: number
  readonly max_map_keys: number
  readonly max_probes: number
  readonly max_strlen: number
  readonly missing_probes: ObjectFile['missingProbes']
  readonly perf_rb_pages: number
  readonly print_maps_on_exit: boolean
  readonly stack_mode: StackForm
  readonly str_trunc_trailer: string
}

/** A setting with its value, and who says so: a place of the program, or a name of the environment. */
interface Given {
  readonly value: Value
  readonly by: string
  readonly place: Place | undefined
}

/**
 * What holds for a program: its own settings, overruled by those of the environment.
 * @throws Mistake or UsageError for a setting that bpftrace does not have, or a value that it cannot have
 */
export function settingsOf(settings: readonly Setting[], context: CompileContext): Settings {
  const given = new Map<string, Given>()
  for (const {name, value, place} of settings) given.set(nameOf(name, place), {value, by: name, place})
  for (const {name, value, by} of context.overrides) given.set(name, {value, by, place: undefined})
  const values = new Map([...given].map(([name, each]) => [name, valueOf(name, each)]))
  const set: Partial<Effective> = Object.fromEntries(values)
  const {max_strlen: bytes, perf_rb_pages: pages} = set
  // A program that has no texts may come without room for any.
  const textRoom = bytes === undefined ? Math.max(1, context.textRoom) : bytes + 1
  return {
    textRoom,
    mapKeys: set.max_map_keys ?? context.mapKeys,
    stackForm: set.stack_mode ?? 'bpftrace',
    missingProbes: set.missing_probes ?? 'error',
    ringBytes: pages === undefined ? context.ringBytes : ringBytes(pages, context.pageSize),
    mostProbes: set.max_probes,
    printing: {
      mapsAtEnd: set.print_maps_on_exit ?? true,
      cut: {bytes: textRoom - 1, mark: set.str_trunc_trailer ?? '..'},
      catBytes: set.max_cat_bytes ?? 10 * 1024,
      demangles: set.cpp_demangle ?? true,
    },
    warnings: [...given].flatMap(([name, {by, place}]) => {
      const why = knownSettings[name]?.noEffect?.(values.get(name) ?? '')
      return why === undefined ? [] : [{text: `${by} has no effect here: ${why}`, place}]
    }),
  }
}

/** A setting without the `bpftrace_` that it may begin with. */
function nameOf(name: string, place: Place): string {
  const plain = name.toLowerCase().replace(/^bpftrace_/, '')
  if (knownSettings[plain] !== undefined) return plain
  if (environmentOnly.includes(plain))
    throw new Mistake(`${name} is no setting of programs, but a variable of the environment`, place)
  throw new Mistake(`there is no setting ${name}`, place, didYouMean(plain, Object.keys(knownSettings)))
}

function valueOf(name: string, {value, by, place}: Given): Value {
  const takes = knownSettings[name]?.takes
  const taken = takes === undefined ? value : takenAs(takes, value)
  if (taken !== undefined) return taken
  const message = `${by} is ${takes === undefined ? 'something else' : wanted(takes)}`
  throw place === undefined ? new UsageError(message) : new Mistake(message, place)
}

/** The value, if it is of the kind that the setting takes. */
function takenAs(takes: Takes, value: Value): Value | undefined {
  const text = value.toString()
  if (takes === 'text') return text
  if (takes === 'yes or no')
    return ['true', '1'].includes(text) ? true : ['false', '0'].includes(text) ? false : undefined
  if ('oneOf' in takes) return takes.oneOf.find((each) => each === text)
  const number = /^\d+$/.test(text) ? Number(text) : -1
  return number >= takes.from && number <= takes.to ? number : undefined
}

function wanted(takes: Takes): string {
  if (takes === 'text') return 'a text'
  if (takes === 'yes or no') return 'true or false'
  return 'oneOf' in takes ? `one of ${takes.oneOf.join(', ')}` : `a number from ${takes.from} to ${takes.to}`
}
