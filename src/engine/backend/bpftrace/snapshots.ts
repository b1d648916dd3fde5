import {readFileSync, writeFileSync} from 'node:fs'
import type {Value} from '../../event/row.js'
import type {KeyKind, KeyPart, MapEntry, MapShape, Snapshot} from '../../event/snapshot.js'
import {OddText, type Text, textFrom} from '../../event/text.js'
import type {Message} from '../backend.js'
import type {Dialect} from './dialect.js'

/** The first values of the tuples that make up a snapshot; those of rows and pieces are not negative. */
const tags = {begin: -1, end: -2, entry: -3}

/**
 * bpftrace prints maps when it ends, which is too late for exact counts: by then it has detached its probes, one
 * after the other. So the program itself prints them when tstrace, whose process id is `$1`, writes its own name
 * anew: a tracepoint that costs the machine nothing, and that every kernel has since 3.4.
 */
const requestFile = '/proc/self/comm'

/** Counts the requests. */
const requests = '@snapshots'

/** Asks the program for a snapshot. */
export function requestSnapshot(): void {
  writeFileSync(requestFile, readFileSync(requestFile, 'latin1').replace(/\n$/, ''), 'latin1')
}

/** The clause that answers. The request comes from the main thread; others may be named by libraries (libuv 1.50). */
export function snapshotClause(maps: readonly MapShape[], dialect: Dialect): string {
  const prints = maps.map(({name, key}, index) =>
    isLooped(key, dialect)
      ? `for ($kv : ${name}) { print((${tags.entry}, ${index}, ${key.length > 1 ? '$kv.0' : '($kv.0, 0)'}, (int64)$kv.1)); }`
      : `print(${name});`,
  )
  const body = [
    // Requests are never lost, but answers may be: numbered, the last one is known whatever came before.
    `${requests}++;`,
    `print((${tags.begin}, nsecs, ${requests}));`,
    ...prints,
    `print((${tags.end}, 0));`,
  ]
  return `\ntracepoint:task:task_rename\n/tid == $1/\n{\n${body.map((line) => `\t${line}\n`).join('')}}\n`
}

/** JSON of texts in keys is wrong from 0.22 on, which is also the first version with loops over maps. */
function isLooped(key: readonly KeyKind[], dialect: Dialect): boolean {
  return dialect.loopsOverMaps && key.includes('text')
}

/** Puts the messages of a snapshot together; others pass. */
export class SnapshotReader {
  readonly #shapes: readonly MapShape[]
  readonly #room: number
  /** The one whose parts are coming in. */
  #open: {number: number; time: bigint; maps: Map<string, MapEntry[]>} | undefined
  /** The maps that came outside of a snapshot: bpftrace prints them when it ends. */
  readonly #atExit = new Map<string, MapEntry[]>()

  /** @param room bytes the program has for a text, the end included */
  constructor(shapes: readonly MapShape[], room: number) {
    this.#shapes = shapes
    this.#room = room
  }

  /** The message to pass on, if any. @param lastOne the number, from 1, of the snapshot that ends the run */
  take(message: Message, lastOne: number): Message | undefined {
    if (message.kind === 'map') {
      if (message.name === requests) return undefined
      const shape = this.#shapes.find(({name}) => name === message.name)
      if (shape === undefined) return message
      const maps = this.#open?.maps ?? this.#atExit
      maps.set(
        shape.name,
        summed(message.entries.map(([key, count]) => entryOf(splitKey(shape.key, key, this.#room), count))),
      )
      return undefined
    }
    if (message.kind !== 'row') return message
    const [tag, time, number] = message.values
    switch (Number(tag)) {
      case tags.begin:
        this.#open = {number: Number(number), time: BigInt(time as number | string), maps: new Map()}
        return undefined
      case tags.entry:
        this.#takeEntry(message.values)
        return undefined
      case tags.end: {
        const whole = this.#open
        this.#open = undefined
        // Without its beginning, which can be lost, there is no time.
        if (whole === undefined) return undefined
        return {kind: 'snapshot', time: whole.time, maps: whole.maps, last: whole.number >= lastOne}
      }
      default:
        return message
    }
  }

  /** What the maps were when bpftrace ended. */
  get atExit(): Snapshot {
    return {kind: 'snapshot', time: undefined, maps: this.#atExit, last: true}
  }

  #takeEntry([, index, key, count]: readonly Value[]): void {
    const shape = this.#shapes[Number(index)]
    if (shape === undefined || !Array.isArray(key) || count === undefined) return
    const parts = key as readonly Value[]
    const entries = this.#open?.maps.get(shape.name) ?? []
    entries.push(
      entryOf(
        shape.key.map((kind, at) => partOf(kind, bytesOf(parts[at] ?? ''), this.#room)),
        count,
      ),
    )
    this.#open?.maps.set(shape.name, entries)
  }
}

/** Keys that look alike as one. */
function summed(entries: readonly MapEntry[]): MapEntry[] {
  const byId = new Map<string, MapEntry>()
  for (const entry of entries) {
    byId.set(entry.id, {...entry, count: entry.count + (byId.get(entry.id)?.count ?? 0)})
  }
  return [...byId.values()]
}

/** The id is made from the parts: symbols in a stack of 0.17 change when a process ends (`perf`). */
function entryOf(key: readonly KeyPart[], count: Value): MapEntry {
  const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)
  return {id: JSON.stringify(key, plain), key, count: Number(count)}
}

/**
 * The parts of a key, which bpftrace joins with commas. A stack is lines that begin with an address, between
 * line feeds; without frames it is nothing (0.17), or one line feed. A text may hold commas: with more of them than parts, the last text has the rest.
 */
export function splitKey(kinds: readonly KeyKind[], key: Text, room = Infinity): readonly KeyPart[] {
  let rest = bytesOf(key)
  return kinds.map((kind, index) => {
    const end = endOfPart(rest, kind, kinds.slice(index + 1))
    const part = partOf(kind, rest.slice(0, end), room)
    rest = rest.slice(end + 1)
    return part
  })
}

function endOfPart(rest: string, kind: KeyKind, after: readonly KeyKind[]): number {
  if (after.length === 0) return rest.length
  if (kind === 'stack') return rest.startsWith('\n') ? rest.indexOf('\n,') + 1 : 0
  const isLastText = kind === 'text' && !after.includes('text') && !after.includes('stack')
  return isLastText ? commaFromEnd(rest, after.length) : rest.indexOf(',')
}

function commaFromEnd(text: string, count: number): number {
  let at = text.length
  for (let left = count; left > 0; left--) at = text.lastIndexOf(',', at - 1)
  return at
}

/** @param bytes the part as latin1, a character for each byte */
function partOf(kind: KeyKind, bytes: string, room: number): KeyPart {
  if (kind === 'text') return textFrom(Buffer.from(bytes, 'latin1'), room)
  return kind === 'int' ? wholeNumber(bytes) : addresses(bytes)
}

function bytesOf(value: Value): string {
  const bytes =
    value instanceof OddText ? value.bytes : Buffer.from(String(value as number | bigint | string))
  return bytes.toString('latin1')
}

function wholeNumber(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

/** The first word of each line; what is none, such as `<unwind failure>` (0.27), is left out. */
function addresses(stack: string): readonly bigint[] {
  return [...stack.matchAll(/^\s*(?:0x)?([0-9a-f]+)/gm)].map(([, address]) => BigInt(`0x${address}`))
}
