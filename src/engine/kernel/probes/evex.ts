import type {Elf} from '../elf.js'

/**
 * The first byte of an instruction with the EVEX prefix (Intel's manual, volume 2). A uprobe on memset() of glibc 2.36,
 * which begins with `vpbroadcastb %esi,%zmm16`, made grep, Node and others crash on Linux 6.18 on an AMD EPYC.
 */
const evexPrefix = 0x62

/** Why there is to be no probe on functions of which `isMisexecuted` is true; follows their names. */
export const misexecuted =
  'begin with an AVX-512 instruction, which kernels were seen to execute wrongly for a probe: programs crashed'

/** Whether kernels execute the instruction at a place of a file wrongly when there is a probe on it. */
export function isMisexecuted(elf: Elf, offset: number): boolean {
  return process.arch === 'x64' && elf.firstByte(offset) === evexPrefix
}
