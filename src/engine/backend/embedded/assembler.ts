import {BugError} from '../../errors.js'
import {Mistake} from './mistake.js'
import type {Instruction} from './object.js'
import {
  atomics,
  classes,
  type Condition,
  conditions,
  fromRegister,
  jumps,
  loadConstant,
  modes,
  type Operation,
  operations,
  pseudo,
  type Size,
  sizes,
  unary,
} from './opcodes.js'
import {isFunctionReference, reachable, slotsOf} from './layout.js'
import {number, type Operand, type Register, short, word} from './operands.js'

export type {Operand, Register} from './operands.js'

/** A place in the program that jumps lead to. */
export interface Label {
  /** For errors. */
  readonly name: string
}

/** A jump is longer than the 32,767 instructions that the kernel's encoding has room for. */
export class JumpTooFarError extends Mistake {
  constructor(label: Label, distance: number, at = 0) {
    super(
      `the program is too long for this engine: from here, a jump to ${label.name} leads over ${distance} instructions, and the kernel has room for 32767`,
      {from: at, to: at + 1},
      'fewer or shorter clauses, loops and unroll() make it shorter; --engine bpftrace may run it, where that is installed',
      true,
    )
  }
}

/** An instruction whose target is not known yet. */
export interface Pending extends Instruction {
  readonly target?: Label
}

/**
 * Writes the instructions of one program, one method for each kind. Code that cannot be reached (after an exit, say) may be
 * written: it is left out, as the kernel refuses programs with such code.
 */
export class Assembler {
  readonly #instructions: Pending[] = []
  readonly #places = new Map<Label, number>()
  #at: number | undefined
  #slots: Uint32Array = new Uint32Array()
  #kept: Uint8Array = new Uint8Array()

  /** How many instructions there are so far. */
  get length(): number {
    return this.#instructions.length
  }

  /** What follows comes from here in the text of the program; undefined for code that nobody wrote. */
  place(at: number | undefined): void {
    this.#at = at
  }

  /** A new place to jump to; `here` says where it is. */
  label(name: string): Label {
    return {name}
  }

