import type {Label, Register} from '../assembler.js'
import {helpers} from '../helpers.js'
import type {Type} from '../types/type.js'
import type {Value} from '../types/tree.js'
import type {Generator} from './generator.js'

/** Bytes of a text, its end included. */
export const roomOf = (type: Type): number => (type.kind === 'text' ? type.room : 0)

/** Whether two texts are the same, as 1 and 0. */
export function evaluateSameText(g: Generator, value: Value & {op: 'sameText'}, dst: Register): void {
  const {asm} = g
  const [differ, done] = [asm.label('differ'), asm.label('compared')]
  g.briefly(() => {
    const {left, right, length} = value
    const [text, pattern] = right.op === 'literal' ? [left, right] : [right, left]
    if (pattern.op === 'literal') compareWith(g, text, pattern.bytes, length, differ)
    else compareTexts(g, left, right, length, differ)
    asm.move(dst, value.differ ? 0 : 1)
    asm.jump(done)
    asm.here(differ)
    asm.move(dst, value.differ ? 1 : 0)
    asm.here(done)
  })
}

/** Whether two values of a fixed length are the same, as 1 and 0. */
export function evaluateSameBytes(g: Generator, value: Value & {op: 'sameBytes'}, dst: Register): void {
  const {asm} = g
  g.briefly(() => {
    const [a, b] = [g.locate(value.left), g.locate(value.right)]
    // Without jumps: what the kernel has to verify would double with each of them.
    asm.move('r0', 0)
    for (let at = 0; at < value.bytes;) {
      const size = sizes.find((each) => each <= value.bytes - at) ?? 1
      asm.load(size, 'r1', a.base, a.offset + at)
      asm.load(size, 'r2', b.base, b.offset + at)
      asm.alu64('^', 'r1', 'r2')
      asm.alu64('|', 'r0', 'r1')
      at += size
    }
    const same = asm.label('same')
    asm.jumpIf('r0', '==', 0, same)
    asm.move('r0', 1)
    asm.here(same)
    if (!value.differ) asm.alu64('^', 'r0', 1)
    if (dst !== 'r0') asm.move(dst, 'r0')
  })
}

const sizes = [8, 4, 2, 1] as const

/** Jumps if a text is not the given bytes, up to a length. */
function compareWith(g: Generator, text: Value, bytes: Buffer, length: number, differ: Label): void {
  const {asm} = g
  // The end is compared too, unless the length is reached before.
  const wanted = Buffer.concat([bytes, Buffer.alloc(1)]).subarray(0, length)
  if (wanted.length > roomOf(text.type)) {
    asm.jump(differ)
    return
  }
  const spot = g.locate(text)
  for (let at = 0; at < wanted.length;) {
    const left = wanted.length - at
    const size = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1
    const part = size === 8 ? wanted.readBigInt64LE(at) : BigInt(wanted.readUIntLE(at, size))
    asm.load(size, 'r0', spot.base, spot.offset + at)
    if (part === BigInt.asIntN(32, part)) asm.jumpIf('r0', '!=', Number(part), differ)
    else {
      asm.constant('r1', part)
      asm.jumpIf('r0', '!=', 'r1', differ)
    }
    at += size
  }
}

/** Jumps if two texts in memory differ in their first bytes. */
function compareTexts(g: Generator, left: Value, right: Value, length: number, differ: Label): void {
  const {asm} = g
  const [a, b] = [g.locate(left), g.locate(right)]
  const [again, same] = [asm.label('next byte'), asm.label('same')]
  // Behind the end of the shorter one is nothing that could be the same.
  const most = Math.min(length, roomOf(left.type), roomOf(right.type))
  g.address('r1', a)
  g.address('r2', b)
  asm.move('r3', 0)
  asm.here(again)
  asm.load(1, 'r4', 'r1', 0)
  asm.load(1, 'r5', 'r2', 0)
  asm.jumpIf('r4', '!=', 'r5', differ)
  asm.jumpIf('r4', '==', 0, same)
  asm.alu64('+', 'r1', 1)
  asm.alu64('+', 'r2', 1)
  asm.alu64('+', 'r3', 1)
  asm.jumpIf('r3', '<', most, again)
  asm.here(same)
}

