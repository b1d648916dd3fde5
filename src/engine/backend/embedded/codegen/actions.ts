import type {Action} from '../types/tree.js'
import {aggregate} from './aggregations.js'
import {each} from './callbacks.js'
import type {Generator} from './generator.js'
import {deleteKey, evaluateStep, setMap} from './maps.js'
import {emit, emitJoin} from './records.js'
import {isScalar} from '../types/type.js'
import {unsupported} from '../mistake.js'

/** The statements of a block. Memory that one takes is given back behind it. */
export function runActions(g: Generator, actions: readonly Action[]): void {
  for (const action of actions) {
    g.asm.place(action.place.from)
    g.briefly(() => run(g, action))
  }
}

function run(g: Generator, action: Action): void {
  const {asm} = g
  switch (action.op) {
    case 'evaluate':
      if (action.value.op === 'step') evaluateStep(g, action.value, undefined)
      else if (isScalar(action.value.type)) g.evaluate(action.value, 'r0')
      else g.locate(action.value)
      return
    case 'set': {
      const spot = g.variable(action.variable)
      // What is read may be the variable itself.
      g.store(action.value, spot, action.variable.type)
      return
    }
    case 'setMap':
      setMap(g, action)
      return
    case 'aggregate':
      aggregate(g, action)
      return
    case 'delete':
      deleteKey(g, action)
      return
    case 'emit':
      emit(g, action)
      return
    case 'join':
      emitJoin(g, action)
      return
    case 'block':
      runActions(g, action.body)
      return
    case 'if': {
      const [otherwise, done] = [asm.label('else'), asm.label('endif')]
      g.jumpOn(action.condition, otherwise, false)
      runActions(g, action.then)
      if (action.otherwise.length > 0) asm.jump(done)
      asm.here(otherwise)
      runActions(g, action.otherwise)
      asm.here(done)
      return
    }
    case 'while': {
      const [again, leave] = [asm.label('while'), asm.label('end of while')]
      asm.here(again)
      g.jumpOn(action.condition, leave, false)
      inLoop(g, {leave, again}, action.body)
      asm.jump(again)
      asm.here(leave)
      return
    }
    case 'unroll': {
      const leave = asm.label('end of unroll')
      for (let round = 0; round < action.times; round++) {
        const again = asm.label('next round')
        inLoop(g, {leave, again}, action.body)
        asm.here(again)
      }
      asm.here(leave)
      return
    }
    case 'range':
      range(g, action)
      return
    case 'return':
      asm.jump(g.end)
      return
    case 'break':
    case 'continue': {
      const loop = g.loops.at(-1)
      if (loop) asm.jump(action.op === 'break' ? loop.leave : loop.again)
      return
    }
    case 'each':
      each(g, action)
      return
    case 'override':
      throw unsupported('override()', action.place)
  }
}

function inLoop(g: Generator, loop: Generator['loops'][number], body: readonly Action[]): void {
  g.loops.push(loop)
  g.briefly(() => runActions(g, body))
  g.loops.pop()
}

function range(g: Generator, {variable, from, to, body, place}: Action & {op: 'range'}): void {
  const {asm} = g
  const [test, next, leave] = [asm.label('range'), asm.label('next'), asm.label('end of range')]
  const signed = variable.type.kind === 'int' && variable.type.signed
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
  asm.jumpIf('r0', signed ? 's>=' : '>=', 'r1', leave)
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
