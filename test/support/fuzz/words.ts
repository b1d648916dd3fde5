import fc from 'fast-check'

/** Any of some texts. */
export const pick = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts)
export const words = (text: string): string[] => text.split(' ')
export const joined = (parts: fc.Arbitrary<string>, separator: string, most: number): fc.Arbitrary<string> =>
  fc.array(parts, {maxLength: most}).map((all) => all.join(separator))

export const numbers = words(
  '0 1 2 7 -1 64 255 0x100 65536 0x7fffffff 0x80000000 4294967296 0x7fffffffffffffff 18446744073709551615 1e9 5ms',
)
export const texts = ['""', '"abc"', '"%s %d"', '"/nx/one"', '"\\x00\\xff"', '"é"']
export const names = words(
  'pid tid uid cpu nsecs elapsed rand comm curtask args retval arg0 arg5 sarg0 probe func kstack ustack cgroup ' +
    'username ctx cpid PIDTYPE_TGID nobody $1 $2 $3 $#',
)
export const binary = words('+ - * / % & | ^ << >> < <= > >= == != && ||')
export const types = words('int8 uint8 int16 uint16 int32 uint32 int64 uint64').concat([
  ...[
    'bool',
    'void *',
    'char *',
    'uint64 *',
    'struct task_struct *',
    'struct nobody *',
    'uint8[4]',
    'string',
  ],
])
export const functions = words(
  'str buf strncmp strcontains ksym usym kaddr uaddr reg ntop kstack ustack uptr kptr sizeof strftime strerror ' +
    'cgroupid join bswap has_key delete len nsecs macaddr signal nothing offsetof min count',
)
export const actions = words(
  'print printf clear zero delete exit time cat join system errorf print if unwatch',
)
export const aggregations = words('count sum min max avg stats hist lhist tseries')
export const formats = [
  '"%d\\n"',
  '"%s %d\\n"',
  '"%5lld|%-8s|%x\\n"',
  '"%r %rx\\n"',
  '"%c%p%%\\n"',
  '"%"',
  '"no"',
  '"%k"',
]
export const probes = [
  ...['BEGIN', 'END', 'tracepoint:syscalls:sys_enter_openat', 'tracepoint:syscalls:sys_exit_openat'],
  ...[
    'tracepoint:sched:sched_*',
    'interval:s:1',
    'profile:hz:99',
    'software:page-faults:100',
    'kprobe:vfs_read',
  ],
  ...[
    'kretprobe:vfs_read',
    'uprobe:libc:malloc',
    'uretprobe:libc:malloc',
    'fentry:vfs_read',
    'usdt:libc:p:n',
  ],
  ...['rawtracepoint:sched_switch', 'hardware:cycles:1000', 'iter:task', 'nothing:here', 'kprobe:'],
]
