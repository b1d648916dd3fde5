import type {Register} from '../assembler.js'
import {helpers, ringFlags, ringQueries} from '../helpers.js'
import type {Place} from '../mistake.js'
import type {RecordKind, Shape} from '../object.js'
import {storedSize} from '../types/type.js'
import type {Action, Value} from '../types/tree.js'
import {moved, type Spot} from './frame.js'
import type {Generator} from './generator.js'
import {evaluateLength} from './memory.js'
import {readers, textReaders} from './reading.js'
import {globalOffsets} from './objectbuilder.js'
import {shapeOf} from './shapes.js'

/** The number of its kind, and 4 bytes of nothing. */
const headBytes = 8
/** Where and how long. */
const elsewhereBytes = 8
/** Texts up to this size are in place. */
const shortText = 16
/** bpftrace's limit of what join() reads. */
const mostJoined = 16

/** A value of a record, and where in it. */
interface Part {
  readonly value: Value
  readonly offset: number
  readonly elsewhere: boolean
}

/** Sends a record. */
export function emit(g: Generator, action: Action & {op: 'emit'}): void {
  const {record, value, map, place} = action
  g.briefly(() => {
    const parts: Part[] = []
    const layout = value && lay(g, value, headBytes, parts)
    const head = {
      ...record,
      ...(layout && {shape: layout.shape}),
      ...(map && {named: g.object.named(map)}),
    } as unknown as RecordKind
    const fixed = layout?.end ?? headBytes
    const tail = parts.filter((part) => part.elsewhere)
    const rooms = tail.map((part) => roomOf(part.value))
    const spot = g.large(fixed + rooms.reduce((sum, room) => sum + room, 0), place)
    begin(g, head, spot)
    for (const part of parts)
      if (!part.elsewhere) g.briefly(() => g.store(part.value, moved(spot, part.offset)))
    const end = new Tail(g, spot, fixed, place)
    tail.forEach((part, index) => g.briefly(() => append(g, part, end, rooms[index] ?? 0)))
    end.send(record.kind === 'exit')
    if (record.kind === 'exit') {
      g.asm.mapValue('r1', g.object.globals, globalOffsets.stopped)
      g.asm.store(4, 'r1', 0, 1)
    }
  })
  if (record.kind === 'exit') g.asm.jump(g.end)
}

function begin(g: Generator, head: RecordKind, spot: Spot): void {
  g.asm.store(8, spot.base, spot.offset, g.object.record(head))
}

/** Where in a record the parts of a value are, and how it is read there. */
function lay(g: Generator, value: Value, offset: number, parts: Part[]): {shape: Shape; end: number} {
  if (value.op === 'tuple') {
    let end = offset
    const shapes = value.parts.map((part) => {
      const at = end
      const laid = lay(g, part, at, parts)
      ;({end} = laid)
      return {offset: at - offset, shape: laid.shape}
    })
    return {shape: {kind: 'tuple', bytes: end - offset, parts: shapes}, end}
  }
  // What the program itself has does not travel.
  if (value.op === 'literal')
    return {shape: {kind: 'choice', texts: [value.bytes.toString()]}, ...zeros(value, offset, parts)}
  const {type} = value
  const isLong = (type.kind === 'text' && type.room > shortText) || type.kind === 'buffer'
  parts.push({value, offset, elsewhere: isLong})
  if (isLong) return {shape: {kind: 'elsewhere', of: type.kind}, end: offset + elsewhereBytes}
  return {shape: shapeOf(type, g.object.facts), end: offset + storedSize(type)}
}

function zeros({place}: Value, offset: number, parts: Part[]): {end: number} {
  const type = {kind: 'int', bits: 64, signed: true} as const
  parts.push({value: {op: 'constant', value: 0n, type, place}, offset, elsewhere: false})
  return {end: offset + 8}
}

function roomOf({type}: Value): number {
  return type.kind === 'text' || type.kind === 'buffer' ? type.room : 0
}

