import {errorName} from '../../../kernel/errno.js'
import {attachTypes, linkKprobes, linkUprobes} from '../../../kernel/links.js'
import {deviceBit, deviceType} from '../../../kernel/perfevent.js'
import type {Kernel} from '../kernel.js'
import type {Refusal} from '../loaded.js'
import type {Attachment, KernelProgram} from '../object.js'
import type {Programs} from '../programs.js'
import {attachEvent} from './perf.js'
import {Refused} from './refused.js'

type Kprobe = Extract<Attachment, {kind: 'kprobe' | 'kretprobe'}>
type Uprobe = Extract<Attachment, {kind: 'uprobe' | 'uretprobe'}>

/** What was attached, and which of many could not be. */
export interface Attached {
  readonly descriptors: readonly number[]
  readonly refused: readonly Refusal[]
}

/** Whether a program is attached to all its places by one link, if the kernel knows how. */
export function goesByLink(attachment: Kprobe | Uprobe): boolean {
  // The kernel looks for one function faster alone. Returns that it has no room for are counted for links only.
  if ('functions' in attachment)
    return attachment.offset === 0 && (attachment.functions.length > 1 || attachment.kind === 'kretprobe')
  // A link takes no CAP_SYS_ADMIN. A uprobe of its own takes it in recent kernels of each branch (seen in 6.1.176 and
  // 6.18, not in 5.10.223). With a process, a link of kernels before 6.10 would see its first thread only (Linux commit
  // 46ba0e49b642).
  return attachment.pid === undefined
}

/** Several functions by one link where the kernel can, and likes them all; else each by a kprobe. */
export function attachKprobe(
  kernel: Kernel,
  programs: Programs,
  program: KernelProgram,
  attachment: Kprobe,
): Attached {
  const {functions, offset, kind} = attachment
  const isReturn = kind === 'kretprobe'
  if (goesByLink(attachment)) {
    // The kernel looks for a function in all modules.
    const names = functions.map((name) => name.slice(name.indexOf(':') + 1))
    const link = linkKprobes(kernel.bpf, programs.load(program, attachTypes.kprobeMulti), names, isReturn)
    if (link >= 0) return {descriptors: [link], refused: []}
  }
  const device = probeDevice('kprobe', isReturn)
  const fd = programs.load(program)
  return attachEach(
    functions.map((name) => ({
      name: `${kind}:${name}${offset === 0 ? '' : `+${offset}`}`,
      open: () => attachEvent(kernel, fd, {...device, text: name, offset: BigInt(offset)}),
      why: (result) => kprobeRefusal(kernel, name, result),
    })),
  )
}

function kprobeRefusal(kernel: Kernel, name: string, result: number): Refused {
  switch (errorName(-result) ?? '') {
    case 'ENOENT':
      return new Refused(
        `the kernel has no function ${name}`,
        'the compiler may have put it into its callers',
      )
    case 'EADDRNOTAVAIL':
      return new Refused(
        `the kernel has several functions ${name}`,
        'a tracepoint or another function may do',
      )
    case 'EINVAL':
    case 'EILSEQ':
      return new Refused(
        `the kernel lets nobody probe ${name} there`,
        'see /sys/kernel/debug/kprobes/blacklist',
      )
    default:
      return Refused.by(kernel, result)
  }
}

/** All places of the file by one link where the kernel can, and likes them all; else each by a uprobe. */
export function attachUprobe(
  kernel: Kernel,
  programs: Programs,
  program: KernelProgram,
  attachment: Uprobe,
): Attached {
  const {path, offsets, semaphores, pid, kind} = attachment
  const isReturn = kind === 'uretprobe'
  const nameOf = (index: number): string =>
    `${kind}:${path}:${attachment.names?.[index] ?? `0x${(offsets[index] ?? 0).toString(16)}`}`
  if (goesByLink(attachment)) {
    const fd = programs.load(program, attachTypes.uprobeMulti)
    const link = linkUprobes(kernel.bpf, fd, attachment, isReturn)
    if (link >= 0) return {descriptors: [link], refused: []}
    if (offsets.length > 1 && isForPlace(link)) {
      const {links, refused} = linkHalves(kernel, fd, attachment, isReturn)
      const why = (result: number): Refused => uprobeRefusal(kernel, path, pid, result)
      return attachedSome(
        links,
        refused.map(({index, result}) => ({name: nameOf(index), why: why(result)})),
      )
    }
  }
  const device = probeDevice('uprobe', isReturn)
  const semaphoreBit = BigInt(deviceBit('uprobe', 'ref_ctr_offset') ?? 32)
  const fd = programs.load(program)
  return attachEach(
    offsets.map((offset, index) => {
      const config = device.config | (BigInt(semaphores?.[index] ?? 0) << semaphoreBit)
      const event = {...device, config, text: path, offset: BigInt(offset)}
      return {
        name: nameOf(index),
        open: () => attachEvent(kernel, fd, event, pid, pid === undefined ? 0 : -1),
        why: (result) => uprobeRefusal(kernel, path, pid, result),
      }
    }),
  )
}

