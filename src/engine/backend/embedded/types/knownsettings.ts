import type {CompileContext} from '../context.js'

/** What a setting can be. */
export type Takes =
  'text' | 'yes or no' | {readonly from: number; readonly to: number} | {readonly oneOf: readonly string[]}

interface Known {
  /** Missing for those whose values are not looked at. */
  readonly takes?: Takes
  /** Why the setting does nothing here, for those of which someone could expect that it does. */
  readonly noEffect?: (value: string | number | boolean) => string | undefined
}

/** About how bpftrace itself works, from which no program can tell: accepted, and nothing is said. */
const ownWorkings: Known = {}

/** bpftrace's settings, without the `bpftrace_` that the names may begin with, and what is done about each. */
export const knownSettings: Readonly<Record<string, Known>> = {
  // These have their effect.
  cpp_demangle: {takes: 'yes or no'},
  max_cat_bytes: {takes: {from: 0, to: 1 << 30}},
  max_map_keys: {takes: {from: 1, to: 1 << 26}},
  max_probes: {takes: {from: 0, to: 1 << 30}},
  max_strlen: {takes: {from: 1, to: 1 << 14}},
  missing_probes: {takes: {oneOf: ['error', 'warn', 'ignore']}},
  perf_rb_pages: {takes: {from: 1, to: 1 << 19}},
  print_maps_on_exit: {takes: 'yes or no'},
  stack_mode: {takes: {oneOf: ['bpftrace', 'perf', 'raw']}},
  str_trunc_trailer: {takes: 'text'},
  // These have none, where bpftrace's are seen.
  license: {
    noEffect: (value) => (value === 'GPL' ? undefined : 'what is loaded into the kernel has the license GPL'),
  },
  probe_inline: {
    takes: 'yes or no',
    noEffect: (value) => (value === true ? 'calls that were inlined have no probes' : undefined),
  },
  symbol_source: {
    noEffect: (value) => (value === 'dwarf' ? 'functions are looked for in the table of symbols' : undefined),
  },
  cache_user_symbols: ownWorkings,
  lazy_symbolication: ownWorkings,
  log_size: ownWorkings,
  max_bpf_progs: ownWorkings,
  max_type_res_iterations: ownWorkings,
  on_stack_limit: ownWorkings,
  show_debug_info: ownWorkings,
  use_blazesym: ownWorkings,
  // What they allow is there or not, whatever they say.
  unstable_addr: ownWorkings,
  unstable_import: ownWorkings,
  unstable_import_statement: ownWorkings,
  unstable_macro: ownWorkings,
  unstable_map_decl: ownWorkings,
  unstable_tseries: ownWorkings,
  unstable_typeinfo: ownWorkings,
}

/** Variables of the environment that programs cannot set; only bpftrace heeds them. */
export const environmentOnly: readonly string[] = [
  ...[
    'btf',
    'color',
    'debug_output',
    'kernel_build',
    'kernel_source',
    'max_ast_nodes',
    'verify_llvm_ir',
    'vmlinux',
  ],
]

/** What the variables were called up to 0.19, and what their values mean. */
const formerNames: Readonly<Record<string, readonly [name: string, value?: (former: string) => string]>> = {
  BPFTRACE_CAT_BYTES_MAX: ['max_cat_bytes'],
  BPFTRACE_MAP_KEYS_MAX: ['max_map_keys'],
  BPFTRACE_NO_CPP_DEMANGLE: ['cpp_demangle', (former) => (former === '1' ? '0' : '1')],
  BPFTRACE_STRLEN: ['max_strlen'],
}

/** The settings of an environment. */
export function settingsOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): CompileContext['overrides'] {
  const former = Object.entries(formerNames).flatMap(([by, [name, meaning]]) => {
    const value = environment[by]
    return value === undefined ? [] : [{name, value: meaning?.(value) ?? value, by}]
  })
  const current = Object.keys(knownSettings).flatMap((name) => {
    const by = `BPFTRACE_${name.toUpperCase()}`
    const value = environment[by]
    return value === undefined ? [] : [{name, value, by}]
  })
  return [...former, ...current]
}
