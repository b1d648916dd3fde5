import type {Value} from './event/row.js'
import type {KeyPart, MapEntry} from './event/snapshot.js'
import type {FoundProbe} from './kernel/probes/found.js'
import type {Counting} from './definition.js'
import {attaching, type FoundPattern} from './probing.js'
import {type Bt, bt, instructionPointer} from './program/bt.js'
import type {Clause} from './program/clause.js'
import {probe} from './program/probe.js'

export const callMap = '@calls'
/** Keys for each function, where the processes that call it have one of their own. */
const keysPerFunction = 16
/** A kprobe fires at the begin of its function, or behind an instruction or two that tracing uses. */
const entryBytes = 16n

/** How often a probe fired; without a probe for calls of which nobody knows the function any more. */
export interface Called {
  readonly probe: FoundProbe | undefined
  readonly count: number
}

/** Reads what `countCalls` counted. */
export interface CallReader {
  /** Takes what the program sent. */
  readonly message: (values: readonly Value[]) => void
  readonly read: (entries: readonly MapEntry[]) => Called[]
}

/**
 * Counts the calls of each function in one map. Functions that share a clause are told apart by where the processor
 * is: in the kernel, and in a file that many are attached in at once. Otherwise each has a clause of its own.
 */
export function countCalls(
  found: FoundPattern,
  when: readonly (Bt | false | undefined)[],
  send: (values: readonly Bt[]) => Bt,
): Clause[] {
  const way = wayOf(found)
  if (way === 'clauses') {
    return found.probes.map(({point}, index) => ({
      probes: [probe(point)],
      when,
      body: bt`@calls[${index}] = count();`,
    }))
  }
  const probes = found.points.map((point) => probe(point))
  if (way === 'address') return [{probes, when, body: bt`@calls[${instructionPointer}] = count();`}]
  // A process is announced at its first call, so that where its files are in memory is read while it lives.
  const body = bt`
    if (@seen[pid] == 0) {
      @seen[pid] = 1;
      ${send([bt`pid`])}
    }
    @calls[pid, ${instructionPointer}] = count();`
  return [{probes, when, body}]
}

/** What tells functions apart: a clause for each, their addresses, or these in each process. */
function wayOf({pattern, probes, together}: FoundPattern): 'clauses' | 'address' | 'process' {
  // The kernel may keep its addresses to itself (kptr_restrict).
  if (pattern.kind === 'kernel' && probes.every(({address}) => address !== undefined)) return 'address'
  return pattern.kind === 'user' && together ? 'process' : 'clauses'
}

/** What a tool that uses `countCalls` says of its counting. */
export function callsOf(found: FoundPattern): Pick<Counting, 'maps' | 'mapKeys' | 'attaching'> {
  const way = wayOf(found)
  const {length} = found.probes
  return {
    maps: [{name: callMap, key: way === 'process' ? ['int', 'int'] : ['int']}],
    mapKeys: Math.max(4096, length * (way === 'process' ? keysPerFunction : 2)),
    attaching:
      way === 'clauses' ? {...attaching(found), points: length, kprobes: 0, uprobes: 0} : attaching(found),
  }
}

/** For the reports of such a tool. */
export async function callReader(found: FoundPattern): Promise<CallReader> {
  const {probes} = found
  switch (wayOf(found)) {
    case 'address':
      return readByAddress(probes)
    case 'process':
      return readByProcess(probes)
    case 'clauses':
      return {
        message: () => {},
        read: (entries) => entries.map(({key: [index], count}) => ({probe: probes[Number(index)], count})),
      }
  }
}

function readByAddress(probes: readonly FoundProbe[]): CallReader {
  const byAddress = new Map(probes.map((each) => [BigInt(each.address ?? 0), each]))
  const at = (place: bigint): FoundProbe | undefined => {
    for (let offset = 0n; offset <= entryBytes; offset++) {
      const found = byAddress.get(place - offset)
      if (found !== undefined) return found
    }
    return undefined
  }
  return {
    message: () => {},
    read: (entries) => entries.map(({key: [place], count}) => ({probe: at(addressOf(place)), count})),
  }
}

async function readByProcess(probes: readonly FoundProbe[]): Promise<CallReader> {
  const [{Places}, {grouped}] = await Promise.all([
    import('./kernel/probes/places.js'),
    import('./kernel/probes/found.js'),
  ])
  const byOffset = new Map(probes.map((each) => [Number(each.address), each]))
  const places = new Places(byOffset.keys())
  return {
    message: ([pid]) => places.see(Number(pid)),
    read: (entries) =>
      [...grouped(entries, ({key: [pid]}) => Number(pid))].flatMap(([pid, calls]) => {
        const addresses = calls.map(({key: [, address]}) => Number(addressOf(address)))
        const offsets = places.find(pid, addresses)
        return calls.map(({count}, index) => ({probe: byOffset.get(offsets[index] ?? -1), count}))
      }),
  }
}

/** Keys are signed in what bpftrace prints. */
function addressOf(key: KeyPart | undefined): bigint {
  return BigInt.asUintN(64, BigInt(key as number | bigint))
}
