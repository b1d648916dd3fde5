import type {CompileContext, FunctionType} from '#src/engine/backend/embedded/context.js'
import {type Field, type KernelTypes, s32, type StructType, u32, u64} from '#src/engine/program/ctype.js'
import {parseFormat} from '#src/engine/kernel/tracepointformat.js'

/** What tracefs says of `sys_enter_openat`, `sys_exit_openat` and `sched_process_exec`. */
const formats: Readonly<Record<string, string>> = {
  'syscalls:sys_enter_openat': `name: sys_enter_openat
	field:int __syscall_nr;	offset:8;	size:4;	signed:1;
	field:int dfd;	offset:16;	size:8;	signed:0;
	field:const char * filename;	offset:24;	size:8;	signed:0;
	field:int flags;	offset:32;	size:8;	signed:0;
	field:umode_t mode;	offset:40;	size:8;	signed:0;
`,
  'syscalls:sys_exit_openat': `name: sys_exit_openat
	field:int __syscall_nr;	offset:8;	size:4;	signed:1;
	field:long ret;	offset:16;	size:8;	signed:1;
`,
  'sched:sched_process_exec': `name: sched_process_exec
	field:__data_loc char[] filename;	offset:8;	size:4;	signed:0;
	field:pid_t pid;	offset:12;	size:4;	signed:1;
	field:pid_t old_pid;	offset:16;	size:4;	signed:1;
`,
  'sched:sched_switch': `name: sched_switch
	field:char prev_comm[16];	offset:8;	size:16;	signed:0;
	field:pid_t prev_pid;	offset:24;	size:4;	signed:1;
`,
}

const task: StructType = {kind: 'struct', name: 'struct task_struct', id: 1}
const character = {kind: 'int', bits: 8, signed: false, isCharacter: true} as const

/** A kernel with one structure. */
const fields = new Map<string, Field>([
  ['pid', {type: s32, offset: 100}],
  ['real_parent', {type: {kind: 'pointer', to: task}, offset: 112}],
  ['comm', {type: {kind: 'array', of: character, length: 16}, offset: 120}],
  ['flag', {type: u32, offset: 136, bitField: {offset: 3, size: 2}}],
  ['mask', {type: {kind: 'array', of: u64, length: 4}, offset: 144}],
])
export const types: KernelTypes = {
  named: (name) => (name === task.name ? task : undefined),
  fields: () => fields,
  size: () => 192,
  returned: () => undefined,
  names: () => [task.name],
}

/** What BTF says of `bpf_iter_task`. */
const iterator: FunctionType = {
  typeId: 23,
  parameters: [
    {name: 'meta', type: {kind: 'pointer', to: {kind: 'opaque', name: 'struct bpf_iter_meta'}}},
    {name: 'task', type: {kind: 'pointer', to: task}},
  ],
  returned: s32,
}

/** Facts of a machine that is always the same. */
export const fixedContext: CompileContext = {
  arch: 'x64',
  release: [6, 12],
  cpus: 2,
  types,
  constant: (name) => (name === 'PIDTYPE_TGID' ? 1n : undefined),
  tracepoints: () => Object.keys(formats),
  tracepoint: (category, name) => {
    const text = formats[`${category}:${name}`]
    return text === undefined ? undefined : parseFormat(text)
  },
  functions: (glob) =>
    ['vfs_read', 'vfs_write'].filter(
      (name) => name === glob || (glob === 'vfs_*' && name.startsWith('vfs_')),
    ),
  functionType: (name) => (name === 'bpf_iter_task' ? iterator : undefined),
  functionNames: () => new Set(['bpf_iter_task', 'vfs_read']),
  kernelAddress: (symbol) => (symbol === 'vfs_read' ? 0xffff_ffff_8123_4560n : undefined),
  files: (target) => (target === 'libc' ? ['/lib/libc.so.6'] : []),
  userFunctions: (_, glob) =>
    [
      {name: 'malloc', offset: 0x1000},
      {name: 'memset', offset: 0x2000},
    ].filter(({name}) => name === glob || (glob === 'm*' && name.startsWith('m'))),
  isMisexecuted: (_, offset) => offset === 0x2000,
  standing: (_, offset) => {
    const within = offset % 0x1000
    if (offset >= 0x3000) return {kind: 'unknown'}
    if (within === 0) return {kind: 'function'}
    if (within === 16) return {kind: 'misexecuted'}
    if (within % 4 === 0) return {kind: 'instruction'}
    return {kind: 'middle', begins: offset - (offset % 4), next: offset - (offset % 4) + 4}
  },
  userOffset: (_, address) => address,
  userAddress: (_, offset) => offset,
  userSymbol: () => undefined,
  usdt: () => [
    {provider: 'p', name: 'n', offset: 16, semaphore: 8, arguments: '-4@%edi 8@16(%rbp)'},
    {provider: 'p', name: 'n', offset: 32, semaphore: 8, arguments: '-4@$7 8@%rax'},
  ],
  cgroupId: () => undefined,
  parameters: ['7', 'seven'],
  options: new Map(),
  textRoom: 64,
  overrides: [],
  pageSize: 4096,
  mapKeys: 4096,
  stackDepth: 127,
  ringBytes: 1 << 20,
  readMaps: undefined,
  wakesAtOnce: false,
  pidNamespace: undefined,
  tracer: 1,
  child: 0,
  process: 0,
  unsafe: false,
  now: () => 5_000n,
}
