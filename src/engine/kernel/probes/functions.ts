import {readFileSync} from 'node:fs'
import type {NamePattern} from '../../program/pattern.js'
import {canName} from '../../program/probe.js'
import type {Machine} from '../machine.js'
import {byPlainness, type Found, type FoundProbe, grouped, type LeftOut, sorted} from './found.js'

/** What the kernel says of its functions. */
export interface KernelLists {
  /** /proc/kallsyms: every symbol, `address type name`, then a tab and the module in brackets. */
  readonly symbols: string
  /** available_filter_functions of tracefs, `name` and perhaps the module; undefined where it may not be read. */
  readonly traceable: string | undefined
  /** /sys/kernel/debug/kprobes/blacklist: lines of `start-end`, a tab and the name. */
  readonly forbidden: string
}

interface Symbol {
  readonly address: string
  readonly name: string
}

/** What linker and compiler make beside functions: prefixes, static calls, the unlikely parts, marks of sections. */
const byproduct = /^__(pfx|cfi|SC[TK]_)_|\.cold(\.\d+)?$|^__?(\w+_)?[se]?(init)?text(_start|_end)?$/
/** BCC's list: what runs when a probe fires, and markers of the kprobe blacklist. */
const ofTracing = /^(__perf|perf_|_kbl_addr_)/
/** "Modules" of code that is made at run time. */
const generated = /^\[(bpf|__builtin__\w+)\]$/

export function readKernelLists(machine: Machine): KernelLists {
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return undefined // Not there, or locked down.
    }
  }
  return {
    symbols: read('/proc/kallsyms') ?? '',
    traceable: machine.tracefs && (read(`${machine.tracefs}/available_filter_functions`) || undefined),
    forbidden: read('/sys/kernel/debug/kprobes/blacklist') ?? '',
  }
}

const part = 'are no functions of their own'
const gone = 'run only while the kernel starts or is interrupted'

/** The functions of the kernel that a pattern matches. */
export function findFunctions(pattern: NamePattern, lists: KernelLists): Found {
  const {matches, sections} = readSymbols(pattern, lists.symbols)
  const forbidden = new Set(
    Array.from(lists.forbidden.matchAll(/^0x(\w+)-.*\t(.*)$/gm), ([, address, name]) => [
      address,
      name,
    ]).flat(),
  )
  const traceable = traceableAmong(matches, lists)
  const times = new Map<string, number>()
  for (const {name} of matches) times.set(name, (times.get(name) ?? 0) + 1)

  const lacks = ({name, address, module}: Match): string | undefined => {
    if (byproduct.test(name) || generated.test(module)) return part
    if (ofTracing.test(name)) return 'belong to tracing itself'
    if (sections.some(({from, to}) => from <= address && address < to)) return gone
    if (forbidden.has(name) || forbidden.has(address)) return "are on the kernel's list of forbidden kprobes"
    if (traceable?.has(name) === false) return 'are closed to tracing (not in available_filter_functions)'
    // The kernel refuses such a name since 6.6, and took the first of them before.
    if ((times.get(name) ?? 0) > 1) return 'have a name that several functions have'
    return canName({kind: 'kprobe', name}) ? undefined : 'have a name that a program cannot hold'
  }

  const probes: FoundProbe[] = []
  const leftOut: LeftOut[] = []
  for (const place of grouped(matches, placeOf).values()) {
    const names = place.toSorted((a, b) => byPlainness(a.name, b.name))
    const best = names.find((each) => lacks(each) === undefined)
    if (best !== undefined) {
      const address = BigInt(`0x${best.address}`)
      probes.push({
        point: {kind: 'kprobe', name: best.name},
        label: best.name,
        ...(address === 0n ? {} : {address}),
      })
    } else if (names[0] !== undefined) {
      const why = lacks(names[0]) ?? ''
      leftOut.push({name: names[0].name, why, ...(why === part || why === gone ? {callable: false} : {})})
    }
  }
  return {
    probes: sorted(probes),
    leftOut,
    known: () => functionNames(lists),
    ...(lists.traceable === undefined ? {} : {matchable: () => matchable(lists.traceable ?? '')}),
  }
}

type Match = Symbol & {readonly module: string}

/** Without the right to see addresses (CAP_SYSLOG), all are 0: then a name is its own place. */
function placeOf({address, name}: Symbol): string {
  return /[^0]/.test(address) ? address : name
}

/** The functions that match, and where the sections are whose code is gone or not to be touched. */
function readSymbols(
  pattern: NamePattern,
  symbols: string,
): {matches: Match[]; sections: {from: string; to: string}[]} {
  const bounds = new Map<string, string>()
  const matches: Match[] = []
  for (const {address, type, name, module} of lines(symbols)) {
    if (boundNames.has(name)) bounds.set(name, address)
    if (isFunction(type) && pattern.matches(name)) matches.push({address, name, module})
  }
  const sections = sectionBounds.flatMap(([start, end]) => {
    const [from, to] = [bounds.get(start), bounds.get(end)]
    return from === undefined || to === undefined ? [] : [{from, to}]
  })
  return {matches, sections}
}

/** Code that is gone after the start, and code that interrupts enter by. */
const sectionBounds = [
  ['_sinittext', '_einittext'],
  ['__irqentry_text_start', '__irqentry_text_end'],
] as const
const boundNames = new Set<string>(sectionBounds.flat())
const isFunction = (type: string): boolean => type === 't' || type === 'T' || type === 'w' || type === 'W'

/** The names among those that match which ftrace can reach, by this name or by another of the same place. */
function traceableAmong(
  matches: readonly Symbol[],
  {symbols, traceable}: KernelLists,
): ReadonlySet<string> | undefined {
  if (traceable === undefined) return undefined
  const names = new Set(traceable.split('\n').map((line) => line.split(/\s/, 1)[0] ?? ''))
  const others = matches.filter((each) => !names.has(each.name) && placeOf(each) === each.address)
  if (others.length === 0) return names
  const places = new Set(others.map(({address}) => address))
  const open = new Set<string>()
  for (const {address, name} of lines(symbols)) if (places.has(address) && names.has(name)) open.add(address)
  for (const {address, name} of others) if (open.has(address)) names.add(name)
  return names
}

/** What bpftrace leaves out of its wildcards (src/util/kernel.cpp): functions of RCU, and two of idle CPUs. */
const unmatchable = /^(rcu_|__ftrace_invalid_address__|(arch_cpu_idle|default_idle|bpf_dispatcher_xdp_func)$)/

function matchable(traceable: string): string[] {
  const names = traceable.split('\n').map((line) => line.split(/\s/, 1)[0] ?? '')
  return names.filter((name) => name !== '' && !unmatchable.test(name))
}

/** Cuts one line at a time: there are 200,000, of which few matter. */
function* lines(symbols: string): Generator<Match & {readonly type: string}> {
  for (let start = 0; start < symbols.length;) {
    const end = symbols.indexOf('\n', start)
    const line = symbols.slice(start, end < 0 ? undefined : end)
    start += line.length + 1
    const space = line.indexOf(' ')
    const tab = line.indexOf('\t')
    yield {
      address: line.slice(0, space),
      type: line.charAt(space + 1),
      name: line.slice(space + 3, tab < 0 ? undefined : tab),
      module: tab < 0 ? '' : line.slice(tab + 1),
    }
  }
}

/** The names of all functions, those that cannot be traced included. */
export function* functionNames({symbols}: KernelLists): Generator<string> {
  for (const {type, name} of lines(symbols)) if (isFunction(type) && !byproduct.test(name)) yield name
}