/**
 * Whether the kernel refuses a place of a file for the instruction there: one that it cannot execute elsewhere, or does
 * not know.
 */
function isForPlace(result: number): boolean {
  return result === -notSupported || errorName(-result) === 'ENOEXEC'
}

/** ENOTSUPP, which the kernel has for itself and lets out here (include/linux/errno.h). */
const notSupported = 524

interface Halves {
  readonly links: readonly number[]
  readonly refused: readonly {readonly index: number; readonly result: number}[]
}

/** One refused place fails its whole link: halves are tried until it is alone, so that all others need few links. */
function linkHalves(kernel: Kernel, program: number, places: Uprobe, isReturn: boolean, from = 0): Halves {
  const {offsets, semaphores, path} = places
  const link = linkUprobes(kernel.bpf, program, places, isReturn)
  if (link >= 0) return {links: [link], refused: []}
  if (offsets.length === 1) return {links: [], refused: [{index: from, result: link}]}
  const middle = offsets.length >> 1
  const half = (begin: number, end?: number): Halves =>
    linkHalves(
      kernel,
      program,
      {
        ...{kind: places.kind, path, offsets: offsets.slice(begin, end)},
        ...(semaphores !== undefined && {semaphores: semaphores.slice(begin, end)}),
      },
      isReturn,
      from + begin,
    )
  const [first, second] = [half(0, middle), half(middle)]
  return {links: [...first.links, ...second.links], refused: [...first.refused, ...second.refused]}
}

function uprobeRefusal(kernel: Kernel, path: string, pid: number | undefined, result: number): Refused {
  switch (errorName(-result) ?? '') {
    case 'ENOENT':
      return new Refused(`there is no file ${path}`)
    case 'ESRCH':
      return new Refused(`there is no process ${pid}`)
    case 'EINVAL':
    case 'EOPNOTSUPP':
      return new Refused(
        'the kernel does not take a probe at this place of the file',
        'the file may have changed',
      )
    case 'ENOEXEC':
    case `${notSupported}`:
      return new Refused(
        'the kernel takes no probe on the instruction there',
        'another function may do: one that it calls, or that calls it',
      )
    case 'EACCES':
      return kernel.machine.can('CAP_SYS_ADMIN')
        ? Refused.by(kernel, result)
        : new Refused(
            'this user may not attach it (EACCES)',
            'before Linux 6.6, and for one process alone, this kernel wants CAP_SYS_ADMIN for uprobes',
          )
    default:
      return Refused.by(kernel, result)
  }
}

function probeDevice(device: 'kprobe' | 'uprobe', isReturn: boolean): {type: number; config: bigint} {
  const type = deviceType(device)
  if (type === undefined)
    throw new Refused(`this kernel has no ${device}s (CONFIG_${device.toUpperCase()}_EVENTS)`)
  return {type, config: isReturn ? 1n << BigInt(deviceBit(device, 'retprobe') ?? 0) : 0n}
}

interface Place {
  readonly name: string
  readonly open: () => number
  readonly why: (result: number) => Refused
}

/** Of many places that a wildcard stands for, those that cannot be probed are left out, and told. */
function attachEach(places: readonly Place[]): Attached {
  const descriptors: number[] = []
  const refused: {name: string; why: Refused}[] = []
  for (const {name, open: attach, why} of places) {
    const result = attach()
    if (result >= 0) descriptors.push(result)
    else refused.push({name, why: why(result)})
  }
  return attachedSome(descriptors, refused)
}

/** @throws Refused if it is all that there was */
function attachedSome(
  descriptors: readonly number[],
  refused: readonly {readonly name: string; readonly why: Refused}[],
): Attached {
  const [first] = refused
  if (descriptors.length === 0 && first !== undefined) throw first.why
  return {descriptors, refused: refused.map(({name, why}) => ({probe: name, why: why.message}))}
}
