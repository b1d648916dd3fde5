import {BugError} from '../../../errors.js'
import {helpers} from '../helpers.js'
import {bytesOf, isNumber, offsetsOf, storedSize, type Type} from '../types/type.js'
import type {Value} from '../types/tree.js'
import {moved, type Spot} from './frame.js'
import type {Generator} from './generator.js'
import {copyMap} from './maps.js'
import {readers, storeProcess, textReaders} from './reading.js'
import {storeStack} from './stacks.js'

/** Writes a value that is in memory: all bytes of `type`, those behind its end as zeros. */
export function storeMemory(g: Generator, value: Value, spot: Spot, type: Type): void {
  const {asm} = g
  const size = storedSize(type)
  switch (value.op) {
    case 'literal':
      literal(g, value.bytes, spot, size)
      return
    case 'bytes':
      literal(g, value.bytes, spot, size, value.bytes.length)
      return
    case 'spread':
      g.evaluate(value.of, 'r0')
      asm.store(8, spot.base, spot.offset, 'r0')
      return
    case 'comm':
      // Some kernels leave what is behind the end as it was (seen in 6.1, not in 5.10 and 6.12).
      g.zero(spot, size)
      g.address('r1', spot)
      asm.move('r2', 16)
      asm.call(helpers.get_current_comm)
      return
    case 'string':
      g.zero(spot, size)
      string(g, value, spot)
      return
    case 'memory':
      memory(g, value, spot, type)
      return
    case 'variable':
    case 'inside': {
      const own = storedSize(value.type)
      const from = g.locate(value)
      // A variable may have grown since the value was looked at.
      g.copy(from, spot, Math.min(own, size))
      if (size > own) g.zero(moved(spot, own), size - own)
      return
    }
    case 'map': {
      const own = storedSize(value.type)
      copyMap(g, value, spot)
      if (size > own) g.zero(moved(spot, own), size - own)
      return
    }
    case 'tuple': {
      if (type.kind !== 'tuple') break
      const offsets = offsetsOf(type.parts)
      value.parts.forEach((part, index) =>
        g.briefly(() => g.store(part, moved(spot, offsets[index] ?? 0), type.parts[index])),
      )
      return
    }
    case 'choice': {
      const [otherwise, done] = [asm.label('otherwise'), asm.label('chosen')]
      g.jumpOn(value.condition, otherwise, false)
      g.briefly(() => g.store(value.then, spot, type))
      asm.jump(done)
      asm.here(otherwise)
      g.briefly(() => g.store(value.otherwise, spot, type))
      asm.here(done)
      return
    }
    case 'convert':
      g.store(value.of, spot, type)
      return
    case 'sequence':
      g.run(value.body)
      g.store(value.value, spot, type)
      return
    case 'buffer':
      g.zero(spot, size)
      buffer(g, value, spot)
      return
    case 'ownBuffer':
      ownBuffer(g, value, spot, size)
      return
    case 'stack':
      storeStack(g, value, spot)
      return
    case 'usym':
      g.evaluate(value.address, 'r0')
      asm.store(8, spot.base, spot.offset, 'r0')
      storeProcess(g, moved(spot, 8))
      return
    case 'inet':
      inet(g, value, spot)
      return
    case 'mac':
      asm.store(8, spot.base, spot.offset, 0)
      g.evaluate(value.address, 'r3')
      g.address('r1', spot)
      asm.move('r2', 6)
      asm.call(readers[value.address.type.space])
      return
    default:
  }
  throw new BugError(`${value.op} is not kept in memory`)
}

/** Bytes and zeros behind them; a text leaves room for its end. */
function literal(g: Generator, bytes: Buffer, spot: Spot, size: number, most = size - 1): void {
  const whole = Math.min(size, (bytes.length + 8) & ~7)
  const padded = Buffer.alloc(whole)
  bytes.copy(padded, 0, 0, Math.min(bytes.length, most))
  if (size > whole) g.zero(moved(spot, whole), size - whole)
  for (let at = 0; at < whole; at += 8) {
    const word = padded.readBigInt64LE(at)
    if (word === BigInt.asIntN(32, word)) g.asm.store(8, spot.base, spot.offset + at, Number(word))
    else {
      g.asm.constant('r0', word)
      g.asm.store(8, spot.base, spot.offset + at, 'r0')
    }
  }
}

