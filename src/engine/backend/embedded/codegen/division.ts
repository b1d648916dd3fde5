import type {Operand, Register} from '../assembler.js'
import type {Generator} from './generator.js'

/** `left = left / right` or `left % right`. The kernel divides without signs only; by 0 it gives 0, or `left`. */
export function divide(
  g: Generator,
  operator: '/' | '%',
  left: Register,
  right: Operand,
  signed: boolean,
): void {
  const {asm} = g
  if (!signed) {
    asm.alu64(operator, left, right)
    return
  }
  if (typeof right === 'number') {
    constantDivisor(g, operator, left, right)
    return
  }
  const [negative, done] = [asm.label('negative'), asm.label('divided')]
  const bothSigns = (after: () => void): void => {
    // The remainder has the sign of what is divided; the quotient that of both.
    const positive = asm.label('divisor')
    const quotient = operator === '/'
    asm.jumpIf(right, 's>=', 0, positive)
    asm.negate(right)
    asm.alu64(operator, left, right)
    if (quotient) asm.negate(left)
    after()
    asm.jump(done)
    asm.here(positive)
    asm.alu64(operator, left, right)
    after()
    asm.jump(done)
  }
  asm.jumpIf(left, 's<', 0, negative)
  bothSigns(() => undefined)
  asm.here(negative)
  asm.negate(left)
  bothSigns(() => asm.negate(left))
  asm.here(done)
}

function constantDivisor({asm}: Generator, operator: '/' | '%', left: Register, right: number): void {
  const [negative, done] = [asm.label('negative'), asm.label('divided')]
  const by = Math.abs(right)
  const size = by === 2 ** 31 ? -(2 ** 31) : by
  asm.jumpIf(left, 's<', 0, negative)
  asm.alu64(operator, left, size)
  if (right < 0 && operator === '/') asm.negate(left)
  asm.jump(done)
  asm.here(negative)
  asm.negate(left)
  asm.alu64(operator, left, size)
  if (right > 0 || operator === '%') asm.negate(left)
  asm.here(done)
}
