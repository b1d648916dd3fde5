import {kernelIsSince} from './release.js'

/**
 * Whether programs on the tracepoints of system calls see the kernel's stack. On Linux 5.10 and 6.1 they are given the
 * registers of the process (perf_syscall_enter() in kernel/trace/trace_syscalls.c) and so see none; on 6.12 they do.
 * Kernels between are not known here.
 */
export function systemCallsHaveStacks(): boolean {
  return kernelIsSince('6.12')
}