/** Reads a text to a place that is zeros; r0 is what the helper says. */
function string(g: Generator, {address, length, type}: Value & {op: 'string'}, spot: Spot): void {
  const {asm} = g
  const room = type.kind === 'text' ? type.room : 1
  if (length === undefined) {
    g.evaluate(address, 'r3')
    asm.move('r2', room)
  } else
    g.waiting(address, (load) => {
      evaluateLength(g, length, room)
      load('r3')
    })
  g.address('r1', spot)
  asm.call(textReaders[address.type.space])
}

function memory(
  g: Generator,
  {address, offset, type: own}: Value & {op: 'memory'},
  spot: Spot,
  type: Type,
): void {
  const {asm} = g
  const size = storedSize(type)
  const isText = own.kind === 'text'
  const bytes =
    own.kind === 'record' || own.kind === 'array' ? own.bytes : own.kind === 'text' ? own.room : size
  // Nothing but zeros may be behind the end of a text, as keys are compared whole.
  if (isText || bytes < size) g.zero(spot, size)
  g.evaluate(address, 'r3')
  if (offset !== 0) asm.alu64('+', 'r3', offset)
  g.address('r1', spot)
  asm.move('r2', bytes)
  asm.call((isText ? textReaders : readers)[address.type.space])
}

/** A length of 4 bytes, then the bytes, to a place that is zeros. */
function buffer(g: Generator, {address, length, type}: Value & {op: 'buffer'}, spot: Spot): void {
  const {asm} = g
  const room = type.kind === 'buffer' ? type.room : 1
  g.waiting(address, (load) => {
    evaluateLength(g, length, room)
    asm.store(4, spot.base, spot.offset, 'r2')
    load('r3')
    g.address('r1', moved(spot, 4))
    asm.call(readers[address.type.space])
  })
}

/** The same from a text of our own. */
function ownBuffer(
  g: Generator,
  {of, length, type}: Value & {op: 'ownBuffer'},
  spot: Spot,
  size: number,
): void {
  const {asm} = g
  const room = type.kind === 'buffer' ? type.room : 1
  const from = g.locate(of)
  evaluateLength(g, length, room)
  asm.store(8, spot.base, spot.offset, 'r2')
  if (size > 8) g.zero(moved(spot, 8), size - 8)
  asm.load(4, 'r2', spot.base, spot.offset)
  const fits = asm.label('fits')
  asm.jumpIf('r2', '<=', room, fits)
  asm.move('r2', room)
  asm.here(fits)
  g.address('r1', moved(spot, 4))
  g.address('r3', from)
  asm.call(helpers.probe_read_kernel)
}

/** How many bytes of a buffer, or of a text with its end, are wanted: at most `room`, in r2. */
export function evaluateLength(g: Generator, length: Value, room: number): void {
  const {asm} = g
  const fits = asm.label('fits')
  g.evaluate(length, 'r2')
  asm.jumpIf('r2', '<=', room, fits)
  asm.move('r2', room)
  asm.here(fits)
}

/** The family in 4 bytes, then the address in 16. */
function inet(g: Generator, {family, of}: Value & {op: 'inet'}, spot: Spot): void {
  const {asm} = g
  g.zero(spot, 24)
  g.evaluate(family, 'r0')
  asm.store(4, spot.base, spot.offset, 'r0')
  if (isNumber(of.type)) {
    g.evaluate(of, 'r0')
    asm.store(4, spot.base, spot.offset + 4, 'r0')
    return
  }
  const bytes = bytesOf(of.type)
  const wanted = bytes === 16 ? 16 : 4
  if (of.op === 'memory') {
    g.evaluate(of.address, 'r3')
    if (of.offset !== 0) asm.alu64('+', 'r3', of.offset)
    g.address('r1', moved(spot, 4))
    asm.move('r2', wanted)
    asm.call(readers[of.address.type.space])
  } else {
    const from = g.locate(of)
    for (let at = 0; at < wanted; at += 4) {
      asm.load(4, 'r0', from.base, from.offset + at)
      asm.store(4, spot.base, spot.offset + 4 + at, 'r0')
    }
  }
}
