import type {NamedMap, RecordKind, Shape} from '../object.js'
import {rangeOf} from '../runtime/buckets.js'
import type {Content} from '../runtime/maps.js'
import {integerReader} from '../runtime/memory.js'
import {averageOf} from '../runtime/messages.js'
import {bodyAt} from '../runtime/rows.js'
import type {State} from '../runtime/state.js'
import {type Printer, sizeOf} from '../runtime/values.js'
import {latin1} from './latin1.js'
import {keyTexts, type PrintOptions, sorterOf} from './maps.js'
import {bytesPrinter, printer, type PrintContext} from './printer.js'
import {type Effects, type RecordPrinter, recordPrinters} from './printing.js'

/** Makes what prints the records of each kind as `bpftrace -f json` does (0.27): a line of JSON for each. */
export function jsonRecordPrinters(
  kinds: readonly RecordKind[],
  state: State,
  effects: Effects,
): RecordPrinter[] {
  const texts = recordPrinters(kinds, state, effects)
  return kinds.map((kind, index): RecordPrinter => {
    const text = texts[index] ?? (() => '')
    switch (kind.kind) {
      case 'value': {
        const print = jsonPrinter(kind.shape, state)
        return (memory, record) => jsonLine('value', print(memory, record + bodyAt, record))
      }
      case 'print':
        return () => mapLine(kind.named, state, kind)
      case 'printf':
      case 'time':
      case 'cat':
        return (memory, record) => jsonLine(kind.kind, quoted(text(memory, record)))
      case 'system':
        return (memory, record) => jsonLine('syscall', quoted(text(memory, record)))
      case 'join':
        return (memory, record) => jsonLine('join', quoted(text(memory, record).trimEnd()))
      default:
        return text
    }
  })
}

/** A line for each map of a program that holds something, in the order of their names. */
export function allMapsAsJson(state: State, count: number): string {
  return Array.from({length: count}, (_, index) => index)
    .sort((a, b) => (state.named(a).name < state.named(b).name ? -1 : 1))
    .filter((index) => state.read(index).entries.length > 0)
    .map((index) => mapLine(index, state))
    .join('')
}

/** How many probes were attached. */
export function attachedLine(count: number): string {
  return `{"type": "attached_probes", "count": ${count}, "data": {"probes": ${count}}}\n`
}

/** How many records did not find room. */
export function lostLine(count: number | bigint): string {
  return `{"type": "lost_events", "count": ${count}, "data": {"events": ${count}}}\n`
}

function jsonLine(type: string, data: string): string {
  return `{"type": "${type}", "data": ${data}}\n`
}

function mapLine(index: number, state: State, {top = 0, divisor = 1}: PrintOptions = {}): string {
  const named = state.named(index)
  const {name, held, key} = named
  const reading = state.read(index)
  const by = BigInt(divisor === 0 ? 1 : divisor)
  const sorted = sorterOf(named)(reading)
  const shown = top > 0 && key.length > 0 && held.kind !== 'stats' ? sorted.slice(-top) : sorted
  const value = held.kind === 'value' ? jsonPrinter(held.shape, state) : undefined
  const isNumber = held.kind === 'value' && held.shape.kind === 'int' && held.shape.bool !== true
  const json = (content: Content): string => {
    if (content.kind !== 'value') return contentJson(content, named, by)
    const text = value?.(reading.values, content.at, 0) ?? 'null'
    return isNumber && by !== 1n ? number(BigInt(text.replaceAll('"', '')) / by) : text
  }
  const texts = keyTexts(named, state)
  const data =
    key.length === 0
      ? shown.map(({content}) => json(content))[0]
      : `{${shown.map(({keyAt, content}) => `${quoted(texts(reading.keys, keyAt).join(','))}: ${json(content)}`).join(', ')}}`
  return jsonLine(shown.length === 0 ? 'map' : typeOf(named), `{${quoted(name)}: ${data ?? 'null'}}`)
}

function typeOf({held}: NamedMap): string {
  if (held.kind === 'avg' || held.kind === 'stats') return 'stats'
  return held.kind === 'hist' || held.kind === 'lhist' ? 'hist' : 'map'
}

function contentJson(content: Exclude<Content, {kind: 'value'}>, {held}: NamedMap, by: bigint): string {
  switch (content.kind) {
    case 'number':
      return number(BigInt(content.value) / by)
    case 'average': {
      const average = number(averageOf(content.total, content.count) / by)
      return held.kind === 'avg'
        ? average
        : `{"count": ${number(content.count)}, "average": ${average}, "total": ${number(content.total)}}`
    }
    case 'buckets': {
      if (held.kind !== 'hist' && held.kind !== 'lhist') return 'null'
      const hit = [...content.counts.keys()]
      if (hit.length === 0) return '[]'
      const first = Math.min(...hit)
      const buckets = Array.from({length: Math.max(...hit) - first + 1}, (_, index) => first + index)
      return `[${buckets
        .map((bucket) => {
          const {low, high} = rangeOf(bucket, held)
          const bounds = [
            ...(low === undefined ? [] : [`"min": ${number(low)}`]),
            // What bpftrace's text shows as the end is the last here.
            ...(high === undefined ? [] : [`"max": ${number(high - 1n)}`]),
          ]
          return `{${[...bounds, `"count": ${BigInt(content.counts.get(bucket) ?? 0) / by}`].join(', ')}}`
        })
        .join(',')}]`
    }
  }
}

/** Makes what prints values of one shape as JSON. */
function jsonPrinter(shape: Shape, context: PrintContext): Printer {
  switch (shape.kind) {
    case 'unknown':
      return printer(shape, context)
    case 'int': {
      if (shape.bool === true) return printer(shape, context)
      const read = integerReader(shape.bytes, shape.signed)
      return (memory, at) => number(read(memory, at))
    }
    case 'pointer':
      return ({view}, at) => number(view.getBigUint64(at, true))
    case 'buffer':
      return bytesJson(bytesPrinter(shape))
    case 'elsewhere':
      if (shape.of === 'buffer') return bytesJson(bytesPrinter(shape))
      break
    case 'tuple': {
      const parts = shape.parts.map((part) => ({
        offset: part.offset,
        print: jsonPrinter(part.shape, context),
      }))
      return (memory, at, record) =>
        `[${parts.map(({offset, print}) => print(memory, at + offset, record)).join(',')}]`
    }
    case 'array': {
      const print = jsonPrinter(shape.of, context)
      const size = sizeOf(shape.of)
      return (memory, at, record) =>
        `[${Array.from({length: shape.length}, (_, index) => print(memory, at + index * size, record)).join(',')}]`
    }
    case 'record': {
      const fields = shape.fields.map((field) => ({...field, print: jsonPrinter(field.shape, context)}))
      return (memory, at, record) =>
        `{${fields.map(({name, offset, print}) => `"${name}": ${print(memory, at + offset, record)}`).join(', ')}}`
    }
    default:
      break
  }
  const print = printer(shape, context)
  return (memory, at, record) => quoted(print(memory, at, record))
}

function bytesJson(print: Printer): Printer {
  return (memory, at, record) =>
    `[${Array.from(print(memory, at, record), (byte) => byte.charCodeAt(0)).join(',')}]`
}

/** A number; as a text where a double, which is what JSON has, would be another one. */
function number(value: number | bigint): string {
  return BigInt(Number(value)) === BigInt(value) ? `${value}` : `"${value}"`
}

/** A text in quotes; what is not UTF-8 is replaced, as JSON has no place for it. */
function quoted(text: string): string {
  return latin1(JSON.stringify(Buffer.from(text, 'latin1').toString()))
}
