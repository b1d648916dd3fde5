import {readFileSync} from 'node:fs'
import {errorName} from './errno.js'
import {functionTypeId} from './btf.js'
import {native, type Native} from './native.js'

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

/** bpf(2) commands and constants of include/uapi/linux/bpf.h. */
const bpfProgLoad = 5
const bpfLinkCreate = 28
const bpfProgTypeKprobe = 2
const bpfTraceKprobeMulti = 42
const bpfTraceUprobeMulti = 48
const bpfProgTypeTracing = 26
const bpfTraceFentry = 24

/** `mov r0, 0; exit`: the smallest program. */
const emptyProgram = Buffer.from('b7000000000000009500000000000000', 'hex')

/** Opens and closes a kprobe through the kprobe PMU. */
export async function tryKprobe(): Promise<Attempt> {
  let type: string
  try {
    type = readFileSync('/sys/bus/event_source/devices/kprobe/type', 'utf8')
  } catch {
    return {ok: false, why: 'the kernel has no kprobes (CONFIG_KPROBES is not set)'}
  }
  const calls = await native()
  const name = Buffer.from(`${anyFunction}\0`)
  const attributes = perfAttributes(Number(type), 0n)
  attributes.writeBigUInt64LE(calls.address(name), 56) // kprobe_func
  return attempt(calls.perfEventOpen(attributes), calls.close, 'the kernel refuses kprobes')
}

/** Counts hardware cycles for a moment. */
export async function tryHardwareCounters(): Promise<Attempt> {
  const calls = await native()
  return attempt(calls.perfEventOpen(perfAttributes(0, 0n)), calls.close, 'there are no hardware counters')
}

/** Loads and closes an empty program for fentry. */
export async function tryFentry(): Promise<Attempt> {
  const id = functionTypeId(anyFunction)
  if (id === undefined)
    return {ok: false, why: 'the kernel does not describe its types (CONFIG_DEBUG_INFO_BTF is not set)'}
  const calls = await native()
  const program = loadEmpty(calls, bpfProgTypeTracing, bpfTraceFentry, id)
  return attempt(program, calls.close, 'the kernel refuses fentry programs')
}

/** Attaches an empty program to functions of the kernel, all at once (since 5.18, with CONFIG_FPROBE). */
export async function tryKprobeMulti(): Promise<Attempt> {
  const calls = await native()
  const name = Buffer.from(`${anyFunction}\0`)
  const names = pointers(calls.address(name))
  return tryLink(calls, bpfTraceKprobeMulti, 'the kernel attaches kprobes one by one', (link) => {
    link.writeUInt32LE(1, 20) // kprobe_multi.cnt
    link.writeBigUInt64LE(calls.address(names), 24) // kprobe_multi.syms
  })
}

/** Attaches an empty program to places of a file, all at once (since 6.6). */
export async function tryUprobeMulti(): Promise<Attempt> {
  const calls = await native()
  const path = Buffer.from('/proc/self/exe\0')
  const offsets = pointers(0n)
  return tryLink(calls, bpfTraceUprobeMulti, 'the kernel attaches uprobes one by one', (link) => {
    link.writeBigUInt64LE(calls.address(path), 16) // uprobe_multi.path
    link.writeBigUInt64LE(calls.address(offsets), 24) // uprobe_multi.offsets
    link.writeUInt32LE(1, 48) // uprobe_multi.cnt
  })
}

function tryLink(calls: Native, type: number, refused: string, describe: (link: Buffer) => void): Attempt {
  const program = loadEmpty(calls, bpfProgTypeKprobe, type)
  if (program < 0) return attempt(program, calls.close, refused)
  const link = Buffer.alloc(128)
  link.writeUInt32LE(program, 0)
  link.writeUInt32LE(type, 8)
  describe(link)
  const result = calls.bpf(bpfLinkCreate, link)
  calls.close(program)
  return attempt(result, calls.close, refused)
}

/** Loads the smallest program. @returns its file descriptor, or minus the error number */
function loadEmpty(calls: Native, type: number, attachType: number, typeId = 0): number {
  const license = Buffer.from('GPL\0')
  const attributes = Buffer.alloc(128)
  attributes.writeUInt32LE(type, 0)
  attributes.writeUInt32LE(emptyProgram.length / 8, 4)
  attributes.writeBigUInt64LE(calls.address(emptyProgram), 8)
  attributes.writeBigUInt64LE(calls.address(license), 16)
  attributes.writeUInt32LE(attachType, 68) // expected_attach_type
  attributes.writeUInt32LE(typeId, 108) // attach_btf_id
  return calls.bpf(bpfProgLoad, attributes)
}

function pointers(first: bigint): Buffer {
  const list = Buffer.alloc(8)
  list.writeBigUInt64LE(first)
  return list
}

/** struct perf_event_attr of include/uapi/linux/perf_event.h, version 5 (112 bytes), disabled. */
function perfAttributes(type: number, config: bigint): Buffer {
  const attributes = Buffer.alloc(112)
  attributes.writeUInt32LE(type, 0)
  attributes.writeUInt32LE(attributes.length, 4)
  attributes.writeBigUInt64LE(config, 8)
  attributes.writeUInt8(1, 40) // disabled
  return attributes
}

function attempt(result: number, close: (fd: number) => void, refused: string): Attempt {
  if (result >= 0) {
    close(result)
    return {ok: true, why: ''}
  }
  const name = errorName(-result) ?? ''
  // Others than root are refused whatever the kernel can do.
  if (process.geteuid?.() !== 0 && (name === 'EPERM' || name === 'EACCES'))
    return {ok: false, why: 'only root can find out'}
  return {ok: false, why: `${refused} (${name})`}
}
