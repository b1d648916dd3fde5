import {classes, jumps, loadConstant, pseudo} from './opcodes.js'
import type {Instruction} from './object.js'

/** How control leaves an instruction. */
export function isJump({code}: Instruction): boolean {
  const kind = code & 0x07
  return (kind === classes.jmp || kind === classes.jmp32) && !isCall({code}) && !isExit({code})
}

export function isExit({code}: {readonly code: number}): boolean {
  return code === (classes.jmp | jumps.exit)
}

export function isCall({code}: {readonly code: number}): boolean {
  return code === (classes.jmp | jumps.call)
}

/** Whether the constant of an instruction is the distance to a function of the same program. */
export function isFunctionReference({code, src}: Instruction): boolean {
  return (code === loadConstant && src === pseudo.function) || (isCall({code}) && src === pseudo.call)
}

/** How many slots of the kernel an instruction takes. */
export function width({code}: {readonly code: number}): 1 | 2 {
  return code === loadConstant ? 2 : 1
}

/** Which instructions can be reached from the first, by jumps, calls and callbacks: 1 for those that can. */
export function reachable<L>(
  instructions: readonly (Instruction & {readonly target?: L})[],
  place: (label: L) => number,
): Uint8Array {
  const seen = new Uint8Array(instructions.length)
  const waiting = [0]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (; at < instructions.length && seen[at] === 0; at++) {
      seen[at] = 1
      const instruction = instructions[at]
      if (instruction === undefined) break
      if (instruction.target !== undefined) waiting.push(place(instruction.target))
      if (isExit(instruction) || instruction.code === (classes.jmp | jumps.always)) break
    }
  }
  return seen
}

/** In which slot each of the instructions that are kept will be. */
export function slotsOf(instructions: readonly Instruction[], kept: Uint8Array): Uint32Array {
  const slots = new Uint32Array(instructions.length)
  let slot = 0
  instructions.forEach((instruction, index) => {
    slots[index] = slot
    if (kept[index] === 1) slot += width(instruction)
  })
  return slots
}
