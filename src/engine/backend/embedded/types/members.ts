import {type CType, type Field, type OpaqueType, s64, sizeOf, u64} from '../../../program/ctype.js'
import {didYouMean} from '../../../program/slip.js'
import {Mistake, type Place, unsupported} from '../mistake.js'
import type {Expression} from '../syntax/ast.js'
import type {Checker} from './checker.js'
import {asNumber, constant} from './numbers.js'
import {partOf} from './parts.js'
import type {Argument, Arguments, ProbeFacts} from './probe.js'
import {bytesOf, fromC, named, type Space} from './type.js'
import type {Cell, Pointing, Value} from './tree.js'

const castHint = 'cast it to a pointer to something known, such as (struct file *)'

/** `base.name` and `base->name`; both follow a pointer. */
export function member(checker: Checker, {of, name, place}: Expression & {kind: 'member'}): Value {
  const {probe} = checker
  if (of.kind === 'name' && of.name === 'args') {
    // Where arguments of a process are, only DWARF says.
    if (probe.kind === 'uprobe' || probe.kind === 'uretprobe')
      throw unsupported(`args.${name} of a function of a process`, place)
    if (probe.args === undefined)
      throw new Mistake(`args has nothing for a probe of kind ${probe.kind}`, place, contextHint(probe))
    return argument(checker, probe.args(), name, place)
  }
  if (of.kind === 'name' && of.name === 'ctx' && probe.context !== undefined)
    return argument(checker, probe.context(), name, place)
  const base = checker.value(of)
  const structure = base.type.kind === 'pointer' ? pointedAt(checker, base, of.place) : base
  if (structure.type.kind !== 'record')
    throw new Mistake(`${named(structure.type)} has no members`, of.place, castHint)
  const {type} = structure.type
  const fields = checker.world.types?.fields(type)
  const field = fields?.get(name)
  if (field === undefined)
    throw new Mistake(`${type.name} has no member ${name}`, place, didYouMean(name, fields?.keys() ?? []))
  if (structure.op === 'memory')
    return at(checker, structure.address, structure.offset + field.offset, field, place)
  return within(checker, structure, field.offset, field, place)
}

export function part(checker: Checker, {of, index, place}: Expression & {kind: 'part'}): Value {
  return {...partOf(checker.value(of), index), place}
}

/** `base[index]` of an array, a pointer or a text. */
export function element(checker: Checker, {of, index: which, place}: Expression & {kind: 'index'}): Value {
  const base = checker.value(of)
  const index = asNumber(checker.value(which))
  const {type} = base
  if (type.kind === 'tuple') {
    if (index.op !== 'constant')
      throw new Mistake('the part of a tuple must be known beforehand', which.place)
    return {...partOf(base, Number(index.value)), place}
  }
  const one: CType | undefined =
    type.kind === 'pointer'
      ? type.to
      : type.kind === 'array'
        ? type.of
        : type.kind === 'text'
          ? character
          : undefined
  if (one === undefined) throw new Mistake(`${named(type)} has no elements`, of.place)
  const size = sizeOf(one, checker.world.types)
  if (size === undefined)
    throw new Mistake('the size of what this points to is not known', of.place, castHint)
  const length = type.kind === 'array' ? type.length : type.kind === 'text' ? bytesOf(type) : undefined
  const which64 = index.op === 'constant' ? BigInt.asIntN(64, index.value) : undefined
  const isOwn = base.op !== 'memory' && type.kind !== 'pointer'
  if (which64 !== undefined && ((length && which64 >= length) || (isOwn && which64 < 0n)))
    throw new Mistake(`there are only ${length} elements`, which.place)
  if (base.op === 'literal' && index.op === 'constant')
    return constant(BigInt(base.bytes[Number(index.value)] ?? 0), character, place)
  const [address, offset] =
    type.kind === 'pointer'
      ? [base as Pointing, 0]
      : base.op === 'memory'
        ? [base.address, base.offset]
        : [undefined, 0]
  if (address === undefined) {
    if (index.op !== 'constant')
      throw unsupported(`an index that is not constant into ${named(type)}`, which.place)
    return within(checker, base, Number(index.value) * size, {type: one, offset: 0}, place)
  }
  if (which64 !== undefined && isOffset(BigInt(offset) + which64 * BigInt(size)))
    return at(checker, address, offset + Number(which64) * size, {type: one, offset: 0}, place)
  const bytes: Value =
    size === 1
      ? index
      : {
          op: 'arithmetic',
          operator: '*',
          left: index,
          right: constant(BigInt(size), s64, place),
          type: s64,
          place,
        }
  const moved: Pointing = {
    op: 'arithmetic',
    operator: '+',
    left: address,
    right: bytes,
    type: address.type,
    place,
  }
  return at(checker, moved, offset, {type: one, offset: 0}, place)
}

