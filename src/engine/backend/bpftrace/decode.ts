import {RunError} from '../../errors.js'
import type {Value} from '../../event/row.js'
import {type Text, textFrom, textFromAscii} from '../../event/text.js'
import type {Bucket, Message} from '../backend.js'
import type {Dialect} from './dialect.js'

type Json = number | string | boolean | null | readonly Json[] | {readonly [key: string]: Json}

interface Line {
  readonly type: string
  readonly data?: Json
  readonly msg?: string
  readonly helper?: string
  readonly retcode?: number
}

/** What bpftrace writes when all probes are attached: on stderr up to 0.22, then on stdout. */
export const readyMarker = '__BPFTRACE_NOTIFY_PROBES_ATTACHED'

/** What makes counts hexadecimal: an escape of bpftrace's own, not a backslash in the data and a `u` after it. */
const hexStarter = /(?<!\\)(?:\\\\)*\\u(?:00[01]|ffffff)/

/** Before a byte that is not ASCII, see `restoreBytes`. A bundle holds a string as it is, which would be no proper UTF-8. */
const byteMark = /\uffff/

/** -E2BIG from map_update_elem: the map has no room for another key. */
const mapFull = -7

/** -EFAULT from get_stackid: nothing of that half was running. All others mean that it was not kept (up to 0.17). */
const noStack = -14

/** Turns the lines that `bpftrace -f json` writes into messages, repairing what its versions get wrong. */
export class Decoder {
  readonly #dialect: Dialect
  readonly #room: number
  /** Sticky: from here on this stream has its counts in hexadecimal. */
  #hex = false

  constructor(dialect: Dialect, room: number) {
    this.#dialect = dialect
    this.#room = room
  }

  /** The message of a line; undefined for lines that say nothing. @throws RunError for what is not JSON. */
  decode(line: string): Message | undefined {
    if (line === '') return undefined
    if (line === readyMarker) return {kind: 'ready'}
    const odd = line.includes('\\uffffff')
    if (this.#dialect.countsTurnHex && !this.#hex) this.#hex = hexStarter.test(line)
    const {type, data, msg, helper, retcode} = this.#parse(line)
    switch (type) {
      case 'value':
        if (!Array.isArray(data)) return {kind: 'text', text: this.#text(plain(data), odd)}
        return {kind: 'row', values: this.#row(line, data as readonly Json[], odd)}
      case 'map':
        return this.#named(this.#exact(line, data), (name, value) => ({
          kind: 'map',
          name,
          entries:
            repeated(line, value)?.map(([key, count]) => [this.#key(key), count] as const) ??
            this.#entries(value, isObject).map(([key, entry]) => [key, this.#value(entry, odd)]),
        }))
      case 'hist':
        return this.#named(data, (name, value) => ({
          kind: 'histogram',
          name,
          series: this.#entries(value, isObject).map(([key, buckets]) => [
            key,
            buckets as unknown as Bucket[],
          ]),
        }))
      case 'stats':
        return this.#named(data, (name, value) => ({
          kind: 'stats',
          name,
          entries: this.#entries(value, (json) => isObject(json) && typeof json['average'] !== 'number').map(
            ([key, entry]) => [key, isObject(entry) ? (entry as never) : {average: Number(entry)}],
          ),
        }))
      case 'lost_events':
        return {kind: 'lost', events: Number((data as {events?: Json} | undefined)?.events ?? 0)}
      case 'helper_error':
        if (retcode === mapFull)
          return {
            kind: 'trouble',
            text: 'a map of the program is full: new keys are not counted',
            mapFull: true,
          }
        if (helper === 'get_stackid' && retcode !== noStack)
          return {
            kind: 'missed',
            stacks: 1,
            hint: 'bpftrace before 0.18 gives one place to several stacks; use a newer one',
          }
        // A failed lookup or delete is how a program finds out that a key is not there.
        if (helper !== 'map_update_elem') return undefined
        return {kind: 'trouble', text: `${helper} failed: ${msg ?? retcode}`}
      case 'attached_probes':
        return undefined
      default:
        return typeof data === 'string' ? {kind: 'text', text: this.#text(data, odd)} : undefined
    }
  }

  #parse(line: string): Line {
    const repaired = this.#hex && /^\{"type": "(hist|lost_events)"/.test(line) ? fromHex(line) : line
    try {
      return JSON.parse(repaired) as Line
    } catch (cause) {
      const shown = line.length > 100 ? `${line.slice(0, 100)}...` : line
      throw new RunError(`bpftrace wrote a line that is not its JSON: ${JSON.stringify(shown)}`, {
        hint: 'is the bpftrace that tstrace found the real one? `tstrace doctor` shows which it is.',
        cause,
      })
    }
  }

  #row(line: string, data: readonly Json[], odd: boolean): readonly Value[] {
    // Above 2^53 the number that JSON.parse made is not the one that was sent.
    const exact = data.some(isInexact) ? (this.#parse(quoteLongNumbers(line)).data as readonly Json[]) : data
    return exact.map((item) => this.#value(item, odd))
  }

  /** For maps, which are rare and may nest: the same as for rows. */
  #exact(line: string, data: Json | undefined): Json | undefined {
    return /\d{16}/.test(line) ? this.#parse(quoteLongNumbers(line)).data : data
  }

  #value(item: Json, odd: boolean, room = this.#room): Value {
    if (typeof item === 'string') return this.#text(item, odd, room)
    // What is nested is the key of a map, whose reader knows which parts are texts that may have been cut.
    if (Array.isArray(item))
      return (item as readonly Json[]).map((inner) => this.#value(inner, odd, Infinity))
    return isObject(item) ? JSON.stringify(item) : (item as number | boolean | null)
  }

  #text(text: string, odd: boolean, room = this.#room): Text {
    return odd && byteMark.test(text) ? textFrom(restoreBytes(text), room) : textFromAscii(text, room)
  }

  #key(key: string): Text {
    const once =
      this.#dialect.escapesKeysTwice && key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key
    return byteMark.test(once) ? textFrom(restoreBytes(once)) : once
  }

  #entries(value: Json, isKeyed: (value: Json) => boolean): (readonly [Text, Json])[] {
    if (!isKeyed(value)) return [['', value]]
    return Object.entries(value as Record<string, Json>).map(([key, entry]) => [this.#key(key), entry])
  }

  /** `{"@name": value}`; bpftrace writes one map a line. */
  #named(data: Json | undefined, make: (name: string, value: Json) => Message): Message | undefined {
    const entry = isObject(data) ? Object.entries(data)[0] : undefined
    return entry && make(entry[0], entry[1])
  }
}

