import type {Label} from '../assembler.js'
import {helpers} from '../helpers.js'
import {storedSize} from '../types/type.js'
import type {Action} from '../types/tree.js'
import {moved} from './frame.js'
import type {Generator} from './generator.js'
import {storedSizeOfKey} from './maps.js'
import {evaluateTotal} from './percpu.js'

type Each = Action & {op: 'each'}

/** A function that the kernel calls back. */
export interface Callback {
  readonly label: Label
  /** Writes it, for the program that it is part of. */
  readonly write: (main: Generator) => void
}

/** Where in `links` things are. */
const links = {context: 0, scratch: 8, ended: 16} as const

/** Has the kernel call the body of a loop for each key. */
export function each(g: Generator, action: Each): void {
  const {asm} = g
  const label = asm.label(`the loop over ${action.map.name}`)
  const [, scratch] = g.frame.mark()
  const {base, offset} = g.links
  asm.store(8, base, offset + links.context, 'r6')
  g.touch({base: 'r9', offset: 0})
  asm.store(8, base, offset + links.scratch, 'r9')
  asm.store(8, base, offset + links.ended, 0)
  asm.map('r1', g.object.map(action.map))
  asm.functionAddress('r2', label)
  // The stack of the program, where its variables are, also from a callback in a callback.
  asm.move('r3', base)
  asm.move('r4', 0)
  asm.call(helpers.for_each_map_elem)
  asm.load(8, 'r0', base, offset + links.ended)
  asm.jumpIf('r0', '!=', 0, g.end)
  g.callbacks.push({label, write: (main) => writeBody(main, action, scratch)})
}

/**
 * The function itself: r1 is the map, r2 the key, r3 the value, r4 what was given.
 * @param scratch where its part of the scratch memory begins
 */
function writeBody(main: Generator, action: Each, scratch: number): void {
  const {asm} = main
  const g = main.inside(scratch)
  const {map, variable, body} = action
  const {base, offset} = g.links
  const [next, leave] = [asm.label('next key'), asm.label('end of loop')]
  asm.move('r8', 'r4')
  asm.load(8, 'r6', base, offset + links.context)
  asm.load(8, 'r9', base, offset + links.scratch)
  const spot = g.variable(variable)
  const keySize = storedSizeOfKey(map)
  const valueAt = moved(spot, keySize)
  asm.move('r7', 'r3')
  g.copy('r2', spot, keySize)
  if (map.use?.kind === 'value') {
    const type = variable.type.kind === 'tuple' ? variable.type.parts[1] : undefined
    g.copy('r7', valueAt, type === undefined ? 8 : storedSize(type))
  } else {
    evaluateTotal(g, map, spot, 'r0', action.place)
    asm.store(8, valueAt.base, valueAt.offset, 'r0')
  }
  g.loops.push({leave, again: next})
  g.run(body)
  asm.here(next)
  asm.move('r0', 0)
  asm.exit()
  asm.here(g.end)
  asm.store(8, base, offset + links.ended, 1)
  asm.here(leave)
  asm.move('r0', 1)
  asm.exit()
  main.frame.include(g.frame)
  main.usesScratch ||= g.usesScratch
  // Loops in the loop are called with the stack of the program, too.
  main.callbacks.push(...g.callbacks)
}