/** Whether so many bytes can be added to an address by one instruction. */
function isOffset(bytes: bigint): boolean {
  return BigInt.asIntN(32, bytes) === bytes
}

const character = {kind: 'int', bits: 8, signed: true} as const

/** `*pointer`; of a plain number, the 8 bytes at that address. */
export function pointedAt(checker: Checker, value: Value, place: Place): Value {
  const plain: Value =
    value.type.kind === 'pointer' || value.type.kind === 'text' || value.type.kind === 'array'
      ? value
      : {op: 'convert', of: asNumber(value), type: {kind: 'pointer', to: u64, space: 'either'}, place}
  if (plain.type.kind === 'text' || plain.type.kind === 'array') {
    const zero: Expression = {kind: 'number', value: 0n, place}
    if (plain.op !== 'memory') throw unsupported('* of a text of our own', place)
    const to = plain.type.kind === 'text' ? character : plain.type.of
    return at(checker, plain.address, plain.offset, {type: to, offset: 0}, zero.place)
  }
  if (plain.type.kind !== 'pointer') throw new Mistake(`${named(plain.type)} is no pointer`, place)
  const {to} = plain.type
  if (to.kind === 'opaque') refuse(to, place, to.name === 'void' ? castHint : undefined)
  return at(checker, plain as Pointing, 0, {type: to, offset: 0}, place)
}

/** `&value` of what is in memory, and an array where an address is wanted. */
export function addressOf(value: Value, place: Place): Pointing {
  if (value.op === 'memory' || value.op === 'load') {
    const {address, offset} = value
    const to: CType =
      value.type.kind === 'array'
        ? value.type.of
        : value.type.kind === 'record'
          ? value.type.type
          : value.type.kind === 'text'
            ? character
            : value.type.kind === 'int'
              ? value.type
              : value.type.kind === 'pointer'
                ? {kind: 'pointer', to: value.type.to}
                : {kind: 'opaque', name: 'void'}
    return {op: 'address', of: address, offset, type: {kind: 'pointer', to, space: address.type.space}, place}
  }
  if (value.op === 'string' && value.length === undefined) return value.address
  throw unsupported('the address of something of our own', place)
}

/** The value of a member or element at an address. */
function at(checker: Checker, address: Pointing, offset: number, field: Field, place: Place): Value {
  if (!isOffset(BigInt(offset)))
    throw new Mistake('this is more than 2 GiB from where the pointer points to', place)
  const type = valueType(checker, field.type, inner(address.type.space), place)
  if (type.kind !== 'int' && type.kind !== 'pointer') return {op: 'memory', address, offset, type, place}
  const cell = cellOf(field)
  // The kernel lets programs read the context itself, where the number does not lie across a boundary.
  const inContext = address.op === 'contextAddress' ? address.offset + offset : -1
  if (inContext >= 0 && inContext < 1 << 15 && inContext % cell.bytes === 0)
    return {op: 'context', offset: inContext, cell, type, place}
  return {op: 'load', address, offset, cell, type, place}
}

