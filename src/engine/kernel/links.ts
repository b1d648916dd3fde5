import type {Bpf} from './bpf.js'

/** BPF_PROG_TYPE_* of include/uapi/linux/bpf.h. */
export const programTypes = {kprobe: 2, tracepoint: 5, perfEvent: 7, rawTracepoint: 17, tracing: 26} as const

/** How a program is attached, `enum bpf_attach_type`. */
export const attachTypes = {
  fentry: 24,
  fexit: 25,
  iterator: 28,
  /** Since Linux 5.18. */
  kprobeMulti: 42,
  /** Since Linux 6.6. */
  uprobeMulti: 48,
} as const

/** BPF_F_KPROBE_MULTI_RETURN and BPF_F_UPROBE_MULTI_RETURN */
const atReturn = 1

/**
 * Attaches a program to functions of the kernel, all at once (since Linux 5.18, with CONFIG_FPROBE).
 * @returns a file descriptor that the caller closes, or minus the error number
 */
export function linkKprobes(
  bpf: Bpf,
  program: number,
  functions: readonly string[],
  isReturn = false,
): number {
  return bpf.createLink(program, attachTypes.kprobeMulti, (link) =>
    link
      .u32(16, isReturn ? atReturn : 0)
      .u32(20, functions.length)
      .texts(24, functions),
  )
}

export interface UprobePlaces {
  readonly path: string
  readonly offsets: readonly number[]
  /** One for each offset, 0 for none. */
  readonly semaphores?: readonly number[]
}

/** Attaches a program to places of a file, all at once (since Linux 6.6); otherwise as `linkKprobes`. */
export function linkUprobes(
  bpf: Bpf,
  program: number,
  {path, offsets, semaphores = []}: UprobePlaces,
  isReturn = false,
): number {
  return bpf.createLink(program, attachTypes.uprobeMulti, (link) =>
    link
      .text(16, path)
      .numbers(24, offsets)
      .numbers(32, semaphores)
      .u32(48, offsets.length)
      .u32(52, isReturn ? atReturn : 0),
  )
}
