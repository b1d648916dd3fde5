/** What of an output is not compared, or is brought to one form, as it says the same. */
export interface Form {
  readonly what: string
  /** The versions of bpftrace that it is done for; all if not given. */
  readonly versions?: RegExp
  readonly why: string
  readonly apply: (output: string) => string
}

const eachLine =
  (change: (line: string) => string) =>
  (output: string): string =>
    output.split('\n').map(change).join('\n')

/** Entries of a map that follow one another, in the order of their texts. */
function sorted(output: string): string {
  const lines = output.split('\n')
  const isEntry = (line = ''): boolean => /^@\w*\[.*\]: /.test(line)
  const result: string[] = []
  for (let at = 0; at < lines.length;) {
    let end = at
    while (isEntry(lines[end])) end++
    if (end === at) end++
    result.push(...(end > at + 1 ? lines.slice(at, end).sort() : lines.slice(at, end)))
    at = end
  }
  return result.join('\n')
}

/** In the order in which they are applied. */
export const forms: readonly Form[] = [
  {
    what: 'the line `Attaching N probes...`',
    why: 'bpftrace says it of itself, `-q` or not, in some versions',
    apply: (output) => output.replaceAll(/^Attaching .*\n/gm, ''),
  },
  {
    what: 'the line feed in a key where there is no stack, as `@[\\n]`',
    versions: /^0\.17\./,
    why: '0.17 writes nothing there; since 0.23 a stack without frames has the line feed that one with frames begins with',
    apply: (output) => output.replaceAll(/(?<=[[,] ?)\n(?=\s*[\],])/g, ''),
  },
  {
    what: '`{ .count = 2, .average = 5, .total = 11 }` for `count 2, average 5, total 11`',
    versions: /^0\.2[4-9]\./,
    why: 'statistics are written as a structure since 0.24; the numbers are compared',
    apply: (output) =>
      output.replaceAll(
        /\{ \.count = (-?\d+), \.average = (-?\d+), \.total = (-?\d+) \}/g,
        'count $1, average $2, total $3',
      ),
  },
  {
    what: 'spaces at both ends of a line',
    why: 'bars and frames are set further to the right in some versions',
    apply: eachLine((line) => line.trim()),
  },
  {
    what: 'empty lines',
    why: 'versions differ in how many they write between maps and at the end',
    apply: (output) =>
      output
        .split('\n')
        .filter((line) => line !== '')
        .join('\n'),
  },
  {
    what: 'the order of entries of one map',
    why: 'bpftrace leaves that of equal values to chance',
    apply: sorted,
  },
]

/** An output as it is compared with one of a version of bpftrace, or as that version's. */
export function normal(output: string, version: string): string {
  return forms
    .filter(({versions}) => versions?.test(version) ?? true)
    .reduce((text, {apply}) => apply(text), output)
}
