import {Bpf} from './bpf.js'
import {functionTypeId} from './btf.js'
import {errorName} from './errno.js'
import {attachTypes, linkKprobes, linkUprobes, programTypes} from './links.js'
import {native, type Native} from './native.js'
import {cpuClock, deviceType, eventTypes, openPerfEvent} from './perfevent.js'

/**
 * Whether the kernel lets one attach by a certain means, found out by trying: a kernel can have the code
 * and refuse it (lockdown, a sandbox), and what `bpftrace --info` says was seen to be wrong.
 */
export interface Attempt {
  readonly ok: boolean
  /** What the kernel answered, for the user. */
  readonly why: string
}

/** A function every kernel of interest has, not inlined, for the attempts. */
const anyFunction = 'vfs_read'

/** `mov r0, 0; exit`: the smallest program. */
const emptyProgram = Buffer.from('b7000000000000009500000000000000', 'hex')

/** Opens and closes a kprobe through the kprobe PMU. */
export async function tryKprobe(): Promise<Attempt> {
  const type = deviceType('kprobe')
  if (type === undefined) return {ok: false, why: 'the kernel has no kprobes (CONFIG_KPROBES is not set)'}
  const calls = await native()
  return attempt(
    calls,
    openPerfEvent(calls, {type, config: 0n, text: anyFunction}),
    'the kernel refuses kprobes',
  )
}

/** Counts hardware cycles for a moment. */
export async function tryHardwareCounters(): Promise<Attempt> {
  const calls = await native()
  const result = openPerfEvent(calls, {type: eventTypes.hardware, config: 0n})
  return attempt(calls, result, 'there are no hardware counters')
}

/** Loads and closes an empty program for fentry. */
export async function tryFentry(): Promise<Attempt> {
  const id = functionTypeId(anyFunction)
  if (id === undefined)
    return {ok: false, why: 'the kernel does not describe its types (CONFIG_DEBUG_INFO_BTF is not set)'}
  const calls = await native()
  const program = loadEmpty(calls, programTypes.tracing, attachTypes.fentry, id)
  return attempt(calls, program, 'the kernel refuses fentry programs')
}

const sandboxed = 'which a seccomp filter does in containers'

/** Loads and closes an empty program. */
export async function tryPrograms(): Promise<Attempt> {
  const calls = await native()
  const program = loadEmpty(calls, programTypes.rawTracepoint, 0)
  return attempt(calls, program, `the kernel refuses bpf(2), ${sandboxed}`)
}

/** Opens and closes the event of a clock, for all processes on one CPU. */
export async function tryPerfEvents(): Promise<Attempt> {
  const calls = await native()
  const result = openPerfEvent(calls, {type: eventTypes.software, config: BigInt(cpuClock)})
  return attempt(calls, result, `the kernel refuses perf_event_open(2), ${sandboxed}`)
}

/** Loads an empty program and has the kernel run it, which is how BEGIN is run without bpftrace (since 5.10). */
export async function tryOwnPrograms(): Promise<Attempt> {
  const calls = await native()
  const program = loadEmpty(calls, programTypes.rawTracepoint, 0)
  if (program < 0) return attempt(calls, program, 'the kernel refuses BPF programs')
  const result = new Bpf(calls).run(program)
  calls.close(program)
  return result < 0
    ? {
        ok: false,
        why: `the kernel does not run programs on demand, as Linux 5.10 does (${errorName(-result)})`,
      }
    : {ok: true, why: ''}
}

/** Attaches an empty program to functions of the kernel, all at once. */
export function tryKprobeMulti(): Promise<Attempt> {
  return tryLink(attachTypes.kprobeMulti, 'the kernel attaches kprobes one by one', (bpf, program) =>
    linkKprobes(bpf, program, [anyFunction]),
  )
}

/** Attaches an empty program to places of a file, all at once. */
export function tryUprobeMulti(): Promise<Attempt> {
  return tryLink(attachTypes.uprobeMulti, 'the kernel attaches uprobes one by one', (bpf, program) =>
    linkUprobes(bpf, program, {path: '/proc/self/exe', offsets: [0]}),
  )
}

async function tryLink(
  type: number,
  refused: string,
  link: (bpf: Bpf, program: number) => number,
): Promise<Attempt> {
  const calls = await native()
  const program = loadEmpty(calls, programTypes.kprobe, type)
  if (program < 0) return attempt(calls, program, refused)
  const result = link(new Bpf(calls), program)
  calls.close(program)
  return attempt(calls, result, refused)
}

/**
 * Loads the smallest program. Before Linux 5.11 it counts as locked memory, together with all that BPF programs of the same
 * user take, such as another tracer's. @returns its file descriptor, or minus the error number
 */
function loadEmpty(calls: Native, type: number, attachType: number, attachTypeId = 0): number {
  calls.liftMemoryLimit()
  return new Bpf(calls).loadProgram({type, name: 'attempt', code: emptyProgram, attachType, attachTypeId})
}

function attempt(calls: Native, result: number, refused: string): Attempt {
  if (result >= 0) {
    calls.close(result)
    return {ok: true, why: ''}
  }
  const name = errorName(-result) ?? ''
  // Others than root are refused whatever the kernel can do.
  if (process.geteuid?.() !== 0 && (name === 'EPERM' || name === 'EACCES'))
    return {ok: false, why: 'only root can find out'}
  return {ok: false, why: `${refused} (${name})`}
}
