import {readSync} from 'node:fs'
import {setImmediate} from 'node:timers/promises'
import {MachineError} from '../../../errors.js'
import {attachTypes} from '../../../kernel/links.js'
import {errorName} from '../../../kernel/errno.js'
import type {Kernel} from '../kernel.js'
import type {KernelProgram} from '../object.js'
import type {Programs} from '../programs.js'
import {attachClock, attachCounter, attachTracepoint} from './perf.js'
import {type Attached, attachKprobe, attachUprobe, goesByLink} from './probes.js'
import {Refused} from './refused.js'

/** Loads a program for where it is attached; one for many places so that it can be attached to all at once. */
export function loadForAttaching(programs: Programs, program: KernelProgram): number {
  const {attachment} = program
  switch (attachment.kind) {
    case 'fentry':
      return programs.load(program, attachTypes.fentry, attachment.typeId)
    case 'fexit':
      return programs.load(program, attachTypes.fexit, attachment.typeId)
    case 'iter':
      return programs.load(program, attachTypes.iterator, attachment.typeId)
    case 'kprobe':
    case 'kretprobe':
      return programs.load(program, goesByLink(attachment) ? attachTypes.kprobeMulti : 0)
    case 'uprobe':
    case 'uretprobe':
      return programs.load(program, goesByLink(attachment) ? attachTypes.uprobeMulti : 0)
    case 'begin':
    case 'end':
    case 'tracepoint':
    case 'rawtracepoint':
    case 'profile':
    case 'interval':
    case 'software':
    case 'hardware':
      return programs.load(program)
  }
}

/**
 * Attaches one program; those of BEGIN and END are not attached but run.
 * @param mayMiss whether the others go on without it when it cannot be attached
 * @throws MachineError with the probe and why
 */
export function attach(
  kernel: Kernel,
  programs: Programs,
  program: KernelProgram,
  mayMiss: boolean,
): Attached {
  try {
    return tryToAttach(kernel, programs, program)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (mayMiss)
      return {
        descriptors: [],
        refused: probesOf(program).map((probe) => ({probe, why: error.message, hint: error.hint})),
      }
    throw new MachineError(
      `cannot attach ${program.probe}: ${error.message}`,
      error.hint === undefined ? {cause: error} : {cause: error, hint: error.hint},
    )
  }
}

/** A probe for each function that a wildcard of a file stands for. */
function probesOf({probe, attachment}: KernelProgram): readonly string[] {
  if (!('names' in attachment)) return [probe]
  return attachment.names.map((name) => `${attachment.kind}:${attachment.path}:${name}`)
}

function tryToAttach(kernel: Kernel, programs: Programs, program: KernelProgram): Attached {
  const {attachment} = program
  const all = (descriptors: number[]): Attached => ({descriptors, refused: []})
  switch (attachment.kind) {
    case 'begin':
    case 'end':
      return all([])
    case 'kprobe':
    case 'kretprobe':
      return attachKprobe(kernel, programs, program, attachment)
    case 'uprobe':
    case 'uretprobe':
      return attachUprobe(kernel, programs, program, attachment)
    case 'tracepoint':
      return all(attachTracepoint(kernel, loadForAttaching(programs, program), attachment))
    case 'profile':
    case 'interval':
      return all(attachClock(kernel, loadForAttaching(programs, program), attachment))
    case 'software':
    case 'hardware':
      return all(attachCounter(kernel, loadForAttaching(programs, program), attachment))
    case 'rawtracepoint':
      return all([attachRaw(kernel, loadForAttaching(programs, program), attachment.name)])
    case 'fentry':
    case 'fexit':
      return all([attachRaw(kernel, loadForAttaching(programs, program))])
    case 'iter':
      return all([attachIterator(kernel, loadForAttaching(programs, program))])
  }
}

/** @param name of a raw tracepoint; programs for functions know theirs */
function attachRaw(kernel: Kernel, program: number, name?: string): number {
  const link = kernel.bpf.openRawTracepoint(program, name)
  if (link >= 0) return link
  if (errorName(-link) === 'ENOENT' && name !== undefined)
    throw new Refused(`there is no raw tracepoint ${name}`)
  throw Refused.by(kernel, link)
}

function attachIterator(kernel: Kernel, program: number): number {
  const link = kernel.bpf.createLink(program, attachTypes.iterator)
  if (link < 0) throw Refused.by(kernel, link)
  return link
}

/**
 * Goes once over what the link of an iterator is about.
 * @param goesOn asked after some objects each, and before the first
 */
export async function iterate(kernel: Kernel, link: number, goesOn: () => boolean): Promise<void> {
  const file = kernel.descriptor(kernel.bpf.createIterator(link), 'start an iterator')
  try {
    const bytes = Buffer.alloc(objectsAtOnce)
    while (goesOn() && readMore(file, bytes)) await setImmediate()
  } finally {
    kernel.calls.close(file)
  }
}

/** The program writes a byte for each object (codegen/iterator.ts). */
const objectsAtOnce = 256

/** After a million objects that were passed over the kernel wants to be asked again. */
function readMore(file: number, into: Buffer): boolean {
  try {
    return readSync(file, into) > 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return true
    throw error
  }
}
