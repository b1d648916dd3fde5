import type {Entries} from '../loaded.js'
import type {Held, NamedMap} from '../object.js'
import {int64, type Memory, memoryOf, uint64} from './memory.js'

/** What a map holds for one key, with what the CPUs have counted put together. */
export type Content =
  /** The bytes are at `at` in the values. */
  | {readonly kind: 'value'; readonly at: number}
  | {readonly kind: 'number'; readonly value: number | bigint}
  | {readonly kind: 'average'; readonly count: number | bigint; readonly total: number | bigint}
  /** How often each bucket was hit, by its number. */
  | {readonly kind: 'buckets'; readonly counts: ReadonlyMap<number, number | bigint>}

export interface Entry {
  /** Where in the keys its key begins. */
  readonly keyAt: number
  readonly content: Content
}

/** A map as it was at one moment. */
export interface Reading {
  readonly keys: Memory
  readonly keySize: number
  readonly values: Memory
  readonly entries: readonly Entry[]
}

/**
 * Makes sense of what the kernel gave for a map.
 * @param wasSet whether a map without a key counts as set though the program has not set it
 */
export function readingOf(named: NamedMap, raw: Entries, wasSet = false): Reading {
  const keys = memoryOf(raw.keys)
  const values = memoryOf(raw.values)
  const {held, present} = named
  const stride = raw.valueSize / raw.cpus
  const cpus = Array.from({length: raw.cpus}, (_, cpu) => cpu * stride)
  const isSet = (at: number): boolean =>
    present === undefined ||
    wasSet ||
    cpus.some((cpu) => values.view.getBigUint64(at + cpu + present, true) !== 0n)

  if (held.kind === 'hist' || held.kind === 'lhist') {
    const entries = bucketEntries(named, raw, keys, (at) => sum(values, at, cpus, false), wasSet)
    return {keys, keySize: raw.keySize, values, entries}
  }
  const entries: Entry[] = []
  for (let index = 0; index < raw.count; index++) {
    const at = index * raw.valueSize
    if (isSet(at)) entries.push({keyAt: index * raw.keySize, content: contentOf(held, values, at, cpus)})
  }
  return {keys, keySize: raw.keySize, values, entries}
}

function contentOf(
  held: Exclude<Held, {kind: 'hist' | 'lhist'}>,
  values: Memory,
  at: number,
  cpus: readonly number[],
): Content {
  switch (held.kind) {
    case 'value':
      return {kind: 'value', at}
    case 'count':
      return {kind: 'number', value: sum(values, at, cpus, false)}
    case 'sum':
      return {kind: 'number', value: sum(values, at, cpus, held.signed)}
    case 'min':
    case 'max': {
      const read = held.signed ? int64 : uint64
      const set = cpus.filter((cpu) => values.view.getBigUint64(at + cpu + 8, true) !== 0n)
      const seen = set.map((cpu) => read(values, at + cpu))
      const better = (a: number | bigint, b: number | bigint): boolean =>
        held.kind === 'min' ? a < b : a > b
      return {
        kind: 'number',
        value: seen.reduce((best, each) => (better(each, best) ? each : best), seen[0] ?? 0),
      }
    }
    case 'avg':
    case 'stats':
      return {
        kind: 'average',
        total: sum(values, at, cpus, held.signed),
        count: sum(values, at + 8, cpus, false),
      }
  }
}

/** One entry for each key without the bucket that ends it, in the order of their first bucket. */
function bucketEntries(
  named: NamedMap,
  raw: Entries,
  keys: Memory,
  countAt: (valueAt: number) => number | bigint,
  wasSet: boolean,
): Entry[] {
  const byKey = new Map<string, {keyAt: number; counts: Map<number, number | bigint>}>()
  const hasKey = named.key.length > 0
  for (let index = 0; index < raw.count; index++) {
    const count = countAt(index * raw.valueSize)
    if (!hasKey && count === 0 && !wasSet) continue
    const keyAt = index * raw.keySize
    const end = keyAt + raw.keySize - 8
    const id = hasKey ? keys.bytes.toString('latin1', keyAt, end) : ''
    const bucket = hasKey ? Number(keys.view.getBigUint64(end, true)) : index
    let entry = byKey.get(id)
    if (entry === undefined) byKey.set(id, (entry = {keyAt, counts: new Map()}))
    if (count !== 0) entry.counts.set(bucket, count)
  }
  return [...byKey.values()].map(({keyAt, counts}) => ({keyAt, content: {kind: 'buckets', counts}}))
}

/** What all CPUs have, in 64 bits. */
function sum(values: Memory, at: number, cpus: readonly number[], signed: boolean): number | bigint {
  const read = signed ? int64 : uint64
  let exact = 0
  for (const cpu of cpus) {
    const value = read(values, at + cpu)
    if (typeof value === 'bigint') return bigSum(values, at, cpus, signed)
    exact += value
  }
  return Number.isSafeInteger(exact) ? exact : bigSum(values, at, cpus, signed)
}

function bigSum({view}: Memory, at: number, cpus: readonly number[], signed: boolean): number | bigint {
  const total = cpus.reduce((so, cpu) => so + view.getBigUint64(at + cpu, true), 0n)
  const wrapped = signed ? BigInt.asIntN(64, total) : BigInt.asUintN(64, total)
  const number = Number(wrapped)
  return Number.isSafeInteger(number) ? number : wrapped
}
