/** Events of the kernel's performance counters by the names that bpftrace has for them. */
interface Event {
  /** PERF_TYPE_*, and the event of that type (include/uapi/linux/perf_event.h). */
  readonly type: number
  readonly config: number
  /** How many events make one sample, where the program does not say. */
  readonly period: number
  /** The events are nanoseconds. */
  readonly isClock?: true
}

const software = (config: number, period: number): Event => ({type: 1, config, period})
const clock = (config: number): Event => ({...software(config, 1_000_000), isClock: true})
const hardware = (config: number, period: number): Event => ({type: 0, config, period})

export const softwareEvents: Readonly<Record<string, Event>> = {
  'cpu-clock': clock(0),
  cpu: clock(0),
  'task-clock': clock(1),
  'page-faults': software(2, 100),
  faults: software(2, 100),
  'context-switches': software(3, 1000),
  cs: software(3, 1000),
  'cpu-migrations': software(4, 1),
  'minor-faults': software(5, 100),
  'major-faults': software(6, 1),
  'alignment-faults': software(7, 1),
  'emulation-faults': software(8, 1),
  dummy: software(9, 1),
  'bpf-output': software(10, 1),
}

export const hardwareEvents: Readonly<Record<string, Event>> = {
  'cpu-cycles': hardware(0, 1_000_000),
  cycles: hardware(0, 1_000_000),
  instructions: hardware(1, 1_000_000),
  'cache-references': hardware(2, 1_000_000),
  'cache-misses': hardware(3, 1_000_000),
  'branch-instructions': hardware(4, 100_000),
  branches: hardware(4, 100_000),
  'branch-misses': hardware(5, 100_000),
  'bus-cycles': hardware(6, 100_000),
  'frontend-stalls': hardware(7, 1_000_000),
  'backend-stalls': hardware(8, 1_000_000),
  'ref-cycles': hardware(9, 1_000_000),
}
