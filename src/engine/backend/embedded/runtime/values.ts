import type {Value} from '../../../event/row.js'
import {type Text, textFrom} from '../../../event/text.js'
import type {Shape} from '../object.js'
import {integerReader, type Memory} from './memory.js'
import {textReader} from './texts.js'

/** Reads the value at `at`; `record` is where its record begins, from which places elsewhere in it are counted. */
export type ValueReader = (memory: Memory, at: number, record: number) => Value

/** Writes what the program would print, a character for each byte (latin1); by the same arguments. */
export type Printer = (memory: Memory, at: number, record: number) => string

export interface ValueContext {
  /** Bytes that the program has for a text, the end included. */
  readonly room: number
  /** For what has no value of its own but the text it is shown as, such as a symbol or an address. */
  readonly printer: (shape: Shape) => Printer
}

/**
 * Makes the reader of values of one shape, once for all records: numbers as numbers where a double holds them, else as
 * their digits; texts; lists for tuples and arrays; the printed text for all else.
 */
export function valueReader(shape: Shape, context: ValueContext): ValueReader {
  switch (shape.kind) {
    case 'int': {
      const read = integerReader(shape.bytes, shape.signed)
      if (shape.bool === true) return (memory, at) => read(memory, at) !== 0
      if (shape.bytes < 8) return read
      return (memory, at) => asNumberOrDigits(read(memory, at))
    }
    case 'pointer': {
      const read = integerReader(8, false)
      return (memory, at) => asNumberOrDigits(read(memory, at))
    }
    case 'text': {
      const {bytes} = shape
      const read = textReader(context.room)
      return (memory, at) => read(memory, at, at + bytes)
    }
    case 'elsewhere': {
      if (shape.of === 'buffer') break
      const read = textReader(context.room)
      return (memory, at, record) => {
        const {view} = memory
        const begin = record + view.getUint32(at, true)
        return read(memory, begin, begin + view.getUint32(at + 4, true))
      }
    }
    case 'tuple':
      return tupleReader(shape.parts, context)
    case 'array': {
      const read = valueReader(shape.of, context)
      const size = sizeOf(shape.of)
      return (memory, at, record) =>
        Array.from({length: shape.length}, (_, index) => read(memory, at + index * size, record))
    }
    default:
      break
  }
  const print = context.printer(shape)
  return (memory, at, record) => textOfPrinted(print(memory, at, record))
}

function tupleReader(
  parts: readonly {readonly offset: number; readonly shape: Shape}[],
  context: ValueContext,
): (memory: Memory, at: number, record: number) => Value[] {
  const readers = parts.map(({offset, shape}) => ({offset, read: valueReader(shape, context)}))
  return (memory, at, record) => {
    const values: Value[] = []
    for (const {offset, read} of readers) values.push(read(memory, at + offset, record))
    return values
  }
}

/** A text from what a printer made. */
export function textOfPrinted(latin1: string): Text {
  return /[\x80-\xff]/.test(latin1) ? textFrom(Buffer.from(latin1, 'latin1')) : latin1
}

/** Bytes from one value of a shape to the next in an array. */
export function sizeOf(shape: Shape): number {
  switch (shape.kind) {
    case 'int':
    case 'text':
    case 'buffer':
    case 'tuple':
    case 'record':
    case 'enum':
    case 'unknown':
      return shape.bytes
    case 'array':
      return shape.length * sizeOf(shape.of)
    case 'stack':
      return 16
    case 'symbol':
      return shape.of === 'kernel' ? 8 : 16
    case 'address':
      return 20
    case 'mac':
      return 6
    case 'choice':
      return 4
    case 'elsewhere':
    case 'pointer':
    case 'time':
    case 'cgroup':
    case 'errno':
    case 'username':
      return 8
  }
}

function asNumberOrDigits(value: number | bigint): number | string {
  return typeof value === 'number' ? value : value.toString()
}
