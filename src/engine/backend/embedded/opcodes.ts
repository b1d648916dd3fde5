/** The encoding of BPF instructions: include/uapi/linux/bpf.h, bpf_common.h and the kernel's instruction-set.rst. */

/** The low three bits of a code. */
export const classes = {ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, jmp32: 6, alu64: 7} as const

/** How wide a load or store is, by bytes. */
export const sizes = {4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18} as const
export type Size = keyof typeof sizes

/** How a load or store finds its memory. */
export const modes = {imm: 0x00, mem: 0x60, memsx: 0x80, atomic: 0xc0} as const

/** Whether the second operand is a register (otherwise it is the constant). */
export const fromRegister = 0x08

export const operations = {
  '+': 0x00,
  '-': 0x10,
  '*': 0x20,
  /** Unsigned; by zero it gives 0. */
  '/': 0x30,
  '|': 0x40,
  '&': 0x50,
  '<<': 0x60,
  /** Fills with zeros. */
  '>>': 0x70,
  /** Unsigned; by zero it gives the first operand. */
  '%': 0x90,
  '^': 0xa0,
  /** Fills with the sign. */
  's>>': 0xc0,
} as const
export type Operation = keyof typeof operations

/** The operations with one operand. */
export const unary = {neg: 0x80, mov: 0xb0, swap: 0xd0} as const

/** Conditions; those with an `s` compare signed numbers, and `&` asks for a common bit. */
export const conditions = {
  '==': 0x10,
  '>': 0x20,
  '>=': 0x30,
  '&': 0x40,
  '!=': 0x50,
  's>': 0x60,
  's>=': 0x70,
  '<': 0xa0,
  '<=': 0xb0,
  's<': 0xc0,
  's<=': 0xd0,
} as const
export type Condition = keyof typeof conditions

/** The other codes of the jump classes. */
export const jumps = {always: 0x00, call: 0x80, exit: 0x90} as const

/** What the source register of a 64-bit load or of a call says about the constant (BPF_PSEUDO_*). */
export const pseudo = {
  /** A load: the constant is the file descriptor of a map. */
  map: 1,
  /** A load: the upper half is an offset into the value of that array. */
  mapValue: 2,
  /** A load: the constant is the distance to a function of this program, for a callback. */
  function: 4,
  /** A call: the constant is the distance to a function of this program. */
  call: 1,
} as const

/** The code of a 64-bit load, the one instruction that takes two slots. */
export const loadConstant = classes.ld | modes.imm | sizes[8]

/** What an atomic operation does, in its constant. */
export const atomics = {add: 0x00, fetchAdd: 0x01} as const