  /** The label stands for the next instruction. */
  here(label: Label): void {
    if (this.#places.has(label)) throw new BugError(`the label ${label.name} is placed twice`)
    this.#places.set(label, this.#instructions.length)
  }

  /** Takes out what turned out not to be needed; nothing jumps into it. */
  remove(from: number, to: number): void {
    this.#instructions.splice(from, to - from)
    for (const [label, place] of this.#places) if (place >= to) this.#places.set(label, place - (to - from))
  }

  /** `dst = dst OPERATION src`, 64 bits. */
  alu64(operation: Operation, dst: Register, src: Operand): void {
    this.#compute(classes.alu64 | operations[operation], dst, src)
  }

  /** `dst = dst OPERATION src`, 32 bits; the upper half of `dst` becomes zero. */
  alu32(operation: Operation, dst: Register, src: Operand): void {
    this.#compute(classes.alu | operations[operation], dst, src)
  }

  /** `dst = src`; a constant is extended by its sign. */
  move(dst: Register, src: Operand): void {
    this.#compute(classes.alu64 | unary.mov, dst, src)
  }

  /** `dst = src`, the lower 32 bits; the upper half becomes zero. */
  move32(dst: Register, src: Operand): void {
    this.#compute(classes.alu | unary.mov, dst, src)
  }

  /** `dst = -dst`, 64 bits. */
  negate(dst: Register): void {
    this.#emit({code: classes.alu64 | unary.neg, dst: number(dst), src: 0, off: 0, imm: 0})
  }

  /** Reads the lower `bits` of a register as a big-endian number; the bits above become zero. */
  fromBigEndian(dst: Register, bits: 16 | 32 | 64): void {
    this.#emit({code: classes.alu | unary.swap | fromRegister, dst: number(dst), src: 0, off: 0, imm: bits})
  }

  /** Cuts a register to its lower bits and extends them by their sign or with zeros. */
  narrow(dst: Register, bytes: Size, signed: boolean): void {
    if (bytes === 8) return
    const unused = 64 - bytes * 8
    if (!signed && bytes === 4) {
      this.move32(dst, dst)
      return
    }
    this.alu64('<<', dst, unused)
    this.alu64(signed ? 's>>' : '>>', dst, unused)
  }

  /** `dst = value`, any 64 bits. */
  constant(dst: Register, value: bigint | number): void {
    const wide = BigInt.asIntN(64, BigInt(value))
    if (BigInt.asIntN(32, wide) === wide) this.move(dst, Number(wide))
    else this.#emit({code: loadConstant, dst: number(dst), src: 0, off: 0, imm: wide})
  }

  /** The map by its place in the object's `maps`, as helpers want it. */
  map(dst: Register, index: number): void {
    this.#emit({code: loadConstant, dst: number(dst), src: pseudo.map, off: 0, imm: 0, map: {index}})
  }

  /** The address of the single value of an array, and `offset` bytes into it: read and written without a look-up. */
  mapValue(dst: Register, index: number, offset = 0): void {
    const imm = BigInt(offset) << 32n
    const map = {index, value: true}
    this.#emit({code: loadConstant, dst: number(dst), src: pseudo.mapValue, off: 0, imm, map})
  }

  /** `dst = *(uSIZE *)(base + offset)`; the bits above become zero. */
  load(size: Size, dst: Register, base: Register, offset: number): void {
    const code = classes.ldx | modes.mem | sizes[size]
    this.#emit({code, dst: number(dst), src: number(base), off: short(offset), imm: 0})
  }

  /** `*(SIZE *)(base + offset) = src`. */
  store(size: Size, base: Register, offset: number, src: Operand): void {
    const constant = typeof src === 'number'
    const code = (constant ? classes.st : classes.stx) | modes.mem | sizes[size]
    const off = short(offset)
    this.#emit({code, dst: number(base), src: constant ? 0 : number(src), off, imm: constant ? word(src) : 0})
  }

  /** `*(base + offset) += src`, seen whole by all CPUs; for numbers of 4 and 8 bytes. */
  atomicAdd(size: 4 | 8, base: Register, offset: number, src: Register): void {
    const code = classes.stx | modes.atomic | sizes[size]
    this.#emit({code, dst: number(base), src: number(src), off: short(offset), imm: atomics.add})
  }

  /** The same, and `src` gets what was there before (since Linux 5.12). */
  fetchAdd(size: 4 | 8, base: Register, offset: number, src: Register): void {
    const code = classes.stx | modes.atomic | sizes[size]
    this.#emit({code, dst: number(base), src: number(src), off: short(offset), imm: atomics.fetchAdd})
  }

  jump(target: Label): void {
    this.#emit({code: classes.jmp | jumps.always, dst: 0, src: 0, off: 0, imm: 0, target})
  }

  /** Jumps if `left CONDITION right`, 64 bits. */
  jumpIf(left: Register, condition: Condition, right: Operand, target: Label): void {
    this.#compute(classes.jmp | conditions[condition], left, right, target)
  }

  /** Jumps if `left CONDITION right` holds for the lower 32 bits. */
  jumpIf32(left: Register, condition: Condition, right: Operand, target: Label): void {
    this.#compute(classes.jmp32 | conditions[condition], left, right, target)
  }

  /** Calls a helper of the kernel by its number: r0 = helper(r1 ... r5); r1 to r5 are lost. */
  call(helper: number): void {
    this.#emit({code: classes.jmp | jumps.call, dst: 0, src: 0, off: 0, imm: helper})
  }

  /** Calls a function of this program, which begins at the label and ends with `exit`; it has a stack of its own. */
  callFunction(target: Label): void {
    this.#emit({code: classes.jmp | jumps.call, dst: 0, src: pseudo.call, off: 0, imm: 0, target})
  }

  /** The address of a function of this program, for bpf_loop (5.17) and bpf_for_each_map_elem (5.13). */
  functionAddress(dst: Register, target: Label): void {
    this.#emit({code: loadConstant, dst: number(dst), src: pseudo.function, off: 0, imm: 0, target})
  }

  /** Ends the program or the function; r0 is the result. */
  exit(): void {
    this.#emit({code: classes.jmp | jumps.exit, dst: 0, src: 0, off: 0, imm: 0})
  }

  /**
   * The instructions, with the jumps filled in.
   * @throws JumpTooFarError if one is too far
   */
  finish(): Instruction[] {
    const target = (label: Label): number => {
      const found = this.#places.get(label)
      if (found === undefined || found >= this.#instructions.length)
        throw new BugError(`a jump leads to ${label.name}, which is nowhere`)
      return found
    }
    const kept = (this.#kept = reachable(this.#instructions, target))
    const slots = (this.#slots = slotsOf(this.#instructions, kept))
    return this.#instructions.flatMap(({target: label, ...instruction}, index) => {
      if (kept[index] === 0) return []
      if (label === undefined) return [instruction]
      const distance = (slots[target(label)] ?? 0) - (slots[index] ?? 0) - 1
      if (isFunctionReference(instruction)) return [{...instruction, imm: distance}]
      if (distance !== (distance << 16) >> 16) throw new JumpTooFarError(label, distance, instruction.at)
      return [{...instruction, off: distance}]
    })
  }

  /** The slot of the kernel that a label stands for, once the program is finished; undefined if it cannot be reached. */
  slotOf(label: Label): number | undefined {
    const place = this.#places.get(label) ?? 0
    return this.#kept[place] === 1 ? this.#slots[place] : undefined
  }

  #compute(code: number, dst: Register, src: Operand, target?: Label): void {
    const jump = target === undefined ? {} : {target}
    if (typeof src === 'number') this.#emit({code, dst: number(dst), src: 0, off: 0, imm: word(src), ...jump})
    else this.#emit({code: code | fromRegister, dst: number(dst), src: number(src), off: 0, imm: 0, ...jump})
  }

  #emit(instruction: Pending): void {
    this.#instructions.push(this.#at === undefined ? instruction : {...instruction, at: this.#at})
  }
}
