import type {Elf} from '../elf.js'
import {instructionLength, mostInstructionBytes} from './instructionlength.js'

/** Bytes of every instruction of arm64. */
const armBytes = 4

/** What is at a place of a file. */
export type Standing =
  | {readonly kind: 'function' | 'instruction'}
  /** An instruction begins there that kernels do not execute for a probe as they should. */
  | {readonly kind: 'misexecuted'}
  /** Inside an instruction: where that and the next one begin in the file. */
  | {readonly kind: 'middle'; readonly begins: number; readonly next: number}
  /** No function is known there to count instructions from, or one of its instructions is not known. */
  | {readonly kind: 'unknown'}

/**
 * Whether a function or an instruction begins at a place of a file. A breakpoint elsewhere changes an instruction into
 * another one.
 * @param arch `x64` or `arm64`
 */
export function standingOf(elf: Elf, offset: number, arch: string): Standing {
  const around = elf.functionAt(offset)
  if (around?.offset === offset) return {kind: 'function'}
  if (arch !== 'x64') {
    const begins = offset - (offset % armBytes)
    return begins === offset ? {kind: 'instruction'} : {kind: 'middle', begins, next: begins + armBytes}
  }
  if (around === undefined) return {kind: 'unknown'}
  const code = elf.code(around.offset, offset + mostInstructionBytes)
  for (let begins = around.offset; begins < offset;) {
    const length = instructionLength(code, begins - around.offset)
    if (length === undefined) return {kind: 'unknown'}
    const next = begins + length
    if (next > offset) return {kind: 'middle', begins, next}
    begins = next
  }
  return {kind: isSteppedWrongly(code.subarray(offset - around.offset)) ? 'misexecuted' : 'instruction'}
}

/**
 * On Linux 6.18, of a copy of the code: SYSCALL makes the processor stop only behind the next instruction, which goes wrong
 * where that is a jump; PUSHF saves the flag to stop, which ends the program when it is restored.
 */
function isSteppedWrongly([first, second]: Uint8Array): boolean {
  return first === 0x9c || (first === 0x0f && second === 0x05)
}
