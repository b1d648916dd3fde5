import type {Shape} from '../object.js'
import {integerReader, type Memory} from '../runtime/memory.js'
import type {Printer} from '../runtime/values.js'
import {type Conversion, formatInteger, formatText, parseFormat} from './conversions.js'
import {escaped, hexDigits, hexEscaped, latin1} from './latin1.js'
import {bytesPrinter, printer, type PrintContext} from './printer.js'

/** Makes what prints the records of one printf(), cat() or system(): its format and the shape of its arguments. */
export function formatPrinter(format: string, args: Shape, context: PrintContext): Printer {
  const {texts, conversions} = parseFormat(latin1(format))
  const [first = '', ...rest] = texts
  const parts = args.kind === 'tuple' ? args.parts : []
  const printers = conversions.flatMap((conversion, index) => {
    const part = parts[index]
    return part === undefined
      ? []
      : [
          {
            offset: part.offset,
            print: conversionPrinter(conversion, part.shape, context),
            after: rest[index] ?? '',
          },
        ]
  })
  return (memory, at, record) => {
    let text = first
    for (const {offset, print, after} of printers) text += print(memory, at + offset, record) + after
    return text
  }
}

function conversionPrinter(conversion: Conversion, shape: Shape, context: PrintContext): Printer {
  const {type, width, precision} = conversion
  switch (type) {
    case 's': {
      const print = printer(shape, context)
      if (width === 0 && precision === undefined) return print
      return (memory, at, record) => formatText(print(memory, at, record), conversion)
    }
    case 'r':
    case 'rx':
    case 'rh': {
      const show = {r: escaped, rx: hexEscaped, rh: hexDigits}[type]
      const print =
        shape.kind === 'text' || shape.kind === 'buffer' || shape.kind === 'elsewhere'
          ? bytesPrinter(shape)
          : printer(shape, context)
      return (memory, at, record) => formatText(show(print(memory, at, record)), conversion)
    }
    default: {
      const read = integerOf(shape)
      return (memory, at) => formatInteger(read(memory, at), conversion)
    }
  }
}

/** The number that a value is, for conversions of numbers. */
function integerOf(shape: Shape): (memory: Memory, at: number) => number | bigint {
  switch (shape.kind) {
    case 'int':
      return integerReader(shape.bytes, shape.signed)
    case 'enum':
      return integerReader(
        shape.bytes === 1 || shape.bytes === 2 || shape.bytes === 8 ? shape.bytes : 4,
        true,
      )
    case 'choice':
      return integerReader(4, false)
    default:
      return integerReader(8, false)
  }
}
