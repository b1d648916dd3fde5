import type {Action} from '../types/tree.js'
import type {Generator, Loop} from './generator.js'

// The loops that the verifier follows from round to round. Those whose body the kernel calls are in `callbacks.ts`.

export function runWhile(g: Generator, {condition, body}: Action & {op: 'while'}): void {
  const {asm} = g
  const [again, leave] = [asm.label('while'), asm.label('end of while')]
  asm.here(again)
  g.jumpOn(condition, leave, false)
  inLoop(g, {leave, again}, body)
  asm.jump(again)
  asm.here(leave)
}

export function unroll(g: Generator, {times, body}: Action & {op: 'unroll'}): void {
  const {asm} = g
  const leave = asm.label('end of unroll')
  for (let round = 0; round < times; round++) {
    const again = asm.label('next round')
    inLoop(g, {leave, again}, body)
    asm.here(again)
  }
  asm.here(leave)
}

export function range(g: Generator, {variable, from, to, body, place}: Action & {op: 'range'}): void {
  const {asm} = g
  const [test, next, leave] = [asm.label('range'), asm.label('next'), asm.label('end of range')]
  const number = g.frame.stack(8, place)
  const end = g.frame.stack(8, place)
  g.store(to, end)
  g.store(from, number)
  asm.here(test)
  // The loop has a number of its own: the body may change the variable.
  asm.load(8, 'r0', number.base, number.offset)
  if (to.op === 'constant') {
    asm.constant('r1', to.value)
  } else asm.load(8, 'r1', end.base, end.offset)
  asm.jumpIf('r0', 's>=', 'r1', leave)
  const own = g.variable(variable)
  asm.store(8, own.base, own.offset, 'r0')
  inLoop(g, {leave, again: next}, body)
  asm.here(next)
  asm.load(8, 'r0', number.base, number.offset)
  asm.alu64('+', 'r0', 1)
  asm.store(8, number.base, number.offset, 'r0')
  asm.jump(test)
  asm.here(leave)
}

function inLoop(g: Generator, loop: Loop, body: readonly Action[]): void {
  g.loops.push(loop)
  g.briefly(() => g.run(body))
  g.loops.pop()
}
