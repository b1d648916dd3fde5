import {s64, u64} from '../../../program/ctype.js'
import {type Place, unsupported} from '../mistake.js'
import type {Checker} from './checker.js'
import {constant, convert} from './numbers.js'
import {registersOf} from './registers.js'
import type {Int} from './type.js'
import type {Cell, Value} from './tree.js'

/** How many bytes, with a minus if the number has a sign, and where: `-4@%edi`, `8@-16(%rbp)`, `4@[sp, 12]`. */
const operand = /^(-?)([1248])@(.+)$/

/** The assembler's names of x86-64 registers: 64, 32, 16 and 8 bits, the last as the lower or the second byte. */
type Named = readonly [name: string, at: readonly [register: string, high?: true]]

const x64 = new Map<string, readonly [register: string, high?: true]>([
  ...['ax', 'bx', 'cx', 'dx'].flatMap((name): Named[] => {
    const letter = name[0] ?? ''
    return [
      ...[`r${name}`, `e${name}`, name, `${letter}l`].map((each): Named => [each, [name]]),
      [`${letter}h`, [name, true]],
    ]
  }),
  ...['si', 'di', 'bp', 'sp'].flatMap((name) =>
    [`r${name}`, `e${name}`, name, `${name}l`].map((each): Named => [each, [name]]),
  ),
  ...[8, 9, 10, 11, 12, 13, 14, 15].flatMap((number) =>
    ['', 'd', 'w', 'b'].map((size): Named => [`r${number}${size}`, [`r${number}`]]),
  ),
  ['rip', ['ip']],
])

/** An argument of a USDT probe, by what the note of the probe says of its place. */
export function usdtArgument(checker: Checker, text: string, place: Place): Value {
  const [, minus, size, where = ''] = operand.exec(text) ?? []
  const bytes = Number(size) as Cell['bytes']
  const type: Int = {kind: 'int', bits: (bytes * 8) as Int['bits'], signed: minus === '-'}
  const value = size === undefined ? undefined : placeOf(checker, where, bytes, type, place)
  if (value === undefined) throw unsupported(`the place ${text} of an argument`, place)
  return value
}

function placeOf(
  checker: Checker,
  where: string,
  bytes: Cell['bytes'],
  type: Int,
  place: Place,
): Value | undefined {
  const {arch} = checker.world.context
  const number = /^[$#]?(-?(?:0x[\da-f]+|\d+))$/i.exec(where)?.[1]
  if (number !== undefined) {
    const value = number.startsWith('-') ? -BigInt(number.slice(1)) : BigInt(number)
    return convert(constant(value, s64, place), type, place)
  }
  const load = (address: Value, offset: number): Value => ({
    op: 'load',
    address: {op: 'convert', of: address, type: {kind: 'pointer', to: u64, space: 'user'}, place},
    offset,
    cell: {bytes, signed: type.signed},
    type,
    place,
  })
  if (arch === 'x64') {
    if (where.startsWith('%')) {
      const found = registerOf(checker, where.slice(1), place)
      return found && convert(found, type, place)
    }
    const [, offset = '0', base, index, scale = '1'] =
      /^(-?(?:0x[\da-f]+|\d+))?\(%(\w+)(?:,%(\w+)(?:,([1248]))?)?\)$/i.exec(where) ?? []
    const start = base === undefined ? undefined : registerOf(checker, base, place)
    if (start === undefined) return undefined
    if (index === undefined) return load(start, Number(offset))
    const by = registerOf(checker, index, place)
    if (by === undefined) return undefined
    const scaled: Value = {
      ...{op: 'arithmetic', operator: '*', left: by, type: u64, place},
      right: constant(BigInt(scale), u64, place),
    }
    return load(
      {op: 'arithmetic', operator: '+', left: start, right: scaled, type: u64, place},
      Number(offset),
    )
  }
  const [, name, offset = '0'] = /^\[(\w+)(?:, *(-?\d+))?\]$/.exec(where) ?? []
  if (name !== undefined) {
    const start = plain(checker, name, place)
    return start && load(start, Number(offset))
  }
  // w0 is the lower half of x0.
  const found = plain(checker, where.replace(/^[xw](?=\d)/, 'r'), place)
  return found && convert(found, type, place)
}

function plain(checker: Checker, name: string, place: Place): Value | undefined {
  const offset = registersOf(checker.world.context.arch)?.offsets[name.replace(/^x(?=\d)/, 'r')]
  return offset === undefined
    ? undefined
    : {op: 'context', offset, cell: {bytes: 8, signed: false}, type: u64, place}
}

function registerOf(checker: Checker, name: string, place: Place): Value | undefined {
  const [register, high] = x64.get(name.toLowerCase()) ?? []
  const whole = register === undefined ? undefined : plain(checker, register, place)
  if (whole === undefined || high !== true) return whole
  return {op: 'arithmetic', operator: '>>', left: whole, right: constant(8n, u64, place), type: u64, place}
}
