import type {Job} from '../support/count.js'
import type {Call} from '../support/libcalls.js'
import type {Running} from '../support/processes.js'
import {collections} from '../support/python.js'
import {countBeside} from './counting.js'
import {support} from './jobs.js'
import {ofBcc} from './packages.js'
import {blocks, readDistributions} from './read.js'
import type {Row, Table} from './table.js'

const labs = (number: number, times: number): Call => ({
  prototype: 'long labs(long n)',
  args: [number],
  times,
})
const nameOf = (name: string, times: number): Call => ({
  prototype: 'uint32_t if_nametoindex(const char *name)',
  args: [name],
  times,
})
const mkdir = (path: string, mode: number, times: number): Call => ({
  prototype: 'int mkdir(const char *path, int mode)',
  args: [path, mode],
  times,
})
const write = (text: string, times: number): Call => ({
  prototype: 'long write(int fd, const char *text, size_t size)',
  args: [2, text, text.length],
  times,
})

/** The last call, by which both are known to have printed all that was before. */
const last = 424_242

const calls = (): Job =>
  support('libcalls.js', {
    calls: [
      ...[labs(-5, 7), labs(0, 11), labs(1, 13), labs(300, 17), labs(70_000, 23)],
      ...[nameOf('hello', 7), nameOf('hello-world', 11), nameOf('help', 13)],
      ...[mkdir('/nowhere/a', 0o700, 11), mkdir('/nowhere/b', 0o755, 13)],
      ...[write('hi', 19), write('hello, world', 29)],
      labs(last, 1),
    ],
  })

/** When the last call has been printed, what was counted is printed once more: all of it was there by then. */
const isLast = (block: string): boolean => block.includes(`${last}`)
const printed = (tool: Running): Promise<void> =>
  tool.until((stdout) => blocks(stdout).filter(isLast).length > 1)
/** How long each call took differs, but not how many did. */
const read = (stdout: string): Table => {
  const {columns, rows} = readDistributions(blocks(stdout).filter(isLast)[1] ?? '')
  const sum = rows.filter(({LABEL}) => LABEL === 'ns').reduce((total, {COUNT}) => total + Number(COUNT), 0)
  return {
    columns,
    rows: [...rows.filter(({LABEL}) => LABEL !== 'ns'), {LABEL: 'ns', EVENT: 'all', COUNT: `${sum}`}],
  }
}

const each = (letter: string, specifiers: readonly string[]): string[] =>
  specifiers.flatMap((specifier) => [letter, specifier])

const bcc = {
  name: 'argdist of BCC',
  file: ofBcc('argdist'),
  differences: [
    {
      because: 'Python shows a text as bytes',
      means: (row: Row) => ({...row, EVENT: (row['EVENT'] ?? '').replace(/b'(.*?)'/g, '"$1"')}),
    },
  ],
}

const n = 'p:c:labs(long n)'
const s = 'p:c:if_nametoindex(const char *s)'

countBeside('argdist', bcc, [
  {
    title: '-C -H -c: functions of a library, tracepoints',
    job: calls,
    args: (pid) => [
      ...['-i', '1', '-c', '-p', `${pid}`],
      ...each('-C', [
        `${n}:long:n`,
        `${n}:int,int:n,n*2:n>1#two values`,
        'p:c:labs()',
        'r:c:labs()',
        'r:c:labs(long n):long,long:$retval,$entry(n)#results',
        'r:c:labs(long n):long:$entry(n):$latency>0 && $retval>1#with latency',
        `${n}:u32:$PID#process`,
        `${s}:char*:s#texts`,
        // Its texts are numbers: with a newer clang it takes no other.
        'p:c:if_nametoindex(u64 s):char*:s:STRCMP("hello", s)#compared',
        't:syscalls:sys_enter_mkdir():int:args->mode#modes',
        't:syscalls:sys_exit_mkdir():long:args->ret',
      ]),
      ...each('-H', [`${n}:long:n:n>=0`, 'r:c:labs(long n):u64:$latency#ns']),
    ],
    printed,
    read,
    differences: [
      {
        because: 'STRCMP takes what only begins so',
        adds: ({LABEL, EVENT}) => LABEL === 'compared' && EVENT === 's = "hello-world"',
      },
    ],
  },
  {
    title: '-T -z -t: functions of the kernel, their structures, the largest values',
    job: calls,
    args: (pid) => [
      ...['-I', 'linux/fs.h', '-i', '1', '-c', '-p', `${pid}`, '-t', `${pid}`, '-z', '5', '-T', '2'],
      ...each('-C', [
        'p::vfs_write(struct file *file, const char __user *buf, size_t count):u32,size_t:file->f_flags&3,count',
        'p::vfs_write(struct file *file, const char __user *buf, size_t count):char*:buf#cut',
        'r::vfs_write(struct file *file, const char __user *buf, size_t count):size_t:$entry(count):$retval==2',
        `${n}:long:n:n==${last}#last`,
      ]),
    ],
    printed,
    read,
    differences: [
      {
        because: 'it does not mark what was cut',
        means: (row) => (row['EVENT'] === 'buf = "hello"' ? {...row, EVENT: 'buf = "hello"...'} : row),
      },
    ],
  },
  {
    title: 'u: arguments of USDT probes',
    failure: /'Probe' object has no attribute 'htab_batch_ops'/,
    job: collections,
    args: (pid) => ['-i', '1', '-c', '-p', `${pid}`, '-C', `u:${collections().command}:gc__start():int:arg1`],
    printed: async (tool) =>
      tool.until((stdout) => blocks(stdout).some((block) => block.includes('arg1 = 1'))),
    read: (stdout) => readDistributions(blocks(stdout).find((block) => block.includes('arg1 = 1')) ?? ''),
  },
])