/** The same inside of a value of our own. */
function within(checker: Checker, of: Value, offset: number, field: Field, place: Place): Value {
  const type = valueType(checker, field.type, 'either', place)
  const scalar = type.kind === 'int' || type.kind === 'pointer'
  return {op: 'inside', of, offset, type, place, ...(scalar && {cell: cellOf(field)})}
}

/** A pointer found in the memory of the process points there too; one in the kernel's memory may point to either. */
function inner(space: Space): Space {
  return space === 'user' ? 'user' : 'either'
}

function valueType(
  checker: Checker,
  of: CType,
  space: Space,
  place: Place,
): ReturnType<typeof fromC> & object {
  const type = fromC(of, space, checker.world.types)
  if (type !== undefined) return type
  if (of.kind === 'opaque') refuse(of, place)
  throw new Mistake('nobody knows what is in this', place)
}

/** @throws Mistake as there is no value of such a type */
function refuse({name, bytes}: OpaqueType, place: Place, hint?: string): never {
  if (bytes !== undefined) throw unsupported('a floating-point number', place)
  throw new Mistake(`nobody knows what is in ${name}`, place, hint)
}

function cellOf({type, bitField}: Field): Cell {
  const bits = type.kind === 'int' ? type.bits : 64
  const signed = type.kind === 'int' && type.signed
  const isBool = type.kind === 'int' && type.isBool === true
  if (bitField === undefined) return {bytes: (bits / 8) as Cell['bytes'], signed, ...(isBool && {isBool})}
  const wide = ([1, 2, 4, 8] as const).find((bytes) => bytes * 8 >= bitField.offset + bitField.size) ?? 8
  return {bytes: wide, signed, bits: bitField}
}

function contextHint({context}: ProbeFacts): string | undefined {
  return context && `its members are those of ctx: ${[...context().keys()].join(', ')}`
}

/** `args.name`, and `ctx.name` of an iterator. */
function argument(checker: Checker, args: Arguments, name: string, place: Place): Value {
  const {probe} = checker
  const found = args.get(name)
  checker.isOwn = true
  if (found === undefined)
    throw new Mistake(`${probe.label} has no argument ${name}`, place, didYouMean(name, args.keys()))
  return found.kind === 'field' ? fieldValue(checker, found, place) : slotValue(checker, found, place)
}

function fieldValue(
  checker: Checker,
  {field, type, isElsewhere}: Argument & {kind: 'field'},
  place: Place,
): Value {
  const {offset} = field
  const contextAddress: Pointing = {
    op: 'contextAddress',
    offset: 0,
    type: {kind: 'pointer', to: {kind: 'opaque', name: 'void'}, space: 'kernel'},
    place,
  }
  if (isElsewhere) {
    const isText = type.kind === 'int' && type.bits === 8
    const to: CType = isText ? character : type
    const pointer = {kind: 'pointer', to, space: 'kernel'} as const
    const relative = field.isRelative === true
    const address: Pointing = {op: 'dataLocation', offset, relative, type: pointer, place}
    if (!isText) return address
    return {op: 'string', address, type: {kind: 'text', room: checker.world.settings.textRoom}, place}
  }
  if (type.kind === 'pointer' && type.user !== true) {
    const space = checker.probe.label.startsWith('tracepoint:syscalls:') ? 'user' : 'either'
    return {
      op: 'context',
      offset,
      cell: {bytes: 8, signed: false},
      type: {...type, kind: 'pointer', space},
      place,
    }
  }
  return at(checker, contextAddress, offset, {type, offset: 0}, place)
}

function slotValue(checker: Checker, {index, type}: Argument & {kind: 'slot'}, place: Place): Value {
  const known = fromC(type, 'kernel', checker.world.types)
  if (known?.kind === 'int') {
    const cell = {bytes: (known.bits / 8) as Cell['bytes'], signed: known.signed}
    return {op: 'context', offset: index * 8, cell, type: known, place}
  }
  if (known?.kind === 'pointer')
    return {op: 'context', offset: index * 8, cell: {bytes: 8, signed: false}, type: known, place}
  throw unsupported(`an argument of type ${known ? named(known) : 'unknown'}`, place)
}
