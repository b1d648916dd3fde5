/** Where registers are in `struct pt_regs`, which is the context of kprobes and uprobes, and begins that of perf events. */
interface Registers {
  /** What carries the arguments of a function, in order. */
  readonly args: readonly string[]
  readonly result: string
  readonly stack: string
  readonly instruction: string
  /** How many words on the stack are before the arguments that are there. */
  readonly before: number
  readonly offsets: Readonly<Record<string, number>>
}

const numbered = (names: readonly string[], from = 0): Record<string, number> =>
  Object.fromEntries(names.map((name, index) => [name, from + index * 8]))

/** arch/x86/include/asm/ptrace.h and arch/arm64/include/asm/ptrace.h, by Node's names of the architectures. */
const architectures: Readonly<Record<string, Registers>> = {
  x64: {
    args: ['di', 'si', 'dx', 'cx', 'r8', 'r9'],
    result: 'ax',
    stack: 'sp',
    instruction: 'ip',
    before: 1,
    offsets: numbered(
      [
        'r15',
        'r14',
        'r13',
        'r12',
        'bp',
        'bx',
        'r11',
        'r10',
        'r9',
        'r8',
        'ax',
        'cx',
        'dx',
        'si',
        'di',
        'orig_ax',
      ].concat(['ip', 'cs', 'flags', 'sp', 'ss']),
    ),
  },
  arm64: {
    args: ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7'],
    result: 'r0',
    stack: 'sp',
    instruction: 'pc',
    before: 0,
    offsets: {
      ...numbered(Array.from({length: 31}, (_, index) => `r${index}`)),
      ...numbered(['sp', 'pc', 'pstate'], 248),
    },
  },
}

export function registersOf(arch: string): Registers | undefined {
  return architectures[arch]
}
