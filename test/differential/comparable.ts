import type {Message} from '#src/engine/backend/backend.js'
import type {Value} from '#src/engine/event/row.js'
import type {KeyPart, MapEntry, MapShape, Snapshot} from '#src/engine/event/snapshot.js'
import {OddText, shorten, type Text} from '#src/engine/event/text.js'
import {KernelSymbols} from '#src/engine/kernel/kallsyms.js'

/** What a program said, without what two tracers of one event cannot have in common. */
export interface Comparable {
  readonly rows: readonly string[]
  /** Of each map, its keys with their counts. */
  readonly maps: Readonly<Record<string, readonly string[]>>
}

/** What of a program cannot be compared as it is. */
export interface Differing {
  /** Samples are taken at moments of the tracer's own: of its stacks, only who called is compared, where they are many. */
  readonly samples?: boolean
  /** The parts of keys that are times, by map. */
  readonly times?: Readonly<Record<string, readonly number[]>>
  /** Rows come from several CPUs at once. */
  readonly unordered?: boolean
  /** How often something happened is not compared. */
  readonly keysOnly?: boolean
  /** How many bytes of the texts in keys count for the tool, which has a few more to see whether they were cut. */
  readonly textBytes?: number
}

/** The least part of the samples for a stack to be one of many. */
const manyShare = 0.1

/** @throws Error if the program lost something or had trouble */
export function comparable(
  messages: readonly Message[],
  maps: readonly MapShape[],
  {samples = false, times = {}, unordered = false, keysOnly = false, textBytes = Infinity}: Differing,
): Comparable {
  const bad = messages.find(({kind}) => ['lost', 'missed', 'trouble'].includes(kind))
  if (bad !== undefined) throw new Error(JSON.stringify(bad))
  const rows = messages.filter((message) => message.kind === 'row').map(({values}) => values)
  const texts = maps.length === 0 ? timed(rows, unordered) : rows.map(written)
  const last = messages.findLast((message): message is Snapshot => message.kind === 'snapshot')
  return {
    rows: samples || keysOnly ? [...new Set(texts)].sort() : texts,
    maps: Object.fromEntries(
      maps.map(({name}): [string, string[]] => {
        const entries = last?.maps.get(name) ?? []
        const all = samples ? mostOf(entries) : counted(entries, times[name] ?? [], textBytes)
        return [name, keysOnly ? all.map((entry) => entry.replace(/: \d+$/, '')) : all]
      }),
    ),
  }
}

/** Rows with their times, which come second, as the number of the event, so that it is seen what belongs together. */
function timed(rows: readonly (readonly Value[])[], unordered: boolean): string[] {
  if (unordered) return rows.map(([tag, , ...rest]) => written([tag ?? 0, ...rest])).sort()
  const numbers = new Map<string, number>()
  return rows.map(([tag, time, ...rest]) => {
    const key = written([time ?? 0])
    const event = numbers.get(key) ?? numbers.size
    numbers.set(key, event)
    return written([tag ?? 0, event, ...rest])
  })
}

/** Entries in the order of their keys, those that differ only in times as one. */
function counted(entries: readonly MapEntry[], times: readonly number[], textBytes: number): string[] {
  const keyOf = (key: readonly KeyPart[]): KeyPart[] =>
    key
      .filter((_, index) => !times.includes(index))
      .map((part) => (isText(part) ? shorten(part, textBytes) : part))
  // bpftrace has a 0 where nothing was counted without a key.
  return summed(entries, keyOf).flatMap(([key, count]) => (count === 0 ? [] : [`${key}: ${count}`]))
}

/** The keys, in their order, that have many of the samples, by who called. */
function mostOf(entries: readonly MapEntry[]): string[] {
  const total = entries.reduce((sum, {count}) => sum + count, 0)
  return summed(entries, (key) => key.map((part) => (isStack(part) ? callers(part) : part)))
    .filter(([, count]) => count >= manyShare * total)
    .map(([key]) => key)
}

const symbols = new KernelSymbols()

/** A stack without its innermost function, and without read_zero() and what it calls, in which a CPU is for a time of its own. */
function callers(stack: readonly bigint[]): readonly bigint[] {
  const reading = stack.findLastIndex((address) => symbols.resolve(address).name === 'read_zero')
  return stack.slice(Math.max(reading, 0) + 1)
}

function summed(
  entries: readonly MapEntry[],
  keyOf: (key: readonly KeyPart[]) => readonly KeyPart[],
): [string, number][] {
  const sums = new Map<string, number>()
  for (const {key, count} of entries) {
    const text = written(keyOf(key).map(signed))
    sums.set(text, (sums.get(text) ?? 0) + count)
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1))
}

const isText = (part: KeyPart): part is Text => typeof part === 'string' || part instanceof OddText
const isStack = (part: KeyPart): part is readonly bigint[] => Array.isArray(part)

/** A number of 64 bits: before 0.24, bpftrace shows those of keys with a sign, which the tools know. */
const signed = (part: KeyPart): KeyPart => (typeof part === 'bigint' ? plain(BigInt.asIntN(64, part)) : part)
const plain = (number: bigint): Value =>
  Number.isSafeInteger(Number(number)) ? Number(number) : String(number)

/** Numbers that a double cannot hold may be digits or bigints; a text that is not UTF-8 is its bytes. */
function written(values: readonly KeyPart[]): string {
  return JSON.stringify(values, (_, value: unknown) => {
    if (value instanceof OddText) return {bytes: value.bytes.toString('latin1'), cut: value.cut}
    return typeof value === 'bigint' ? String(value) : value
  })
}
