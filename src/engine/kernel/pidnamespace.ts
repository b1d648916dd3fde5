import type {CType, KernelTypes} from '../program/ctype.js'
import {Bpf} from './bpf.js'
import {programTypes} from './links.js'
import {native} from './native.js'
import {kernelDescription} from './types.js'

/**
 * The pid namespace of tstrace, where that is not the machine's own, and where the kernel keeps the ids that are seen there:
 * `struct pid` has one for its own namespace and for each around that, and says of each which namespace it is of. A process
 * that is not in our namespace has none for it; one in a namespace below ours has.
 */
export interface PidNamespace {
  /** The address of its `struct pid_namespace`. */
  readonly address: bigint
  /** How many namespaces are around it. */
  readonly depth: number
  /** Where in `struct pid` the depth of its own namespace is, in 4 bytes. Behind what it has, there may be what was there before. */
  readonly level: number
  /** Where in `struct pid` our id is, in 4 bytes; the address of the namespace that it is of follows 8 bytes later. */
  readonly id: number
  /** Where in `struct task_struct` the address of the thread's `struct pid` is. */
  readonly thread: number
  /** Where to find that of the process: in `struct task_struct`, then in what that leads to. */
  readonly process: readonly [signal: number, pid: number]
}

/** Of `enum pid_type`, since Linux 4.19. */
const PIDTYPE_TGID = 1
/** struct upid: the id, then the namespace. */
const upidBytes = 16
export const upidNamespace = 8

/**
 * Has the kernel say in which pid namespace we are. No file does: /proc shows what it is seen as from inside.
 * @returns undefined where the kernel does not describe its types, or does not run programs that we load
 */
export async function findPidNamespace(
  types = kernelDescription()?.types,
): Promise<PidNamespace | undefined> {
  if (types === undefined) return undefined
  const thread = offsetOf(types, 'task_struct', 'thread_pid')
  const signal = offsetOf(types, 'task_struct', 'signal')
  const pids = offsetOf(types, 'signal_struct', 'pids')
  const level = offsetOf(types, 'pid', 'level')
  const numbers = offsetOf(types, 'pid', 'numbers')
  if ([thread, signal, pids, level, numbers].some(Number.isNaN)) return undefined
  const calls = await native()
  const bpf = new Bpf(calls)
  const ask = (code: Buffer): bigint | undefined => {
    const program = bpf.loadProgram({type: programTypes.rawTracepoint, name: 'attempt', code})
    if (program < 0) return undefined
    const {result, answer} = bpf.ask(program)
    calls.close(program)
    return result < 0 ? undefined : BigInt(answer)
  }
  const answer = ask(followed([thread, level]))
  if (answer === undefined) return undefined
  const depth = Number(answer)
  const id = numbers + upidBytes * depth
  const path = [thread, id + upidNamespace]
  // A program answers with 4 bytes.
  const [low, high] = [ask(followed(path)), ask(followed(path, 32))]
  if (low === undefined || high === undefined) return undefined
  return {
    address: (high << 32n) | low,
    depth,
    level,
    id,
    thread,
    process: [signal, pids + 8 * PIDTYPE_TGID],
  }
}

/** Where in a structure of the kernel a member is; NaN for none. */
function offsetOf(types: KernelTypes, structure: string, member: string): number {
  const type: CType | undefined = types.named(`struct ${structure}`)
  return (type?.kind === 'struct' ? types.fields(type).get(member)?.offset : undefined) ?? NaN
}

/** A program that begins at the running task, follows addresses at these offsets, and answers with what is at the last. */
function followed(path: readonly number[], shift = 0): Buffer {
  const [r0, r1, r2, r3, r10] = [0, 1, 2, 3, 10]
  const instruction = (code: number, dst: number, src: number, off: number, imm: number): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt8(code, 0)
    bytes.writeUInt8(dst | (src << 4), 1)
    bytes.writeInt16LE(off, 2)
    bytes.writeInt32LE(imm, 4)
    return bytes
  }
  const move = (dst: number, src: number): Buffer => instruction(0xbf, dst, src, 0, 0)
  const set = (dst: number, value: number): Buffer => instruction(0xb7, dst, 0, 0, value)
  const add = (dst: number, value: number): Buffer => instruction(0x07, dst, 0, 0, value)
  const call = (helper: number): Buffer => instruction(0x85, 0, 0, 0, helper)
  const [getCurrentTask, probeReadKernel] = [35, 113]
  return Buffer.concat([
    call(getCurrentTask),
    ...path.flatMap((offset) => [
      ...[move(r3, r0), add(r3, offset), move(r1, r10), add(r1, -8), set(r2, 8), call(probeReadKernel)],
      instruction(0x79, r0, r10, -8, 0), // r0 = what was read
    ]),
    instruction(0x77, r0, 0, 0, shift), // r0 >>= shift
    instruction(0x95, 0, 0, 0, 0), // exit
  ])
}
