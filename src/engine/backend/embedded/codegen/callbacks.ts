import type {Label} from '../assembler.js'
import {helpers} from '../helpers.js'
import {Mistake} from '../mistake.js'
import {mostRounds} from '../types/ranges.js'
import {storedSize} from '../types/type.js'
import type {Action, Variable} from '../types/tree.js'
import {assignedIn, forget} from './forgetting.js'
import {moved} from './frame.js'
import type {Generator} from './generator.js'
import {storedSizeOfKey} from './maps.js'
import {evaluateTotal} from './percpu.js'

type Each = Action & {op: 'each'}
type Range = Action & {op: 'range'}

/** A function that the kernel calls back. */
export interface Callback {
  readonly label: Label
  /** Writes it, for the program that it is part of. */
  readonly write: (main: Generator) => void
}

/** A loop whose body is a function: what differs between the helpers. */
interface Called {
  readonly action: Each | Range
  readonly name: string
  readonly helper: number
  /** In which register the function gets what was given. */
  readonly given: 'r2' | 'r4'
  /** Gives the variable of the loop what the kernel says in r1 to r3. */
  readonly begin: (g: Generator) => void
}

/** Where in `links` things are. */
const links = {context: 0, scratch: 8, ended: 16} as const

/** The kernel has 8 frames for a program and its functions (MAX_CALL_FRAMES). */
const mostDepth = 7

/** Has the kernel call the body of a loop for each key. */
export function each(g: Generator, action: Each): void {
  const {map} = action
  const {for_each_map_elem: helper} = helpers
  g.asm.map('r1', g.object.map(map))
  call(g, {
    ...{action, name: `the loop over ${map.name}`, helper, given: 'r4'},
    begin: (inner) => beginKey(inner, action),
  })
}

/** r1 is the map, r2 the key, r3 the value. */
function beginKey(g: Generator, {map, variable, place}: Each): void {
  const {asm} = g
  const spot = g.variable(variable)
  const keySize = storedSizeOfKey(map)
  const valueAt = moved(spot, keySize)
  asm.move('r7', 'r3')
  g.copy('r2', spot, keySize)
  if (map.use?.kind === 'value') {
    const type = variable.type.kind === 'tuple' ? variable.type.parts[1] : undefined
    g.copy('r7', valueAt, type === undefined ? 8 : storedSize(type))
  } else {
    evaluateTotal(g, map, spot, 'r0', place)
    asm.store(8, valueAt.base, valueAt.offset, 'r0')
  }
}

/** Has the kernel call the body of a loop for each number of a range. */
export function eachNumber(g: Generator, action: Range): void {
  const {asm} = g
  const {variable, from, to, place} = action
  const [fits, leave] = [asm.label('fits'), asm.label('end of range')]
  // Where the body finds it, also in a loop in a loop.
  const start = g.large(8, place)
  const end = g.take(8, place)
  g.store(to, end)
  g.store(from, start)
  asm.load(8, 'r0', start.base, start.offset)
  asm.load(8, 'r1', end.base, end.offset)
  asm.jumpIf('r0', 's>=', 'r1', leave)
  asm.alu64('-', 'r1', 'r0')
  asm.jumpIf('r1', '<=', mostRounds, fits)
  g.countLoss({kind: 'ranges'})
  asm.jump(leave)
  asm.here(fits)
  call(g, {
    ...{action, name: 'the loop over a range', helper: helpers.loop, given: 'r2'},
    // r1 counts from 0.
    begin: (inner) => {
      const own = inner.variable(variable)
      asm.load(8, 'r0', start.base, start.offset)
      asm.alu64('+', 'r0', 'r1')
      asm.store(8, own.base, own.offset, 'r0')
    },
  })
  asm.here(leave)
}

/** Calls the helper; r1 is what it goes through. */
function call(g: Generator, called: Called): void {
  const {asm} = g
  const {action, name, helper} = called
  if (g.depth === mostDepth)
    throw new Mistake(
      `loops are nested deeper than the kernel calls functions, ${mostDepth} times`,
      action.place,
    )
  const label = asm.label(name)
  const [, scratch] = g.frame.mark()
  const {base, offset} = g.links
  asm.store(8, base, offset + links.context, 'r6')
  g.touch({base: 'r9', offset: 0})
  asm.store(8, base, offset + links.scratch, 'r9')
  asm.store(8, base, offset + links.ended, 0)
  asm.functionAddress('r2', label)
  // The stack of the program, where its variables are, also from a callback in a callback.
  asm.move('r3', base)
  asm.move('r4', 0)
  asm.call(helper)
  asm.load(8, 'r0', base, offset + links.ended)
  asm.jumpIf('r0', '!=', 0, g.end)
  const assigned = assignedIn(action.body)
  forget(g, assigned)
  g.callbacks.push({
    label,
    write: (main) => writeBody(main, main.inside(scratch, g.depth + 1), called, assigned),
  })
}

/** The function itself. */
function writeBody(
  main: Generator,
  g: Generator,
  {action, given, begin}: Called,
  assigned: ReadonlySet<Variable>,
): void {
  const {asm} = main
  const {base, offset} = g.links
  const [next, leave] = [asm.label('next round'), asm.label('end of loop')]
  asm.move('r8', given)
  asm.load(8, 'r6', base, offset + links.context)
  asm.load(8, 'r9', base, offset + links.scratch)
  begin(g)
  forget(g, assigned)
  g.loops.push({leave, again: next})
  g.run(action.body)
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
