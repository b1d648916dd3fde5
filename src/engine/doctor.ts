import {askedEngine, enginesOf} from './backend/choose.js'
import type {Engine} from './engines.js'
import type {ToolDefinition} from './definition.js'
import {TstraceError} from './errors.js'
import type {Attempt} from './kernel/attach.js'
import {judge} from './kernel/choose.js'
import {capabilities, type Capability, Machine} from './kernel/machine.js'
import {requirePrivileges} from './privileges.js'

/** What this machine can do, and with it each tool. Printed as it is with `--json`. */
export interface Examination {
  readonly machine: {
    readonly kernel: string
    readonly architecture: string
    /** What runs programs here where nobody chooses; null if nothing can, or this user may not. */
    readonly engine: Engine | null
    readonly embedded: {readonly version: string} | {readonly problem: string}
    readonly bpftrace: {readonly version: string; readonly path: string} | {readonly problem: string}
    readonly user: number
    readonly capabilities: Readonly<Record<Capability, boolean>>
    readonly tracefs: string | null
    readonly tracefs_writable: boolean
    /** How many tracepoints there are; null where they may not be read. */
    readonly tracepoints: number | null
    readonly btf: boolean
    readonly lockdown: string | null
    readonly cgroup2: readonly string[]
    readonly bpf: Attempt
    readonly perf_events: Attempt
    readonly kprobe: Attempt
    readonly fentry: Attempt
    readonly hardware_counters: Attempt
  }
  readonly tools: readonly ToolVerdict[]
}

interface ToolVerdict {
  readonly tool: string
  /** The source it would use; null if it cannot run. */
  readonly source: string | null
  /** What keeps it from running whatever the source. */
  readonly problems: readonly string[]
  readonly sources: readonly {
    readonly source: string
    readonly description: string
    readonly missing: readonly string[]
  }[]
}

/** Looks at the machine and judges each tool by what it finds. */
export async function examine(
  tools: ReadonlyMap<string, ToolDefinition>,
  version: string,
): Promise<Examination> {
  const machine = new Machine()
  const {locateBpftrace} = await import('./backend/bpftrace/locate.js')
  const bpftrace = attempt(locateBpftrace)
  const own = await machine.ownPrograms()
  const embedded = own.ok ? {version} : {problem: own.why}
  const asked = askedEngine(undefined)
  const problemOf = {
    embedded: own.ok ? undefined : `the embedded engine cannot run here: ${own.why}`,
    bpftrace: bpftrace instanceof TstraceError ? bpftrace.message : undefined,
  }
  const candidates = enginesOf(asked)
  const privileges = attempt(() => requirePrivileges(machine))
  const mayTrace = !(privileges instanceof TstraceError)
  const engine = (mayTrace && candidates.find((each) => problemOf[each] === undefined)) || null
  const [programs, events] = [await machine.programs(), await machine.perfEvents()]
  const problems = mayTrace
    ? [
        ...[programs, events].flatMap(({ok, why}) => (ok ? [] : [why])),
        ...(engine === null ? candidates.map((each) => problemOf[each]) : []),
      ].filter((problem) => problem !== undefined)
    : [privileges.message]
  const verdicts: ToolVerdict[] = []
  for (const [tool, definition] of tools) {
    const sources = []
    for (const source of definition.sources) {
      const {missing} = await judge(source, machine)
      sources.push({source: source.name, description: source.description, missing})
    }
    const usable = problems.length > 0 ? undefined : sources.find(({missing}) => missing.length === 0)
    verdicts.push({tool, source: usable?.source ?? null, problems, sources})
  }
  const can = Object.fromEntries(capabilities.map((name) => [name, machine.can(name)])) as Record<
    Capability,
    boolean
  >
  return {
    machine: {
      kernel: machine.kernel,
      architecture: process.arch,
      engine,
      embedded,
      bpftrace: bpftrace instanceof TstraceError ? {problem: bpftrace.message} : bpftrace,
      user: machine.uid,
      capabilities: can,
      tracefs: machine.tracefs ?? null,
      tracefs_writable: machine.tracefsWritable,
      tracepoints: machine.tracepoints ?? null,
      btf: machine.btf,
      lockdown: machine.lockdown ?? null,
      cgroup2: machine.cgroup2,
      bpf: programs,
      perf_events: events,
      kprobe: await machine.kprobe(),
      fentry: await machine.fentry(),
      hardware_counters: await machine.hardwareCounters(),
    },
    tools: verdicts,
  }
}

function attempt<T>(look: () => T): T | TstraceError {
  try {
    return look()
  } catch (error) {
    if (error instanceof TstraceError) return error
    throw error
  }
}
