import {readFileSync} from 'node:fs'
import {Attributes} from './attributes.js'
import type {Native} from './native.js'

/** Types of events, `enum perf_type_id` of include/uapi/linux/perf_event.h. */
export const eventTypes = {hardware: 0, software: 1, tracepoint: 2} as const

/** PERF_COUNT_SW_CPU_CLOCK: time that passes on a CPU, idle or not. */
export const cpuClock = 0

/** The requests of ioctl(2) for events. */
const requests = {enable: 0x2400, setProgram: 0x4004_2408} as const

/** struct perf_event_attr, version 5; older kernels take it as long as what they do not know is zero. */
const attributeBytes = 112

/** Bits of the flags at byte 40. */
const disabled = 1 << 0
const byFrequency = 1 << 10

export interface PerfEvent {
  /** Of `eventTypes`, or that of a device such as `kprobe`. */
  readonly type: number
  readonly config: bigint
  /** Fires each time so many have happened: the rest is for counted events. */
  readonly period?: bigint
  /** Fires so many times a second. */
  readonly frequency?: number
  /** Of a kprobe or uprobe: the function, or the path of the file. */
  readonly text?: string
  /** Of a kprobe or uprobe: how far in it. */
  readonly offset?: bigint
}

/** Opens an event that does nothing yet. @returns a file descriptor that the caller closes, or minus the error number */
export function openPerfEvent(calls: Native, event: PerfEvent, pid = -1, cpu = 0): number {
  const attributes = new Attributes(calls, attributeBytes)
  attributes.u32(0, event.type).u32(4, attributeBytes).u64(8, event.config)
  attributes.u64(16, event.frequency === undefined ? (event.period ?? 0n) : BigInt(event.frequency))
  attributes.u32(40, disabled | (event.frequency === undefined ? 0 : byFrequency))
  if (event.text !== undefined) attributes.text(56, event.text).u64(64, event.offset ?? 0n)
  const result = calls.perfEventOpen(attributes.bytes, pid, cpu)
  attributes.done()
  return result
}

/** Lets an event run a program from now on. @returns zero, or minus the error number */
export function setProgram(calls: Native, event: number, program: number): number {
  return calls.ioctl(event, requests.setProgram, program)
}

/** Begins to count. Probes and tracepoints run their program without. @returns zero, or minus the error number */
export function enable(calls: Native, event: number): number {
  return calls.ioctl(event, requests.enable, 0)
}

/** The type of the events of a device, such as `kprobe`; undefined if the kernel has none. */
export function deviceType(device: string): number | undefined {
  const text = read(`${devices}/${device}/type`)
  return text === undefined ? undefined : Number(text)
}

/** The first bit in `config` of what a device calls `name`, such as `retprobe`; undefined if it has none. */
export function deviceBit(device: string, name: string): number | undefined {
  const bit = /^config:(\d+)/.exec(read(`${devices}/${device}/format/${name}`) ?? '')?.[1]
  return bit === undefined ? undefined : Number(bit)
}

const devices = '/sys/bus/event_source/devices'

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
