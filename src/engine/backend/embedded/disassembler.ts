import {helpers} from './helpers.js'
import {isCall, isExit, isFunctionReference, width} from './layout.js'
import type {Instruction, KernelMap, KernelProgram} from './object.js'
import {
  atomics,
  classes,
  conditions,
  fromRegister,
  jumps,
  loadConstant,
  operations,
  sizes,
  unary,
} from './opcodes.js'

/**
 * A program in the notation of the kernel (kernel/bpf/disasm.c), as the verifier's log and `bpftool prog dump xlated` have
 * it: a line for each instruction, with its slot. Above the first instruction of each line of the program's text stands
 * that line, after a semicolon.
 *
 * @param text the text of the program, to which `at` refers
 */
export function disassemble(program: KernelProgram, maps: readonly KernelMap[], text?: string): string[] {
  const lines: string[] = []
  let slot = 0
  let line = 0
  for (const instruction of program.instructions) {
    const from = text === undefined ? undefined : lineAt(text, instruction.at)
    if (from !== undefined && from.number !== line) {
      lines.push(`; ${from.number}: ${from.text.trim()}`)
      line = from.number
    }
    const code = instruction.code.toString(16).padStart(2, '0')
    lines.push(`${String(slot).padStart(4)}: (${code}) ${describe(instruction, maps)}`)
    slot += width(instruction)
  }
  return lines
}

/** The line of a text that a place in it belongs to. */
function lineAt(text: string, at: number | undefined): {number: number; text: string} | undefined {
  if (at === undefined) return undefined
  const before = text.slice(0, at).split('\n')
  return {number: before.length, text: text.split('\n')[before.length - 1] ?? ''}
}

const symbols = inverted(operations)
const comparisons = inverted(conditions)
const bytes = inverted(sizes)
const helperNames = inverted(helpers)

function inverted(table: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(table).map(([name, code]) => [code, name]))
}

/** One instruction without its slot and code. */
export function describe(instruction: Instruction, maps: readonly KernelMap[]): string {
  const {code, dst, src, off, imm} = instruction
  const operation = code & 0xf0
  switch (code & 0x07) {
    case classes.alu:
    case classes.alu64:
      return describeComputation(instruction)
    case classes.ldx:
      return `r${dst} = ${memory(code, src, off)}`
    case classes.st:
      return `${memory(code, dst, off)} = ${imm}`
    case classes.stx:
      if ((code & 0xe0) === 0x60) return `${memory(code, dst, off)} = r${src}`
      return imm === atomics.add
        ? `lock ${memory(code, dst, off)} += r${src}`
        : `r${src} = atomic${(code & 0x18) === sizes[8] ? '64' : ''}_fetch_add(${memory(code, dst, off).slice(1)}, r${src})`
    case classes.ld:
      return code === loadConstant ? describeConstant(instruction, maps) : `BUG_${code.toString(16)}`
    default:
      break
  }
  if (isExit({code})) return 'exit'
  if (isCall({code}))
    return isFunctionReference(instruction)
      ? `call pc${distance(imm)}`
      : `call bpf_${helperNames.get(Number(imm)) ?? 'unspec'}#${imm}`
  if (operation === jumps.always) return `goto pc${distance(off)}`
  const r = (code & 0x07) === classes.jmp ? 'r' : 'w'
  const right = (code & fromRegister) === 0 ? `0x${(Number(imm) >>> 0).toString(16)}` : `${r}${src}`
  return `if ${r}${dst} ${comparisons.get(operation) ?? '?'} ${right} goto pc${distance(off)}`
}

function describeComputation({code, dst, src, imm}: Instruction): string {
  const r = (code & 0x07) === classes.alu64 ? 'r' : 'w'
  const left = `${r}${dst}`
  const right = (code & fromRegister) === 0 ? String(imm) : `${r}${src}`
  switch (code & 0xf0) {
    case unary.mov:
      return `${left} = ${right}`
    case unary.neg:
      return `${left} = -${left}`
    case unary.swap:
      return `r${dst} = ${(code & fromRegister) === 0 ? 'le' : 'be'}${imm} r${dst}`
    default:
      return `${left} ${symbols.get(code & 0xf0) ?? '?'}= ${right}`
  }
}

function describeConstant({dst, src, imm, map}: Instruction, maps: readonly KernelMap[]): string {
  if (map !== undefined) {
    const name = `map[name:${maps[map.index]?.name ?? map.index}]`
    return `r${dst} = ${name}${map.value === true ? `[0]+${BigInt(imm) >> 32n}` : ''}`
  }
  if (isFunctionReference({code: loadConstant, dst, src, off: 0, imm}))
    return `r${dst} = subprog[${distance(imm)}]`
  return `r${dst} = 0x${BigInt.asUintN(64, BigInt(imm)).toString(16)}`
}

function memory(code: number, base: number, offset: number): string {
  return `*(u${Number(bytes.get(code & 0x18) ?? 0) * 8} *)(r${base} ${distance(offset)})`
}

function distance(value: number | bigint): string {
  return value < 0 ? String(value) : `+${value}`
}
