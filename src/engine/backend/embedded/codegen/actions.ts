import type {Action} from '../types/tree.js'
import {aggregate} from './aggregations.js'
import {each, eachNumber} from './callbacks.js'
import type {Generator} from './generator.js'
import {range, runWhile, unroll} from './loops.js'
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
    case 'while':
      runWhile(g, action)
      return
    case 'unroll':
      unroll(g, action)
      return
    case 'range':
      if (action.called) eachNumber(g, action)
      else range(g, action)
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
