import type {NamedMap, Shape} from '../object.js'
import type {Content, Entry, Reading} from '../runtime/maps.js'
import {integerReader, type Memory, textEnd} from '../runtime/memory.js'
import {averageOf} from '../runtime/messages.js'
import {histogramLines} from './histogram.js'
import {printer, type PrintContext} from './printer.js'

/** What the arguments of print() say besides the map. */
export interface PrintOptions {
  /** Only the biggest so many; all for 0. */
  readonly top?: number | undefined
  /** What numbers are divided by. */
  readonly divisor?: number | undefined
}

/** Makes what prints a map as bpftrace does (0.23), sorted as there; equal values by their keys. */
export function mapPrinter(
  named: NamedMap,
  context: PrintContext,
): (reading: Reading, options?: PrintOptions) => string {
  const {name, held, key} = named
  const texts = keyTexts(named, context)
  const head = (keys: Memory, at: number): string =>
    key.length === 0 ? name : `${name}[${texts(keys, at).join(', ')}]`
  const sort = sorterOf(named)
  const valuePrinter = held.kind === 'value' ? printer(held.shape, context) : undefined
  const isWhole = held.kind === 'value' && held.shape.kind === 'int' && held.shape.bool !== true
  const readWhole =
    held.kind === 'value' && held.shape.kind === 'int'
      ? integerReader(held.shape.bytes, held.shape.signed)
      : undefined

  return (reading, {top = 0, divisor = 1} = {}) => {
    const by = BigInt(divisor === 0 ? 1 : divisor)
    const {keys, values} = reading
    const sorted = sort(reading)
    // Without keys there is one entry; what stats() counts is always shown whole.
    const shown = top > 0 && key.length > 0 && held.kind !== 'stats' ? sorted.slice(-top) : sorted
    const body = ({content}: Entry): string => {
      switch (content.kind) {
        case 'value':
          return isWhole && by !== 1n
            ? divided(readWhole?.(values, content.at) ?? 0, by)
            : (valuePrinter?.(values, content.at, 0) ?? '')
        case 'number':
          return divided(content.value, by)
        case 'average': {
          const average = (averageOf(content.total, content.count) / by).toString()
          return held.kind === 'avg'
            ? average
            : `count ${content.count}, average ${average}, total ${content.total}`
        }
        case 'buckets':
          return ''
      }
    }
    switch (held.kind) {
      case 'hist':
      case 'lhist':
        return shown
          .map(({keyAt, content}) =>
            content.kind === 'buckets'
              ? `${head(keys, keyAt)}:\n${histogramLines(content.counts, held, by)}`
              : '',
          )
          .join('')
      default: {
        const lines = shown.map((entry) => `${head(keys, entry.keyAt)}: ${body(entry)}\n`).join('')
        return (held.kind === 'avg' || held.kind === 'stats') && lines !== '' ? `${lines}\n` : lines
      }
    }
  }
}

/** Makes what prints the parts of a key. */
export function keyTexts(
  {key, offsets}: NamedMap,
  context: PrintContext,
): (keys: Memory, at: number) => string[] {
  const parts = key.map((shape, index) => ({print: printer(shape, context), offset: offsets[index] ?? 0}))
  return (keys, at) => parts.map(({print, offset}) => print(keys, at + offset, at))
}

function divided(value: number | bigint, by: bigint): string {
  return by === 1n ? value.toString() : (BigInt(value) / by).toString()
}

/** Numbers and what is counted are sorted by value, all else by key. */
export function sorterOf({held, key, offsets}: NamedMap): (reading: Reading) => readonly Entry[] {
  const comparers = key.map((shape, index) => comparer(shape, offsets[index] ?? 0))
  const byKey = (keys: Memory) => (a: Entry, b: Entry) => {
    for (const compare of comparers) {
      const order = compare(keys, a.keyAt, b.keyAt)
      if (order !== 0) return order
    }
    return 0
  }
  const whole = held.kind === 'value' ? numberReader(held.shape) : undefined
  const weight = (values: Memory, content: Content): number | bigint => {
    switch (content.kind) {
      case 'value':
        return whole?.(values, content.at) ?? 0
      case 'number':
        return content.value
      case 'average':
        return averageOf(content.total, content.count)
      case 'buckets':
        return [...content.counts.values()].reduce<number>((sum, count) => sum + Number(count), 0)
    }
  }
  return ({keys, values, entries}) =>
    entries
      .toSorted(byKey(keys))
      .map((entry) => ({entry, weight: weight(values, entry.content)}))
      .sort((a, b) => (a.weight < b.weight ? -1 : a.weight > b.weight ? 1 : 0))
      .map(({entry}) => entry)
}

/** What numbers are sorted by; undefined for what is no number. */
function numberReader(shape: Shape): ReturnType<typeof integerReader> | undefined {
  if (shape.kind === 'int') return integerReader(shape.bytes, shape.signed)
  return shape.kind === 'enum' ? integerReader(8, true) : undefined
}

/** Compares one part of two keys: numbers as numbers, all else by its bytes. */
function comparer(shape: Shape, offset: number): (keys: Memory, a: number, b: number) => number {
  const read = numberReader(shape)
  if (read !== undefined) {
    return (keys, a, b) => {
      const [first, second] = [read(keys, a + offset), read(keys, b + offset)]
      return first < second ? -1 : first > second ? 1 : 0
    }
  }
  if (shape.kind === 'tuple') {
    const parts = shape.parts.map((part) => comparer(part.shape, offset + part.offset))
    return (keys, a, b) => {
      for (const compare of parts) {
        const order = compare(keys, a, b)
        if (order !== 0) return order
      }
      return 0
    }
  }
  const size = shape.kind === 'text' ? shape.bytes : 8
  return (keys, a, b) =>
    keys.bytes.compare(
      keys.bytes,
      b + offset,
      textEnd(keys, b + offset, b + offset + size),
      a + offset,
      textEnd(keys, a + offset, a + offset + size),
    )
}
