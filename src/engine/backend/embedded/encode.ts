import {width} from './layout.js'
import type {Instruction} from './object.js'

/** struct bpf_insn, of which a 64-bit constant takes two. */
const slotBytes = 8

/**
 * The instructions as the kernel wants them.
 * @param descriptors the file descriptors of the maps, by their place in the object
 */
export function encode(instructions: readonly Instruction[], descriptors: readonly number[]): Buffer {
  const slots = instructions.reduce((sum, instruction) => sum + width(instruction), 0)
  const code = Buffer.alloc(slots * slotBytes)
  let at = 0
  for (const instruction of instructions) {
    code.writeUInt8(instruction.code, at)
    code.writeUInt8(instruction.dst | (instruction.src << 4), at + 1)
    code.writeInt16LE(instruction.off, at + 2)
    if (width(instruction) === 1) code.writeInt32LE(Number(instruction.imm), at + 4)
    else {
      const constant = BigInt.asUintN(64, BigInt(instruction.imm))
      const low = instruction.map === undefined ? undefined : descriptors[instruction.map.index]
      code.writeUInt32LE(low ?? Number(constant & 0xffff_ffffn), at + 4)
      // Of the distance to a function the kernel wants the upper half to be zero.
      code.writeUInt32LE(instruction.src === 4 ? 0 : Number(constant >> 32n), at + 12)
    }
    at += width(instruction) * slotBytes
  }
  return code
}
