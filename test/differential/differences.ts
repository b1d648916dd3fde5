/** A program about which the engines differ on purpose. */
export interface Difference {
  /** A part of the text of programs of the corpus. */
  readonly program: string
  /** The versions of bpftrace that say something else. */
  readonly versions: RegExp
  /** What the embedded engine says, in the form that is compared: the right thing. */
  readonly own: RegExp
  /** Why that is right, by what can be looked up. */
  readonly proof: string
  /** Whether bpftrace says the right thing now and then, by chance. */
  readonly chance?: true
}

const newest = /^0\.27\./
const beforeNewest = /^0\.(17|23)\./

const names = 'probes keep the name that the program gives them, as in every bpftrace before 0.24'
const truths =
  'maps are written as by 0.23, which has no truth values (they came with 0.24, release notes): a comparison is 1 or 0, as in C; print() shows it as true, as 0.27 does'
const unsorted =
  'the greatest values are printed, sorted by value, as the manual has it (`print(@map, top)`); 0.27.1 takes any, other ones each time'

/** Programs of the corpus that print another thing with some bpftrace. `test/DIFFERENCES.md` is made from it. */
export const differences: readonly Difference[] = [
  {
    program: '$a / $b, $a % $b, $a >> 1',
    versions: /^0\./,
    own: /^-2 -1 -4$/,
    proof:
      'C (6.5.5) cuts quotients towards zero, so -7 / 3 = -2 and -7 - 3 * -2 = -1, as bpftrace has it of constants; of variables, it divides and shifts as if there were no signs',
  },
  {
    program: '@ = max(-9); @ = max(-5);',
    versions: /^0\.17\./,
    own: /^@: -5$/,
    proof:
      '-5 is greater than -9; 0.17 begins with 0, which nobody gave it (0.22, release notes: "Fix min/max map functions")',
  },
  {
    program: '@big[18446744073709551615] = 3;',
    versions: beforeNewest,
    own: /^@big\[18446744073709551615\]: 3$/,
    proof: 'the key is what the program says, 2^64 - 1; shown as -1 before 0.24',
  },
  {
    program: '{ @[retval] = count(); }',
    versions: beforeNewest,
    own: /^@\[18446744073709551615\]: \d+/m,
    proof:
      'retval is a uint64 (manual, builtins), so that -1 of syscall(2) is 2^64 - 1; shown as -1 before 0.24',
  },
  {
    program: 'str(args->filename, 5)',
    versions: /^0\.17\./,
    own: /^@\[\/nx\/\]: \d+$/m,
    proof:
      '"only length - 1 bytes are copied" (manual), and release 0.23 fixed it: 4 bytes of "/nx/one" are left',
  },
  {
    program: '(uint8)250 + (uint8)10',
    versions: /^0\.23\./,
    own: /^260$/,
    proof:
      '250 + 10 = 260, as C (6.3.1.1) makes both an int before it adds; 0.17 and 0.27, the current release, agree, and 0.23 says 4',
  },
  {
    program: 'printf("%p %p\\n", 4096, 0);',
    versions: newest,
    own: /^0x1000 \(nil\)$/,
    proof: 'printf(3) of glibc, which bpftrace before 0.24 calls, writes a pointer of zero so',
  },
  {
    program: 'printf("%.3s|%8.3s|%.5d\\n", "abcdef", "abcdef", 42);',
    versions: newest,
    own: /^abc\| {5}abc\|00042$/,
    proof:
      'printf(3): a precision is the most bytes of a text and the fewest digits of a number; 0.27 takes it and does nothing',
  },
  {program: 'printf("%s %d %s\\n", probe, 5, "end");', versions: newest, own: /^BEGIN 5 end$/, proof: names},
  {program: 'print(probe);', versions: newest, own: /^127\.0\.0\.1\nBEGIN$/, proof: names},
  {program: '@p[probe] = 1;', versions: newest, own: /^@p\[BEGIN\]: 1$/, proof: names},
  {
    program: 'print(@a, 2); clear(@a);',
    versions: newest,
    own: /^@a\[1\]: 5\n@a\[3\]: 9$/,
    proof: unsorted,
    chance: true,
  },
  {
    program: 'print(@a, 2, 10);',
    versions: newest,
    own: /^@a\[1\]: 5\n@a\[1\]: 7\n@a\[2\]: 4\n@a\[3\]: 12\n@a\[3\]: 9$/,
    proof: unsorted,
    chance: true,
  },
  {
    program: 'printf("%s\\n", str(0));',
    versions: newest,
    own: /^$/,
    proof:
      'str() reads the text at an address (manual), and there is none at 0; 0.27 writes the number instead',
  },
  {
    program: '@[strcontains(str(args->filename), comm)',
    versions: newest,
    own: /^@\[0, 1\]: 36$/m,
    proof: truths,
  },
  {
    program: '@[len(kstack(2)), len(ustack(1)), len(kstack) > 2]',
    versions: newest,
    own: /^@\[2, 1, 1\]: 36$/m,
    proof: truths,
  },
  {
    program: '@[pid == $1, tid == $1, uid, gid]',
    versions: newest,
    own: /^@\[1, 1, 0, 0\]: 36$/m,
    proof: truths,
  },
  {
    program: '@[curtask->mm->owner->tgid == pid] = count();',
    versions: newest,
    own: /^@\[1\]: 36$/m,
    proof: truths,
  },
  {program: '@a = true; @b[false] = 1;', versions: newest, own: /^@a: 1\n@b\[0\]: 1$/, proof: truths},
  {
    program: 'struct three { char c[3]; };',
    versions: newest,
    own: /^@\[\/nx\]: 35$[^]*^@same\[1, 3\]: 35$/m,
    proof:
      'the array has three characters, and they are "/nx", as 0.17 and 0.23 have it; 0.27 takes a text that fills its array for one that was cut, and marks it',
  },
  {
    program: '*uaddr("opterr"), (uint64)uaddr',
    versions: /^0\.(17|23)\./,
    own: /^1 [\da-f]+$/m,
    proof:
      'opterr is 1 unless a process sets it (getopt(3)); before 0.25 (release notes: "uaddr support PIE and dynamic library symbols"), uaddr() gives the address in the file, where a process has nothing',
  },
  {
    program: 'iter:task_file',
    versions: /^0\.23\./,
    own: /^0 \d\n1 \d\n/,
    proof: 'a process has its standard input as descriptor 0, as /proc/PID/fd lists it; 0.23 leaves it out',
  },
  {
    program: '@seen = ctx->meta->seq_num > 0;',
    versions: newest,
    own: /^@seen: 1$/,
    proof: truths,
  },
  {
    program: 'max_strlen = 9',
    versions: /^0\.23\./,
    own: /^\/nx\/four\/\.\.$/m,
    proof: 'a text has as many bytes as the setting says, as in 0.27; in 0.23, one less',
  },
  {
    program: 'buf("abc", 3) != buf("abd", 3)',
    versions: /^0\.2[37]\./,
    own: /^same\ndiffer$/,
    proof: '"abc" and "abd" have other bytes; 0.23 and 0.27 take any two buffers of one length for the same',
  },
]

/** The difference that is known of a program and a version. */
export function differenceOf(program: string, version: string): Difference | undefined {
  return differences.find((one) => program.includes(one.program) && one.versions.test(version))
}
