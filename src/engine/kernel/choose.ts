import {MachineError, UsageError} from '../errors.js'
import {isIt} from '../near.js'
import type {Machine} from './machine.js'
import type {FlagNeed, Need} from './need.js'

/** What one source lacks on this machine; nothing means it can be used. */
export interface Verdict {
  readonly source: string
  readonly missing: readonly string[]
}

interface Candidate {
  readonly name: string
  readonly needs: readonly (Need | FlagNeed)[]
}

/** What keeps this machine from using a source, in words. */
export async function judge(source: Candidate, machine: Machine): Promise<Verdict> {
  const missing: string[] = []
  for (const each of source.needs) {
    const {need, for: flag} = typeof each === 'string' ? {need: each} : each
    const lack = await lacks(need, machine)
    if (lack === undefined || missing.includes(lack)) continue
    missing.push(flag === undefined ? lack : `${flag} needs ${need}, and ${lack}`)
  }
  return {source: source.name, missing}
}

/**
 * The first source whose needs this machine meets, or the one asked for by name, and the verdicts that led
 * there.
 *
 * @throws UsageError if the tool has no source of that name; MachineError if none can be used.
 */
export async function choose<S extends Candidate>(
  tool: string,
  sources: readonly S[],
  machine: Machine,
  wanted?: string,
): Promise<{source: S; verdicts: readonly Verdict[]}> {
  const candidates = wanted === undefined ? sources : [namedSource(tool, sources, wanted)]
  const verdicts: Verdict[] = []
  for (const source of candidates) {
    const verdict = await judge(source, machine)
    verdicts.push(verdict)
    if (verdict.missing.length === 0) return {source, verdicts}
  }
  throw new MachineError(`${tool} finds no event source on this kernel (${machine.kernel})`, {
    context: verdicts.map(({source, missing}) => `${source}: ${missing.join('; ')}`),
    hint: `\`tstrace doctor ${tool}\` shows what this machine can do and what each source needs.`,
  })
}

/** The source of that name. @throws UsageError if the tool has none */
export function namedSource<S extends Candidate>(tool: string, sources: readonly S[], wanted: string): S {
  const source = sources.find(({name}) => name === wanted)
  if (source !== undefined) return source
  const names = sources.map(({name}) => name)
  throw new UsageError(`--source: ${tool} has no event source '${wanted}' (it has ${names.join(', ')})`, {
    hint: isIt(wanted, names),
  })
}

async function lacks(need: Need, machine: Machine): Promise<string | undefined> {
  if (need === 'btf')
    return machine.btf ? undefined : 'the kernel does not describe its types (CONFIG_DEBUG_INFO_BTF)'
  if (need === 'hardware counters') {
    const attempt = await machine.hardwareCounters()
    return attempt.ok ? undefined : attempt.why
  }
  const at = need.indexOf(':')
  const [kind, name] = [need.slice(0, at), need.slice(at + 1)]
  if (kind === 'tracepoint') {
    if (machine.tracefs === undefined) return 'tracefs is not mounted'
    if (!machine.tracefsReadable) return 'only root may read the tracepoints'
    return machine.tracepoint(name) ? undefined : `there is no tracepoint ${name}`
  }
  if (!machine.function(name)) return `the kernel has no function ${name}`
  const attempt = await (kind === 'fentry' ? machine.fentry() : machine.kprobe())
  return attempt.ok ? undefined : attempt.why
}
