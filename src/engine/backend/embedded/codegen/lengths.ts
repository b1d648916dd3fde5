import type {Register} from '../assembler.js'
import {helpers} from '../helpers.js'
import type {Value} from '../types/tree.js'
import type {Generator} from './generator.js'
import {roomOf} from './texts.js'

/** How many keys a map has: how often the kernel calls a function that does nothing. */
export function evaluateKeys(g: Generator, {map}: Value & {op: 'keys'}, dst: Register): void {
  const {asm} = g
  const label = asm.label(`the keys of ${map.name}`)
  asm.map('r1', g.object.map(map))
  asm.functionAddress('r2', label)
  asm.move('r3', 0)
  asm.move('r4', 0)
  asm.call(helpers.for_each_map_elem)
  if (dst !== 'r0') asm.move(dst, 'r0')
  const write = (): void => {
    asm.move('r0', 0)
    asm.exit()
  }
  g.callbacks.push({label, write})
}

/** How many frames a stack has, which the map of stacks says; 0 of none. */
export function evaluateFrames(g: Generator, {of}: Value & {op: 'frames'}, dst: Register): void {
  const {asm} = g
  const none = asm.label('no frames')
  if (of.type.kind !== 'stack') return
  const map = g.object.stackMap(of.type.depth)
  g.briefly(() => {
    const id = g.locate(of)
    asm.map('r1', map)
    g.address('r2', id)
    asm.call(helpers.map_lookup_elem)
    asm.jumpIf('r0', '==', 0, none)
    asm.load(8, 'r0', 'r0', 0)
    asm.here(none)
    if (dst !== 'r0') asm.move(dst, 'r0')
  })
}

/** How many bytes are before the end of a text. */
export function evaluateTextLength(g: Generator, {of}: Value & {op: 'textLength'}, dst: Register): void {
  const {asm} = g
  const [again, end] = [asm.label('next byte'), asm.label('end of text')]
  g.briefly(() => {
    g.address('r1', g.locate(of))
    asm.move('r0', 0)
    asm.here(again)
    asm.load(1, 'r2', 'r1', 0)
    asm.jumpIf('r2', '==', 0, end)
    asm.alu64('+', 'r1', 1)
    asm.alu64('+', 'r0', 1)
    asm.jumpIf('r0', '<', roomOf(of.type), again)
    asm.here(end)
    if (dst !== 'r0') asm.move(dst, 'r0')
  })
}