/** What a record takes in the ring beside its bytes, at most: its head, and what rounds it up. */
const overhead = 16

/** The end of a record that grows with every text. */
class Tail {
  readonly #g: Generator
  readonly #spot: Spot
  readonly #slot: Spot
  /** The end while it is known, and how far it can be when it is not. */
  #most: number
  /** Where the end is kept when it is not known. */
  #kept: Spot | undefined

  constructor(g: Generator, spot: Spot, end: number, place: Place) {
    this.#g = g
    this.#spot = spot
    this.#slot = g.frame.stack(8, place)
    this.#most = end
  }

  /** The end as a number, in a register. */
  load(dst: 'r1' | 'r2' | 'r3'): void {
    const {asm} = this.#g
    if (this.#kept === undefined) {
      asm.move(dst, this.#most)
      return
    }
    const fits = asm.label('fits')
    asm.load(8, dst, this.#kept.base, this.#kept.offset)
    // It always does, but not every kernel remembers what it knows of a number on the stack.
    asm.jumpIf(dst, '<=', this.#most, fits)
    asm.move(dst, this.#most)
    asm.here(fits)
  }

  /** The address of the end, in r1. */
  address(): void {
    const {asm} = this.#g
    this.load('r1')
    asm.alu64('+', 'r1', this.#spot.base)
    if (this.#spot.offset !== 0) asm.alu64('+', 'r1', this.#spot.offset)
  }

  /** So many bytes were written, by r0, which is at most `most`: the place that says so is at `offset`. */
  grow(offset: number, most: number): void {
    const {asm} = this.#g
    const {base, offset: at} = this.#spot
    this.load('r1')
    asm.store(4, base, at + offset, 'r1')
    asm.store(4, base, at + offset + 4, 'r0')
    asm.alu64('+', 'r1', 'r0')
    this.#kept = this.#slot
    asm.store(8, this.#kept.base, this.#kept.offset, 'r1')
    this.#most += most
  }

  send(atOnce: boolean): void {
    const {asm, object} = this.#g
    const portion = object.context.ringBytes / 8
    if (atOnce || object.context.wakesAtOnce || this.#most + overhead > portion)
      asm.move('r4', ringFlags.forceWakeup)
    else {
      const [awake, known] = [asm.label('awake'), asm.label('flags known')]
      asm.mapValue('r1', object.globals, globalOffsets.sleeping)
      asm.load(4, 'r2', 'r1', 0)
      asm.jumpIf('r2', '==', 0, awake)
      asm.store(4, 'r1', 0, 0)
      asm.move('r4', ringFlags.forceWakeup)
      asm.jump(known)
      asm.here(awake)
      asm.map('r1', object.ring)
      asm.move('r2', ringQueries.available)
      asm.call(helpers.ringbuf_query)
      // To wake the reader costs more than the record: so only by the record with which the ring is an eighth full, or
      // another eighth. A timer does the rest. The flags follow each other, so that it takes no jump.
      if (this.#kept === undefined) asm.move('r4', this.#most)
      else asm.load(8, 'r4', this.#kept.base, this.#kept.offset)
      asm.alu64('+', 'r4', overhead)
      asm.alu64('+', 'r4', 'r0')
      const shift = Math.log2(portion)
      asm.alu64('>>', 'r4', shift)
      asm.alu64('>>', 'r0', shift)
      asm.alu64('-', 'r4', 'r0')
      asm.alu64('+', 'r4', ringFlags.noWakeup)
      asm.here(known)
    }
    asm.map('r1', object.ring)
    this.#g.address('r2', this.#spot)
    this.load('r3')
    asm.call(helpers.ringbuf_output)
    this.#g.countLossBy({kind: 'records'})
  }
}

/** Writes a text or buffer behind the end of a record. */
function append(g: Generator, {value, offset}: Part, end: Tail, room: number): void {
  const {asm} = g
  if (value.op === 'buffer') {
    g.waiting(value.address, (load) => {
      const length = g.frame.stack(8, value.place)
      evaluateLength(g, value.length, room)
      asm.store(8, length.base, length.offset, 'r2')
      load('r3')
      end.address()
      asm.call(readers[value.address.type.space])
      asm.load(8, 'r0', length.base, length.offset)
      clamp(g, 'r0', room)
    })
    end.grow(offset, room)
    return
  }
  if (value.type.kind === 'buffer') {
    // Its length is in front of it.
    const from = g.locate(value)
    asm.load(4, 'r0', from.base, from.offset)
    const length = g.frame.stack(8, value.place)
    clamp(g, 'r0', room)
    asm.store(8, length.base, length.offset, 'r0')
    end.address()
    asm.move('r2', 'r0')
    g.address('r3', moved(from, 4))
    asm.call(helpers.probe_read_kernel)
    asm.load(8, 'r0', length.base, length.offset)
    clamp(g, 'r0', room)
    end.grow(offset, room)
    return
  }
  if (value.op === 'string' || value.op === 'memory') {
    const length = value.op === 'string' ? value.length : undefined
    const add = value.op === 'memory' ? value.offset : 0
    const read = (): void => {
      if (add !== 0) asm.alu64('+', 'r3', add)
      end.address()
    }
    if (length === undefined) {
      g.evaluate(value.address, 'r3')
      read()
      asm.move('r2', room)
    } else
      g.waiting(value.address, (load) => {
        evaluateLength(g, length, room)
        load('r3')
        read()
      })
    asm.call(textReaders[value.address.type.space])
  } else {
    g.address('r3', g.locate(value))
    end.address()
    asm.move('r2', room)
    asm.call(helpers.probe_read_kernel_str)
  }
  withoutEnd(g, room)
  end.grow(offset, room)
}

/** Makes sure, and lets the kernel know, that a number is at most so large. */
function clamp({asm}: Generator, register: Register, most: number): void {
  const fits = asm.label('fits')
  asm.jumpIf(register, '<=', most, fits)
  asm.move(register, most)
  asm.here(fits)
}

/** r0, what a helper says it read, without the NUL; 0 where it failed. */
function withoutEnd({asm}: Generator, room: number): void {
  const good = asm.label('read')
  asm.alu64('+', 'r0', -1)
  asm.jumpIf('r0', '<', room, good)
  asm.move('r0', 0)
  asm.here(good)
}

/** Sends up to 16 texts of an array of pointers that ends with a null pointer. */
export function emitJoin(g: Generator, {address, separator, place}: Action & {op: 'join'}): void {
  const {asm} = g
  const room = g.object.settings.textRoom
  const fixed = headBytes + mostJoined * elsewhereBytes
  const shape: Shape = {kind: 'array', of: {kind: 'elsewhere', of: 'text'}, length: mostJoined}
  g.briefly(() => {
    const spot = g.large(fixed + mostJoined * room, place)
    const end = new Tail(g, spot, fixed, place)
    const pointer = g.frame.stack(8, place)
    begin(g, {kind: 'join', separator, shape}, spot)
    g.zero(moved(spot, headBytes), mostJoined * elsewhereBytes)
    const done = asm.label('joined')
    g.waiting(address, (load) => {
      // The end must be a number in memory from the first text on, as any of them can be the last.
      asm.move('r0', 0)
      end.grow(headBytes, 0)
      asm.store(8, spot.base, spot.offset + headBytes, 0)
      for (let index = 0; index < mostJoined; index++) {
        load('r3')
        if (index > 0) asm.alu64('+', 'r3', index * 8)
        g.address('r1', pointer)
        asm.move('r2', 8)
        asm.call(readers[address.type.space])
        asm.load(8, 'r3', pointer.base, pointer.offset)
        asm.jumpIf('r3', '==', 0, done)
        end.address()
        asm.move('r2', room)
        asm.call(textReaders[address.type.space])
        withoutEnd(g, room)
        end.grow(headBytes + index * elsewhereBytes, room)
      }
    })
    asm.here(done)
    end.send(false)
  })
}
