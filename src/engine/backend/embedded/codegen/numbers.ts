import type {Label, Operand, Register} from '../assembler.js'
import {helpers} from '../helpers.js'
import {BugError} from '../../../errors.js'
import type {Int} from '../types/type.js'
import type {Comparison, Value} from '../types/tree.js'
import {divide} from './division.js'
import type {Generator} from './generator.js'
import {moved} from './frame.js'
import {evaluateFrames, evaluateKeys, evaluateTextLength} from './lengths.js'
import {deleteKey, evaluateHas, evaluateMap, evaluatePinnedHas, evaluateStep} from './maps.js'
import {readers} from './reading.js'
import {evaluateQuestion} from './questions.js'
import {evaluateContains, evaluateSameBytes, evaluateSameText} from './texts.js'

/** Whether a number can be had in a register without losing any other. */
export function isPlain(value: Value): boolean {
  switch (value.op) {
    case 'constant':
    case 'variable':
    case 'context':
    case 'contextAddress':
      return true
    case 'convert':
      return value.type.kind !== 'int' || value.type.isBool !== true ? isPlain(value.of) : false
    case 'inside':
      return value.of.op === 'variable'
    default:
      return false
  }
}

/** A number, or whatever else a register holds, into a register. */
export function evaluateNumber(g: Generator, value: Value, dst: Register): void {
  const {asm} = g
  switch (value.op) {
    case 'constant':
      asm.constant(dst, value.value)
      return
    case 'variable': {
      const {base, offset} = g.variable(value.variable)
      asm.load(8, dst, base, offset)
      return
    }
    case 'map':
      evaluateMap(g, value, dst)
      return
    case 'has':
      evaluateHas(g, value, dst)
      return
    case 'pinnedHas':
      evaluatePinnedHas(g, value, dst)
      return
    case 'delete': {
      deleteKey(g, value)
      asm.alu64('>>', 'r0', 63)
      asm.alu64('^', 'r0', 1)
      if (dst !== 'r0') asm.move(dst, 'r0')
      return
    }
    case 'step':
      evaluateStep(g, value, dst)
      return
    case 'question':
      evaluateQuestion(g, value.question)
      if (dst !== 'r0') asm.move(dst, 'r0')
      return
    case 'load':
      load(g, value, dst)
      return
    case 'context':
      context(g, value, dst)
      return
    case 'contextAddress':
      asm.move(dst, 'r6')
      if (value.offset !== 0) asm.alu64('+', dst, value.offset)
      return
    case 'dataLocation':
      // The lower half says where, from the beginning of the record or the end of the field; the upper half how long.
      asm.load(4, dst, 'r6', value.offset)
      asm.alu64('&', dst, 0xffff)
      asm.alu64('+', dst, 'r6')
      if (value.relative) asm.alu64('+', dst, value.offset + 4)
      return
    case 'address':
      g.evaluate(value.of, dst)
      if (value.offset !== 0) asm.alu64('+', dst, value.offset)
      return
    case 'inside': {
      const spot = moved(g.locate(value.of), value.offset)
      if (value.cell) g.loadCell(dst, spot.base, spot.offset, value.cell)
      else asm.load(8, dst, spot.base, spot.offset)
      return
    }
    case 'convert':
      g.evaluate(value.of, dst)
      if (value.type.kind === 'int') narrowTo(g, value.type, value.of.type, dst)
      return
    case 'swap':
      g.evaluate(value.of, dst)
      asm.fromBigEndian(dst, (value.bytes * 8) as 16 | 32 | 64)
      return
    case 'unary':
      if (value.operator === '!') break
      g.evaluate(value.of, dst)
      if (value.operator === '-') asm.negate(dst)
      else asm.alu64('^', dst, -1)
      return
    case 'arithmetic':
      arithmetic(g, value, dst)
      return
    case 'choice': {
      const [otherwise, done] = [asm.label('otherwise'), asm.label('chosen')]
      jumpOn(g, value.condition, otherwise, false)
      g.evaluate(value.then, dst)
      asm.jump(done)
      asm.here(otherwise)
      g.evaluate(value.otherwise, dst)
      asm.here(done)
      return
    }
    case 'sequence':
      g.run(value.body)
      g.evaluate(value.value, dst)
      return
    case 'signal':
      g.evaluate(value.number, 'r1')
      asm.call(value.thread ? helpers.send_signal_thread : helpers.send_signal)
      if (dst !== 'r0') asm.move(dst, 'r0')
      return
    case 'sameText':
      evaluateSameText(g, value, dst)
      return
    case 'sameBytes':
      evaluateSameBytes(g, value, dst)
      return
    case 'contains':
      evaluateContains(g, value, dst)
      return
    case 'textLength':
      evaluateTextLength(g, value, dst)
      return
    case 'frames':
      evaluateFrames(g, value, dst)
      return
    case 'keys':
      evaluateKeys(g, value, dst)
      return
    case 'compare':
    case 'both':
    case 'any':
      break
    default:
      throw new BugError(`${value.op} is no number`)
  }
  truth(g, value, dst)
}