function isInexact(item: Json): boolean {
  if (Array.isArray(item)) return (item as readonly Json[]).some(isInexact)
  return typeof item === 'number' && !Number.isSafeInteger(item)
}

/**
 * All pairs of a map of counts that has keys more than once, of which JSON.parse keeps the last: keys with stacks that
 * were not kept look alike, as nothing is printed of these. Undefined if no key is repeated.
 */
function repeated(line: string, value: Json): (readonly [string, number])[] | undefined {
  if (!isObject(value)) return undefined
  const pair = /"((?:[^"\\]+|\\.)*)": (\d+)[,}]\s*/y
  pair.lastIndex = line.indexOf('{', line.indexOf('"@')) + 1
  const pairs: (readonly [string, number])[] = []
  for (let found = pair.exec(line); found !== null; found = pair.exec(line)) {
    pairs.push([JSON.parse(`"${found[1]}"`) as string, Number(found[2])])
  }
  return pairs.length > Object.keys(value).length ? pairs : undefined
}

function isObject(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function plain(data: Json | undefined): string {
  return typeof data === 'string' ? data : JSON.stringify(data)
}

/**
 * bpftrace writes a byte above 0x7f as `\uffffffXX`, which JSON reads as U+FFFF and `ffXX`. A real U+FFFF
 * in the data arrives as three such bytes, so the way back is exact.
 */
function restoreBytes(text: string): Buffer {
  const latin1 = text.replace(/\uffffff([89a-f][0-9a-f])/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  )
  return Buffer.from(latin1, 'latin1')
}

function fromHex(line: string): string {
  return line.replace(
    /"(count|events)": ([0-9a-f]+)/g,
    (_, name: string, hex: string) => `"${name}": ${parseInt(hex, 16)}`,
  )
}

function quoteLongNumbers(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}/g, (token) =>
    token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${token}"`,
  )
}
