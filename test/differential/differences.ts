/**
 * Programs of the corpus about which the engines differ on purpose, by a part of their text, and why the embedded engine
 * is right. The formats of output are those of 0.23; what other versions of bpftrace only write otherwise is brought to
 * them by `run.ts`.
 */
export const differences: readonly {
  readonly program: string
  readonly versions: RegExp
  readonly why: string
}[] = [
  {
    program: '@big[18446744073709551615] = 3;',
    versions: /^0\.(17|23)\./,
    why: 'a number above 2^63 is a key like others; before 0.24 it was shown as -1',
  },
  {
    program: '{ @[retval] = count(); }',
    versions: /^0\.(17|23)\./,
    why: 'the same, as what a function returned is taken for unsigned',
  },
  {
    program: 'str(args->filename, 5)',
    versions: /^0\.17\./,
    why: 'one of the bytes is for the end of the text, as since 0.23',
  },
  {
    program: '(uint8)250 + (uint8)10',
    versions: /^0\.23\./,
    why: 'sums have 64 bits; 0.17 and 0.27 say 260, too, and only 0.23 says 4',
  },
  {
    program: 'max_strlen = 9',
    versions: /^0\.23\./,
    why: 'a text has as many bytes as the setting says; there, one less',
  },
  {
    program: 'buf("abc", 3) != buf("abd", 3)',
    versions: /^0\.23\./,
    why: 'two buffers with other bytes differ; 0.23 and 0.27 take any two of one length for the same',
  },
]
