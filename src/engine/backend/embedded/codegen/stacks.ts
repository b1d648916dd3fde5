import {helpers, stackFlags, updateFlags} from '../helpers.js'
import type {Value} from '../types/tree.js'
import {moved, type Spot} from './frame.js'
import type {Generator} from './generator.js'
import {storeProcess} from './reading.js'

/** Mixes 64 bits: 2^64 divided by the golden ratio, made odd. */
const multiplier = 0x9e37_79b9_7f4a_7c15n
const seed = 0x51_7cc1_b727_220an
/** Errors of the kernel. */
const exists = -17

/** The id of the stack, which is put into the map of stacks, then the process. No stack is 0. */
export function storeStack(g: Generator, {type, place}: Value & {op: 'stack'}, spot: Spot): void {
  const {asm} = g
  if (type.kind !== 'stack') return
  const {depth, of} = type
  const map = g.object.stackMap(depth)
  const done = asm.label('stack')
  g.briefly(() => {
    const frames = g.large(8 + 8 * depth, place)
    asm.store(8, spot.base, spot.offset, 0)
    if (of === 'user') storeProcess(g, moved(spot, 8))
    else asm.store(8, spot.base, spot.offset + 8, 0)
    asm.move('r1', 'r6')
    g.address('r2', moved(frames, 8))
    asm.move('r3', 8 * depth)
    asm.move('r4', of === 'user' ? stackFlags.user : 0)
    asm.call(helpers.get_stack)
    asm.jumpIf('r0', 's<', 8, done)
    asm.alu64('>>', 'r0', 3)
    asm.store(8, frames.base, frames.offset, 'r0')
    hash(g, moved(frames, 8), depth)
    asm.store(8, spot.base, spot.offset, 'r3')
    // Most stacks were seen before.
    asm.map('r1', map)
    g.address('r2', spot)
    asm.call(helpers.map_lookup_elem)
    asm.jumpIf('r0', '!=', 0, done)
    asm.map('r1', map)
    g.address('r2', spot)
    g.address('r3', frames)
    asm.move('r4', updateFlags.onlyNew)
    asm.call(helpers.map_update_elem)
    asm.jumpIf('r0', '==', 0, done)
    asm.jumpIf32('r0', '==', exists, done)
    g.countLoss({kind: 'stacks'})
    asm.here(done)
  })
}

/** A hash of the r0 addresses from a place on, in r3; never 0. */
function hash(g: Generator, from: Spot, most: number): void {
  const {asm} = g
  const [again, done] = [asm.label('frame'), asm.label('hash')]
  g.address('r1', from)
  asm.move('r2', 0)
  asm.constant('r3', seed)
  asm.constant('r5', multiplier)
  asm.here(again)
  asm.load(8, 'r4', 'r1', 0)
  asm.alu64('^', 'r3', 'r4')
  asm.alu64('*', 'r3', 'r5')
  asm.move('r4', 'r3')
  asm.alu64('>>', 'r4', 32)
  asm.alu64('^', 'r3', 'r4')
  asm.alu64('+', 'r1', 8)
  asm.alu64('+', 'r2', 1)
  asm.jumpIf('r2', '>=', 'r0', done)
  asm.jumpIf('r2', '<', most, again)
  asm.here(done)
  asm.alu64('|', 'r3', 1)
}
