import type {KeyPart, MapEntry, MapShape} from '../../../event/snapshot.js'
import type {Text} from '../../../event/text.js'
import type {Bucket, Message} from '../../backend.js'
import type {NamedMap, Shape} from '../object.js'
import {rangeOf} from './buckets.js'
import type {Content, Reading} from './maps.js'
import {integerReader, type Memory} from './memory.js'
import type {StackTable} from './stacktable.js'
import {textReader} from './texts.js'
import {textOfPrinted, type ValueContext, valueReader} from './values.js'

/** The message that says what a map holds; undefined where it holds nothing. */
export function mapMessage(named: NamedMap, reading: Reading, context: ValueContext): Message | undefined {
  const {entries, keys, values} = reading
  if (entries.length === 0) return undefined
  const {name, held} = named
  const keyOf = keyText(named, context)
  const keyed = <T>(make: (content: Content) => T) =>
    entries.map(({keyAt, content}) => [keyOf(keys, keyAt), make(content)] as const)
  switch (held.kind) {
    case 'hist':
    case 'lhist':
      return {
        kind: 'histogram',
        name,
        series: keyed((content) =>
          content.kind === 'buckets' ? bucketsOf(content.counts, (at) => rangeOf(at, held)) : [],
        ),
      }
    case 'avg':
    case 'stats':
      return {
        kind: 'stats',
        name,
        entries: keyed((content) => {
          if (content.kind !== 'average') return {average: 0}
          const average = Number(averageOf(content.total, content.count))
          return held.kind === 'avg'
            ? {average}
            : {count: Number(content.count), average, total: Number(content.total)}
        }),
      }
    default: {
      const read = held.kind === 'value' ? valueReader(held.shape, context) : undefined
      return {
        kind: 'map',
        name,
        entries: keyed((content) =>
          content.kind === 'value' ? (read?.(values, content.at, 0) ?? null) : plainNumber(content),
        ),
      }
    }
  }
}

/** What a map of a job has counted, for a snapshot. */
export function snapshotEntries(
  {key: kinds}: MapShape,
  named: NamedMap,
  {entries, keys, values, keySize}: Reading,
  room: number,
  stacks: StackTable,
): MapEntry[] {
  const parts = named.key.map((shape, index) => keyPart(shape, kinds[index] ?? 'int', room, stacks))
  const count =
    named.held.kind === 'value' && named.held.shape.kind === 'int'
      ? integerReader(named.held.shape.bytes, named.held.shape.signed)
      : undefined
  return entries.map(({keyAt, content}) => ({
    id: keys.bytes.toString('latin1', keyAt, keyAt + keySize),
    key: parts.map((part, index) => part(keys, keyAt + (named.offsets[index] ?? 0))),
    count: Number(content.kind === 'value' ? count?.(values, content.at) : plainNumber(content)),
  }))
}

/** Division of whole numbers as C does it. */
export function averageOf(total: number | bigint, count: number | bigint): bigint {
  return BigInt(count) === 0n ? 0n : BigInt(total) / BigInt(count)
}

/** The buckets from the first to the last that was hit; both bounds belong to a bucket. */
function bucketsOf(
  counts: ReadonlyMap<number, number | bigint>,
  rangeOfBucket: (bucket: number) => {low: bigint | undefined; high: bigint | undefined},
): Bucket[] {
  const hit = [...counts.keys()]
  if (hit.length === 0) return []
  const first = Math.min(...hit)
  return Array.from({length: Math.max(...hit) - first + 1}, (_, index) => {
    const {low, high} = rangeOfBucket(first + index)
    return {
      ...(low !== undefined && {min: Number(low)}),
      ...(high !== undefined && {max: Number(high - 1n)}),
      count: Number(counts.get(first + index) ?? 0),
    }
  })
}

/** The parts of a key as the program would print them, joined with commas. */
function keyText({key, offsets}: NamedMap, context: ValueContext): (keys: Memory, at: number) => Text {
  const parts = key.map((shape, index) => ({print: context.printer(shape), offset: offsets[index] ?? 0}))
  return (keys, at) => textOfPrinted(parts.map(({print, offset}) => print(keys, at + offset, at)).join(','))
}

function keyPart(
  shape: Shape,
  kind: MapShape['key'][number],
  room: number,
  stacks: StackTable,
): (keys: Memory, at: number) => KeyPart {
  if (kind === 'stack' && shape.kind === 'stack') {
    return ({view}, at) => stacks.addresses(shape.map, view.getBigUint64(at, true))
  }
  if (kind === 'text' && shape.kind === 'text') {
    const read = textReader(room)
    return (keys, at) => read(keys, at, at + shape.bytes)
  }
  return shape.kind === 'int' ? integerReader(shape.bytes, shape.signed) : integerReader(8, false)
}

function plainNumber(content: Content): number | string {
  if (content.kind !== 'number') return 0
  return typeof content.value === 'number' ? content.value : content.value.toString()
}
