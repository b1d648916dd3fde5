import {didYouMean} from '../../../program/slip.js'
import type {CompileContext} from '../context.js'
import {Mistake} from '../mistake.js'
import type {ObjectFile} from '../object.js'
import type {Setting} from '../syntax/ast.js'
import type {StackForm} from './type.js'

/** What the program and the context together say of sizes and forms. */
export interface Settings {
  readonly textRoom: number
  readonly mapKeys: number
  readonly stackForm: StackForm
  readonly missingProbes: ObjectFile['missingProbes']
  /** All that the program sets, for the runtime. */
  readonly given: Readonly<Record<string, string | number>>
}

/** bpftrace's settings, without the `bpftrace_` that the names may begin with. */
const known = new Set([
  ...['cache_user_symbols', 'cpp_demangle', 'lazy_symbolication', 'license', 'log_size', 'max_ast_nodes'],
  ...[
    'max_bpf_progs',
    'max_cat_bytes',
    'max_map_keys',
    'max_probes',
    'max_strlen',
    'max_type_res_iterations',
  ],
  ...[
    'missing_probes',
    'on_stack_limit',
    'perf_rb_pages',
    'print_maps_on_exit',
    'show_debug_info',
    'stack_mode',
  ],
  ...['str_trunc_trailer', 'symbol_source', 'unstable_import', 'unstable_macro', 'unstable_map_decl'],
  ...['unstable_tseries', 'use_blazesym', 'verbose', 'debug_output'],
])

/** @throws Mistake for a setting that bpftrace does not have, or a value that it cannot have */
export function settingsOf(settings: readonly Setting[], context: CompileContext): Settings {
  const given: Record<string, string | number> = {}
  const places = new Map<string, Setting['place']>()
  for (const {name, value, place} of settings) {
    const plain = name.toLowerCase().replace(/^bpftrace_/, '')
    if (!known.has(plain)) throw new Mistake(`there is no setting ${name}`, place, didYouMean(plain, known))
    given[plain] = value
    places.set(plain, place)
  }
  const fail = (name: string, wanted: string): never => {
    throw new Mistake(`${name} is ${wanted}`, places.get(name) ?? {from: 0, to: 1})
  }
  const number = (name: string, usual: number, most: number): number => {
    const value = given[name] ?? usual
    if (typeof value !== 'number' || value < 1 || value > most) return fail(name, `a number up to ${most}`)
    return value
  }
  const choice = <T extends string>(name: string, usual: T, all: readonly T[]): T => {
    const value = given[name] ?? usual
    return all.find((each) => each === value) ?? fail(name, `one of ${all.join(', ')}`)
  }
  return {
    // A program that has no texts may come without room for any.
    textRoom: number('max_strlen', Math.max(1, context.textRoom), 1 << 14),
    mapKeys: number('max_map_keys', context.mapKeys, 1 << 26),
    stackForm: choice('stack_mode', 'bpftrace', ['bpftrace', 'perf', 'raw']),
    missingProbes: choice('missing_probes', 'error', ['error', 'warn', 'ignore']),
    given,
  }
}
