import {type Case, since, traced} from './corpus.js'

/** A program of the corpus that is about functions of the kernel. */
export interface FunctionCase extends Case {
  /** What this machine must have. */
  readonly needs: 'kprobe' | 'fentry'
}

/** What open(2) and its like call with the path that they were given, exported neither in 6.1 nor in 6.12, but never inlined. */
const open = 'do_filp_open'
const path = 'str(((struct filename *)arg1)->name)'

const needing = (needs: FunctionCase['needs'], cases: readonly Case[]): FunctionCase[] =>
  cases.map((each) => ({...each, needs}))

/** Programs about functions of the kernel, which few machines that run tests let us probe: they are run in guests. */
export const functions: readonly FunctionCase[] = [
  ...needing(
    'kprobe',
    traced(
      'entries of kernel functions',
      `kprobe:${open} /OWN/ { @ = count(); @name[func] = count(); @probe[probe] = count(); }`,
      `kprobe:${open} /OWN/ { @[${path}] = count(); @directory[(int32)arg0] = count(); }`,
      `kprobe:${open} /OWN/ { printf("%d %s\\n", (int32)arg0, ${path}); }`,
      `kprobe:${open} /OWN/ { $how = (struct open_flags *)arg2; @[$how->open_flag] = count(); @h = hist($how->open_flag); }`,
      `kprobe:${open} /OWN && ${path} == "/nx/one"/ { @[comm, pid == $1] = count(); }`,
      `kprobe:${open} /OWN/ { @[reg("di") == arg0, ksym(reg("ip"))] = count(); }`,
      `kprobe:${open}, tracepoint:syscalls:sys_enter_creat /OWN/ { @[probe] = count(); }`,
      `kprobe:${open} /OWN/ { @[curtask->comm, curtask->tgid == pid] = count(); }`,
    ),
  ),
  ...needing(
    'kprobe',
    traced(
      'returns of kernel functions',
      `kretprobe:${open} /OWN/ { @[(int64)retval] = count(); @probe[probe] = count(); }`,
      `kprobe:${open} /OWN/ { @name[tid] = ((struct filename *)arg1)->name; } kretprobe:${open} /OWN/ { @failed[str(@name[tid]), (int64)retval < 0] = count(); delete(@name[tid]); } END { clear(@name); }`,
      `kprobe:${open} /OWN/ { @start[tid] = nsecs; } kretprobe:${open} /OWN && @start[tid]/ { @longer[nsecs >= @start[tid]] = count(); delete(@start[tid]); } END { clear(@start); }`,
    ),
  ),
  ...needing(
    'kprobe',
    traced(
      'patterns of kernel functions',
      'kprobe:do_filp_* /OWN/ { @[func] = count(); }',
      'kprobe:do_fil*_op*n /OWN/ { @[probe] = count(); }',
      'kretprobe:do_filp_* /OWN/ { @[probe] = count(); }',
    ),
  ),
  ...needing(
    'kprobe',
    traced(
      'stacks of kernel functions',
      `kprobe:${open} /OWN/ { @[kstack(1)] = count(); }`,
      `kprobe:${open} /OWN/ { @[kstack(4), comm] = count(); @perf[kstack(perf, 2)] = count(); }`,
      `kprobe:${open} /OWN/ { @ = count(); if (@n++ == 0) { printf("%s\\n", kstack(3)); } }`,
    ),
  ),
  ...needing(
    'fentry',
    traced(
      'typed arguments of kernel functions',
      `kfunc:${open} /OWN/ { @[str(args->pathname->name)] = count(); @directory[args->dfd] = count(); }`,
      `kfunc:${open} /OWN/ { printf("%d %x\\n", args->dfd, args->op->open_flag); }`,
      `kfunc:${open} /OWN/ { @[comm, args->dfd < 0] = count(); }`,
      `kretfunc:${open} /OWN/ { @[str(args->pathname->name), (int64)retval] = count(); }`,
    ),
  ),
  ...needing(
    'fentry',
    since(
      23,
      traced(
        'typed arguments, in newer words',
        `fentry:${open} /OWN/ { @[str(args.pathname->name), args.op->open_flag] = count(); }`,
        `fexit:vmlinux:${open} /OWN/ { @[str(args.pathname->name), (int64)retval < 0] = count(); }`,
        'fentry:do_filp_* /OWN/ { @[func] = count(); }',
      ),
    ),
  ),
]
