import {readFileSync} from 'node:fs'
import {onlineCpus} from '../../../kernel/cpus.js'
import {
  cpuClock,
  enable,
  eventTypes,
  openPerfEvent,
  type PerfEvent,
  setProgram,
} from '../../../kernel/perfevent.js'
import type {Kernel} from '../kernel.js'
import type {Attachment} from '../object.js'
import {Refused} from './refused.js'

type Of<Kind extends Attachment['kind']> = Extract<Attachment, {kind: Kind}>

/** Opens an event and lets it run a program. @returns its file descriptor, or minus the error number */
export function attachEvent(
  kernel: Kernel,
  program: number,
  event: PerfEvent,
  pid?: number,
  cpu?: number,
): number {
  const fd = openPerfEvent(kernel.calls, event, pid, cpu)
  if (fd < 0) return fd
  const result = setProgram(kernel.calls, fd, program)
  if (result >= 0) return fd
  kernel.calls.close(fd)
  return result
}

/** One event is enough: a tracepoint runs its programs on every CPU. */
export function attachTracepoint(
  kernel: Kernel,
  program: number,
  {category, name}: Of<'tracepoint'>,
): number[] {
  let id: string
  try {
    id = readFileSync(`${kernel.machine.tracefs}/events/${category}/${name}/id`, 'utf8')
  } catch (error) {
    const mayNot = (error as NodeJS.ErrnoException).code === 'EACCES'
    throw mayNot
      ? new Refused('this user may not read tracefs', 'run tstrace as root, or with CAP_DAC_READ_SEARCH')
      : new Refused(
          `there is no tracepoint ${category}:${name}`,
          '`tstrace list tracepoint:*` shows those there are',
        )
  }
  const result = attachEvent(kernel, program, {type: eventTypes.tracepoint, config: BigInt(id)})
  if (result < 0) throw Refused.by(kernel, result)
  return [result]
}

type Timed = Extract<Attachment, {frequency: number} | {nanoseconds: bigint}>

/** profile on every CPU, interval on one. */
export function attachClock(kernel: Kernel, program: number, attachment: Timed): number[] {
  const cpus = onlineCpus()
  const event = {type: eventTypes.software, config: BigInt(cpuClock)}
  const rate =
    'frequency' in attachment ? {frequency: attachment.frequency} : {period: attachment.nanoseconds}
  const where = attachment.kind === 'profile' ? cpus : cpus.slice(0, 1)
  return attachCounters(kernel, program, {...event, ...rate}, where)
}

export function attachCounter(
  kernel: Kernel,
  program: number,
  {type, config, period}: Of<'software' | 'hardware'>,
): number[] {
  return attachCounters(kernel, program, {type, config: BigInt(config), period: BigInt(period)}, onlineCpus())
}

function attachCounters(
  kernel: Kernel,
  program: number,
  event: PerfEvent,
  cpus: readonly number[],
): number[] {
  const open: number[] = []
  try {
    for (const cpu of cpus) {
      const fd = attachEvent(kernel, program, event, -1, cpu)
      if (fd < 0) throw counterRefusal(kernel, event, fd)
      open.push(fd)
    }
    // All are there: now they begin, as nearly together as can be.
    for (const fd of open) {
      const result = enable(kernel.calls, fd)
      if (result < 0) throw Refused.by(kernel, result)
    }
  } catch (error) {
    open.forEach(kernel.calls.close)
    throw error
  }
  return open
}

function counterRefusal(kernel: Kernel, event: PerfEvent, result: number): Refused {
  const limit = '/proc/sys/kernel/perf_event_max_sample_rate'
  if (event.frequency !== undefined) {
    const most = Number(readFileSync(limit, 'utf8'))
    if (event.frequency > most)
      return new Refused(`the kernel allows ${most} samples a second`, `write a higher number into ${limit}`)
  }
  if (event.type === eventTypes.hardware || event.type > eventTypes.tracepoint)
    return Refused.by(
      kernel,
      result,
      'virtual machines often have no hardware counters: `perf list hw` shows those there are',
    )
  return Refused.by(kernel, result)
}
