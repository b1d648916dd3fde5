/** A limit of the kernel that a right program can meet, as this engine writes more, or other, code than one by hand would be. */
export interface Limit {
  /** What the verifier says. */
  readonly says: RegExp
  /** What is said of it, as in `docs/embedded-engine.md`. */
  readonly words: string
}

/** All that may be; any other refusal is a bug of this engine. */
export const limits: readonly Limit[] = [
  {
    says: /BPF program is too large|program too large/,
    words: 'more paths than the kernel follows, which is a million instructions',
  },
  {
    says: /sequence of \d+ jumps is too complex|call stack of \d+ frames is too deep/,
    words: 'jumps nested deeper than the kernel follows',
  },
  {says: /combined stack size of \d+ calls is \d+/, words: 'a stack of more than 512 bytes'},
  {says: /infinite loop detected/, words: 'a loop whose end the kernel does not see'},
  {
    says: /number of maps per program has reached the limit/,
    words: 'more maps than the kernel lets one program use',
  },
  {
    says: /cannot be patched due to 16-bit range/,
    words: 'more instructions than a jump of the kernel can cross, 32767',
  },
]

/** The limit that a refusal is about. */
export function limitBehind(reason: string): Limit | undefined {
  return limits.find(({says}) => says.test(reason))
}
