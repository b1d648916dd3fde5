/** No instruction of x86-64 has more bytes. */
export const mostInstructionBytes = 15

/**
 * What follows each opcode of one byte, 16 in a row (Intel's manual, volume 2, appendix A):
 *
 * - `.` nothing
 * - `b`, `w`, `e`: 1, 2 or 3 bytes
 * - `z`: 4 bytes; 2 with the prefix 66
 * - `v`: as `z`, but 8 with REX.W
 * - `a`: an address of 8 bytes; of 4 with the prefix 67
 * - `j`: how far to jump, 4 bytes; with the prefix 66 it depends on who made the CPU
 * - `m`: a ModRM byte, and what that asks for; `B` and `Z`: and then as `b` or `z`
 * - `t` and `T`: as `B` and `Z`, of which only TEST has that number
 * - `-`: there is no such instruction, or it is not known here; prefixes and the ways to other tables are none of these
 */
const oneByte = [
  'mmmmbz--mmmmbz--',
  'mmmmbz--mmmmbz--',
  'mmmmbz--mmmmbz--',
  'mmmmbz--mmmmbz--',
  '----------------',
  '................',
  '---m----zZbB....',
  'bbbbbbbbbbbbbbbb',
  'BZ-Bmmmmmmmmmmmm',
  '..........-.....',
  'aaaa....bz......',
  'bbbbbbbbvvvvvvvv',
  'BBw.--BZe.w..b-.',
  'mmmm---.mmmmmmmm',
  'bbbbbbbbjj-b....',
  '-.--..tT......mm',
].join('')

/** The same of opcodes behind 0F. What only a kernel may execute is left out where its length is odd. */
const twoBytes = [
  'mmmm-.....-.-m--',
  'mmmmmmmmmmmmmmmm',
  '--------mmmmmmmm',
  '......-.--------',
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmmm',
  'BBBBmmm.----mmmm',
  'jjjjjjjjjjjjjjjj',
  'mmmmmmmmmmmmmmmm',
  '...mBm--...mBmmm',
  'mmmmmmmmmmBmmmmm',
  'mmBmBBBm........',
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmm-',
].join('')

/** Bytes of a constant by the map of a vector instruction: 2 is 0F38, 3 is 0F3A, 5 and 6 are of EVEX, the others of AMD's XOP. */
const constantBytes: Readonly<Record<number, number>> = {2: 0, 3: 1, 5: 0, 6: 0, 8: 1, 9: 0, 10: 4}

/** What the prefixes of an instruction say of its length. */
interface Prefixes {
  /** Their bytes. */
  readonly count: number
  /** 66: constants have 2 bytes. */
  readonly narrow: boolean
  /** 67: addresses have 4 bytes. */
  readonly shortAddress: boolean
  /** REX.W, which also makes 66 say nothing. */
  readonly wide: boolean
  /** Whether the CPU refuses a vector instruction behind them. */
  readonly barsVector: boolean
}

/** Bytes of the x86-64 instruction at a place of some code; undefined if it is not all there, or not known. */
export function instructionLength(code: Uint8Array, start = 0): number | undefined {
  const prefixes = prefixesAt(code, start)
  const at = start + prefixes.count
  const length = lengthBehind(code, at, prefixes)
  if (length === undefined || at + length > code.length) return undefined
  const whole = prefixes.count + length
  return whole > mostInstructionBytes ? undefined : whole
}

function prefixesAt(code: Uint8Array, start: number): Prefixes {
  let [narrow, shortAddress, wide, barsVector] = [false, false, false, false]
  for (let count = 0; ; count++) {
    const byte = code[start + count] ?? 0
    const isRex = byte >> 4 === 4
    const isSegment = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65].includes(byte)
    const isOther = [0x66, 0x67, 0xf0, 0xf2, 0xf3].includes(byte)
    if ((!isRex && !isSegment && !isOther) || count === mostInstructionBytes)
      return {count, narrow, shortAddress, wide, barsVector}
    narrow ||= byte === 0x66
    shortAddress ||= byte === 0x67
    // A REX prefix counts only right before the opcode.
    wide = isRex && (byte & 8) !== 0
    barsVector ||= isRex || (isOther && byte !== 0x67)
  }
}