/** 1 where something is true, else 0. */
function truth(g: Generator, value: Value, dst: Register): void {
  const {asm} = g
  const [yes, done] = [asm.label('true'), asm.label('truth')]
  jumpOn(g, value, yes, true)
  asm.move(dst, 0)
  asm.jump(done)
  asm.here(yes)
  asm.move(dst, 1)
  asm.here(done)
}

/** What makes the same jump if it does not hold. */
const opposites: Readonly<Record<Comparison, Comparison>> = {
  ...{'==': '!=', '!=': '==', '<': '>=', '>=': '<', '>': '<=', '<=': '>'},
}

/** Jumps if something is true, or if it is not; otherwise goes on. */
export function jumpOn(g: Generator, value: Value, target: Label, wanted: boolean): void {
  const {asm} = g
  switch (value.op) {
    case 'constant':
      if ((value.value !== 0n) === wanted) asm.jump(target)
      return
    case 'unary':
      if (value.operator !== '!') break
      jumpOn(g, value.of, target, !wanted)
      return
    case 'both':
    case 'any': {
      // `a && b` is not wanted if a is not, or b is not; `a || b` the other way round.
      const direct = (value.op === 'any') === wanted
      if (direct) {
        jumpOn(g, value.left, target, wanted)
        jumpOn(g, value.right, target, wanted)
      } else {
        const skip = asm.label('skip')
        jumpOn(g, value.left, skip, !wanted)
        jumpOn(g, value.right, target, wanted)
        asm.here(skip)
      }
      return
    }
    case 'compare':
      g.briefly(() =>
        g.pair(value.left, value.right, (left, right) => {
          const operator = wanted ? value.operator : opposites[value.operator]
          const isEquality = operator === '==' || operator === '!='
          asm.jumpIf(left, value.signed && !isEquality ? `s${operator}` : operator, right, target)
        }),
      )
      return
    default:
  }
  g.briefly(() => {
    g.evaluate(value, 'r0')
    asm.jumpIf('r0', wanted ? '!=' : '==', 0, target)
  })
}

function load(g: Generator, {address, offset, cell}: Value & {op: 'load'}, dst: Register): void {
  const {asm} = g
  g.briefly(() => {
    const spot = g.frame.stack(8, address.place)
    g.evaluate(address, 'r3')
    if (offset !== 0) asm.alu64('+', 'r3', offset)
    g.address('r1', spot)
    asm.move('r2', cell.bytes)
    asm.call(readers[address.type.space])
    g.loadCell(dst, spot.base, spot.offset, cell)
  })
}

function context(g: Generator, {offset, cell, type, place}: Value & {op: 'context'}, dst: Register): void {
  const {asm, probe} = g
  const slots = ['fentry', 'fexit', 'rawtracepoint', 'iter'].includes(probe.kind)
  if (!slots) {
    g.loadCell(dst, 'r6', offset, cell)
    return
  }
  asm.load(8, dst, 'r6', offset)
  if (type.kind === 'pointer') {
    // The kernel knows what it points to, and would refuse to compute with it. What comes from the scratch map is a number.
    g.briefly(() => {
      const {base, offset: at} = g.large(8, place)
      asm.store(8, base, at, dst)
      asm.load(8, dst, base, at)
    })
  } else asm.narrow(dst, cell.bytes, cell.signed)
}

function narrowTo(g: Generator, to: Int, from: Value['type'], dst: Register): void {
  const {asm} = g
  if (to.isBool) {
    if (from.kind === 'int' && from.isBool) return
    const zero = asm.label('zero')
    asm.jumpIf(dst, '==', 0, zero)
    asm.move(dst, 1)
    asm.here(zero)
    return
  }
  if (to.bits === 64) return
  if (from.kind === 'int' && from.signed === to.signed && from.bits <= to.bits && !from.literal) return
  asm.narrow(dst, (to.bits / 8) as 1 | 2 | 4, to.signed)
}

function arithmetic(g: Generator, value: Value & {op: 'arithmetic'}, dst: Register): void {
  const {asm} = g
  const signed = value.type.kind === 'int' && value.type.signed
  g.briefly(() =>
    g.pair(value.left, value.right, (left: Register, right: Operand) => {
      const {operator} = value
      if (operator === '/' || operator === '%') divide(g, operator, left, right, signed)
      else if (operator === '<<' || operator === '>>') {
        const by = typeof right === 'number' ? right & 63 : right
        asm.alu64(operator === '>>' && signed ? 's>>' : operator, left, by)
      } else asm.alu64(operator, left, right)
      if (dst !== left) asm.move(dst, left)
    }),
  )
}