/** Whether a text has a part, as 1 and 0. */
export function evaluateContains(g: Generator, value: Contains, dst: Register): void {
  if (value.part.op === 'literal') containsBytes(g, value.text, value.part.bytes, dst)
  else containsText(g, value, dst)
}

type Contains = Value & {op: 'contains'}

function containsBytes(g: Generator, text: Value, part: Buffer, dst: Register): void {
  const {asm} = g
  const room = roomOf(text.type)
  if (part.length === 0 || part.length > room - 1) {
    asm.move(dst, part.length === 0 ? 1 : 0)
    return
  }
  const [again, next, found, done] = ['place', 'next', 'found', 'searched'].map((name) =>
    asm.label(name),
  ) as [Label, Label, Label, Label]
  g.briefly(() => {
    g.address('r1', g.locate(text))
    asm.move('r2', 0)
    asm.here(again)
    part.forEach((byte, index) => {
      asm.load(1, 'r3', 'r1', index)
      asm.jumpIf('r3', '!=', byte, next)
    })
    asm.jump(found)
    asm.here(next)
    asm.alu64('+', 'r1', 1)
    asm.alu64('+', 'r2', 1)
    asm.jumpIf('r2', '<', room - part.length, again)
    asm.move(dst, 0)
    asm.jump(done)
    asm.here(found)
    asm.move(dst, 1)
    asm.here(done)
  })
}

/** How many bytes are compared before it is asked whether they differ. */
const stride = 8

/** The kernel calls a function for each place of the text, as it would verify a loop as often as it can run. */
function containsText(g: Generator, {text, part, place}: Contains, dst: Register): void {
  const {asm} = g
  const [room, most] = [roomOf(text.type), roomOf(part.type)]
  const label = asm.label('a place in the text')
  g.briefly(() => {
    const wanted = g.large(most, place)
    g.briefly(() => g.store(part, wanted))
    // What is behind the text may be read; nothing there can be the same.
    const whole = g.large(room + most, place)
    g.briefly(() => g.store(text, whole))
    const state = g.frame.stack(16, place)
    asm.store(8, state.base, state.offset, 'r9')
    asm.store(8, state.base, state.offset + 8, 0)
    asm.move('r1', room)
    asm.functionAddress('r2', label)
    g.address('r3', state)
    asm.move('r4', 0)
    asm.call(helpers.loop)
    asm.load(8, dst, state.base, state.offset + 8)
    g.callbacks.push({label, write: () => comparePlace(g, whole.offset, wanted.offset, room, most)})
  })
}

/**
 * The function: r1 is the number of the place, r2 points to the scratch memory and to what is to be 1 if the part is there.
 * r4 are the bits that still count, r5 those that differ.
 */
function comparePlace({asm}: Generator, whole: number, wanted: number, room: number, most: number): void {
  const [next, leave, found] = ['next', 'leave', 'found'].map((name) => asm.label(name)) as [
    Label,
    Label,
    Label,
  ]
  asm.jumpIf('r1', '>=', room, leave)
  asm.load(8, 'r3', 'r2', 0)
  asm.alu64('+', 'r1', 'r3')
  asm.move('r4', -1)
  asm.move('r5', 0)
  for (let at = 0; at < most; at++) {
    asm.load(1, 'r0', 'r3', wanted + at)
    asm.load(1, 'r6', 'r1', whole + at)
    asm.alu64('^', 'r6', 'r0')
    asm.negate('r0')
    asm.alu64('s>>', 'r0', 63)
    asm.alu64('&', 'r4', 'r0')
    asm.alu64('&', 'r6', 'r4')
    asm.alu64('|', 'r5', 'r6')
    if (at % stride !== 0) continue
    asm.jumpIf('r5', '!=', 0, next)
    asm.jumpIf('r4', '==', 0, found)
  }
  asm.jumpIf('r5', '!=', 0, next)
  asm.here(found)
  asm.store(8, 'r2', 8, 1)
  asm.jump(leave)
  asm.here(next)
  asm.load(1, 'r0', 'r1', whole)
  asm.jumpIf('r0', '==', 0, leave)
  asm.move('r0', 0)
  asm.exit()
  asm.here(leave)
  asm.move('r0', 1)
  asm.exit()
}