/** Bytes of an instruction from its opcode on, or from the prefix of a vector instruction. */
function lengthBehind(code: Uint8Array, at: number, prefixes: Prefixes): number | undefined {
  const [first = 0, second = 0] = code.subarray(at, at + 2)
  if ([0x62, 0xc4, 0xc5].includes(first) || (first === 0x8f && (second & 0x1f) >= 8))
    return prefixes.barsVector ? undefined : vectorLength(code, at)
  if (first !== 0x0f) return lengthOf(oneByte[first], code, at + 1, 1, prefixes)
  if (second === 0x38) return lengthOf('m', code, at + 3, 3, prefixes)
  if (second === 0x3a) return lengthOf('B', code, at + 3, 3, prefixes)
  return lengthOf(twoBytes[second], code, at + 2, 2, prefixes)
}

/**
 * Bytes of an instruction from its opcode on.
 * @param letter a letter of the tables
 * @param at where the opcode ends
 * @param opcode bytes of it
 */
function lengthOf(
  letter: string | undefined,
  code: Uint8Array,
  at: number,
  opcode: number,
  {narrow, shortAddress, wide}: Prefixes,
): number | undefined {
  const z = narrow && !wide ? 2 : 4
  const isTest = ((code[at] ?? 0) >> 3) % 8 < 2
  const operands = (): number => opcode + operandBytes(code, at)
  switch (letter) {
    case '.':
      return opcode
    case 'b':
      return opcode + 1
    case 'w':
      return opcode + 2
    case 'e':
      return opcode + 3
    case 'z':
      return opcode + z
    case 'v':
      return opcode + (wide ? 8 : z)
    case 'a':
      return opcode + (shortAddress ? 4 : 8)
    case 'j':
      return z === 2 ? undefined : opcode + 4
    case 'm':
      return operands()
    case 'B':
      return operands() + 1
    case 'Z':
      return operands() + z
    case 't':
      return operands() + (isTest ? 1 : 0)
    case 'T':
      return operands() + (isTest ? z : 0)
    default:
      return undefined
  }
}

/** Bytes of a ModRM byte, of the SIB byte and of the distance that it asks for. */
function operandBytes(code: Uint8Array, at: number): number {
  const [modrm = 0, sib = 0] = code.subarray(at, at + 2)
  const mode = modrm >> 6
  if (mode === 3) return 1
  const hasSib = modrm % 8 === 4
  const base = hasSib ? sib % 8 : modrm % 8
  const distance = mode === 1 ? 1 : mode === 2 || base === 5 ? 4 : 0
  return 1 + (hasSib ? 1 : 0) + distance
}

/** Bytes of a vector instruction from its prefix on. */
function vectorLength(code: Uint8Array, at: number): number | undefined {
  const {map, bytes} = vectorPrefix(code, at)
  const opcode = code[at + bytes] ?? 0
  // VZEROUPPER and VZEROALL.
  if (map === 1 && opcode === 0x77) return bytes + 1
  const constant = map === 1 ? (twoBytes[opcode] === 'B' ? 1 : 0) : constantBytes[map]
  return constant === undefined ? undefined : bytes + 1 + operandBytes(code, at + bytes + 1) + constant
}

/** The map of opcodes that the prefix of a vector instruction names, 0 if none is known; and the bytes of the prefix. */
function vectorPrefix(code: Uint8Array, at: number): {map: number; bytes: number} {
  const [first = 0, second = 0, third = 0] = code.subarray(at, at + 3)
  switch (first) {
    case 0xc5:
      return {map: 1, bytes: 2}
    case 0xc4:
      return {map: (second & 0x1f) <= 3 ? second & 0x1f : 0, bytes: 3}
    case 0x62:
      // The two bits are otherwise in what Intel's APX adds.
      return {map: (second & 8) === 0 && (third & 4) !== 0 ? second & 7 : 0, bytes: 4}
    default:
      return {map: second & 0x1f, bytes: 3}
  }
}
