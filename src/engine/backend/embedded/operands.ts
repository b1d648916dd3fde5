import {BugError} from '../../errors.js'

/** r0 has results, r1 to r5 arguments (lost by a call), r6 to r9 are kept, r10 is the end of the stack (512 bytes below it). */
export type Register = 'r0' | 'r1' | 'r2' | 'r3' | 'r4' | 'r5' | 'r6' | 'r7' | 'r8' | 'r9' | 'r10'

/** A register, or a constant that fits into 32 bits and is extended by its sign. */
export type Operand = Register | number

/** The number of a register. */
export function number(register: Register): number {
  return Number(register.slice(1))
}

/** A constant as instructions hold it. @throws BugError if it does not fit */
export function word(constant: number): number {
  if (constant !== (constant | 0)) throw new BugError(`the constant ${constant} does not fit into 32 bits`)
  return constant
}

/** An offset as instructions hold it. @throws BugError if it does not fit */
export function short(offset: number): number {
  if (offset !== (offset << 16) >> 16) throw new BugError(`the offset ${offset} does not fit into 16 bits`)
  return offset
}
