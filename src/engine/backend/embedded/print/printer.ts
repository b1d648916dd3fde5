import type {Shape} from '../object.js'
import {integerReader, type Memory, textEnd} from '../runtime/memory.js'
import type {Names} from '../runtime/names.js'
import type {StackTable} from '../runtime/stacktable.js'
import {type Printer, sizeOf} from '../runtime/values.js'
import {hardwareAddress, internetAddress} from './address.js'
import {escaped, latin1} from './latin1.js'
import {kernelStack, symbolText, userStack} from './stack.js'

export interface PrintContext {
  readonly names: Names
  readonly stacks: StackTable
  /** What is printed behind a text of so many bytes, as there was no room for more of it; nothing if missing. */
  readonly cut?: {readonly bytes: number; readonly mark: string} | undefined
}

/** Makes what prints values of one shape as bpftrace does (0.23), once for all values. */
export function printer(shape: Shape, context: PrintContext): Printer {
  const {names, stacks} = context
  switch (shape.kind) {
    case 'int': {
      const read = integerReader(shape.bytes, shape.signed)
      if (shape.bool === true) return (memory, at) => (read(memory, at) === 0 ? 'false' : 'true')
      return (memory, at) => read(memory, at).toString()
    }
    case 'text':
    case 'elsewhere':
    case 'buffer': {
      const bytes = bytesPrinter(shape)
      const isText = shape.kind === 'text' || (shape.kind === 'elsewhere' && shape.of === 'text')
      if (isText) return marked(bytes, context)
      return (memory, at, record) => escaped(bytes(memory, at, record))
    }
    case 'tuple': {
      const parts = shape.parts.map(({offset, shape: part}) => ({offset, print: printer(part, context)}))
      return (memory, at, record) =>
        `(${parts.map(({offset, print}) => print(memory, at + offset, record)).join(', ')})`
    }
    case 'array': {
      const print = printer(shape.of, context)
      const size = sizeOf(shape.of)
      return (memory, at, record) =>
        `[${Array.from({length: shape.length}, (_, index) => print(memory, at + index * size, record)).join(',')}]`
    }
    case 'record': {
      const fields = shape.fields.map(({name, offset, shape: field}) => ({
        name,
        offset,
        print: printer(field, context),
      }))
      return (memory, at, record) =>
        `{ ${fields.map(({name, offset, print}) => `.${name} = ${print(memory, at + offset, record)}`).join(', ')} }`
    }
    case 'stack': {
      const {map, form, of} = shape
      return ({view}, at) => {
        const addresses = stacks.addresses(map, view.getBigUint64(at, true))
        return of === 'kernel'
          ? kernelStack(addresses, form, names.kernel)
          : userStack(addresses, form, names.user, view.getUint32(at + 8, true))
      }
    }
    case 'symbol': {
      const kernel = shape.of === 'kernel'
      return ({view}, at) => {
        const address = view.getBigUint64(at, true)
        const frame = kernel
          ? names.kernel.resolve(address)
          : names.user.resolve(view.getUint32(at + 8, true), address)
        return symbolText(frame)
      }
    }
    case 'address':
      return ({bytes, view}, at) => internetAddress(view.getUint32(at, true), bytes.subarray(at + 4, at + 20))
    case 'mac':
      return ({bytes}, at) => hardwareAddress(bytes.subarray(at, at + 6))
    case 'pointer':
      return ({view}, at) => `0x${view.getBigUint64(at, true).toString(16)}`
    case 'unknown':
      return () => 'null'
    case 'enum': {
      const read = integerReader(enumBytes(shape.bytes), true)
      const unsigned = integerReader(enumBytes(shape.bytes), false)
      return (memory, at) =>
        shape.names.get(BigInt(read(memory, at))) ??
        shape.names.get(BigInt(unsigned(memory, at))) ??
        read(memory, at).toString()
    }
    case 'time':
      return ({view}, at) => latin1(names.time(shape.format, view.getBigUint64(at, true)))
    case 'cgroup':
      return ({view}, at) => latin1(names.cgroup(view.getBigUint64(at, true), shape.filter))
    case 'errno':
      return ({view}, at) => names.errorText(Number(view.getBigInt64(at, true)))
    case 'username':
      return ({view}, at) => {
        const id = Number(view.getBigUint64(at, true))
        return latin1(names.userName(id) ?? id.toString())
      }
    case 'choice':
      return ({view}, at) => latin1(shape.texts[view.getUint32(at, true)] ?? '')
  }
}

/** A text with the mark behind it if it was cut. */
function marked(print: Printer, {cut}: PrintContext): Printer {
  if (cut === undefined) return print
  const mark = latin1(cut.mark)
  return (memory, at, record) => {
    const text = print(memory, at, record)
    return text.length === cut.bytes ? text + mark : text
  }
}

/** The bytes of a text or buffer as they are. */
export function bytesPrinter(shape: Shape & {readonly kind: 'text' | 'elsewhere' | 'buffer'}): Printer {
  const slice = (memory: Memory, begin: number, length: number, isText: boolean): string => {
    const limit = begin + length
    return memory.bytes.toString('latin1', begin, isText ? textEnd(memory, begin, limit) : limit)
  }
  switch (shape.kind) {
    case 'text':
      return (memory, at) => slice(memory, at, shape.bytes, true)
    case 'buffer':
      return (memory, at) =>
        slice(memory, at + 4, Math.min(memory.view.getUint32(at, true), shape.bytes - 4), false)
    case 'elsewhere': {
      const isText = shape.of === 'text'
      return (memory, at, record) =>
        slice(memory, record + memory.view.getUint32(at, true), memory.view.getUint32(at + 4, true), isText)
    }
  }
}

function enumBytes(bytes: number): 1 | 2 | 4 | 8 {
  return bytes === 1 || bytes === 2 || bytes === 8 ? bytes : 4
}
