import {Assembler} from '#src/engine/backend/embedded/assembler.js'
import {helpers, mapFlags, mapTypes, programTypes, ringFlags} from '#src/engine/backend/embedded/helpers.js'
import type {Batch} from '#src/engine/backend/embedded/loaded.js'
import type {Attachment, KernelMap, KernelProgram, ObjectFile} from '#src/engine/backend/embedded/object.js'

/** The maps of every object here: the ring, what the programs look at first, what was lost; others follow. */
export const [ring, globals, counters, firstOwn] = [0, 1, 2, 3]

const always: readonly KernelMap[] = [
  {name: 'ring', type: mapTypes.ringBuffer, keySize: 0, valueSize: 0, entries: 1 << 18, flags: 0},
  {name: 'globals', type: mapTypes.array, keySize: 4, valueSize: 8, entries: 1, flags: mapFlags.mappable},
  {name: 'counters', type: mapTypes.perCpuArray, keySize: 4, valueSize: 8, entries: 1, flags: 0},
]

/** An object of programs written by hand. */
export function objectFile(programs: readonly KernelProgram[], maps: readonly KernelMap[] = []): ObjectFile {
  return {
    maps: [...always, ...maps],
    programs,
    named: [],
    records: [],
    ring,
    globals,
    counters,
    losses: [{kind: 'records'}],
    printing: {mapsAtEnd: true, cut: {bytes: 63, mark: '..'}, catBytes: 10 * 1024, demangles: true},
    missingProbes: 'error',
    unsafe: [],
    warnings: [],
  }
}

const types: Record<Attachment['kind'], number> = {
  begin: programTypes.rawTracepoint,
  end: programTypes.rawTracepoint,
  tracepoint: programTypes.tracepoint,
  rawtracepoint: programTypes.rawTracepoint,
  kprobe: programTypes.kprobe,
  kretprobe: programTypes.kprobe,
  uprobe: programTypes.kprobe,
  uretprobe: programTypes.kprobe,
  fentry: programTypes.tracing,
  fexit: programTypes.tracing,
  iter: programTypes.tracing,
  profile: programTypes.perfEvent,
  interval: programTypes.perfEvent,
  software: programTypes.perfEvent,
  hardware: programTypes.perfEvent,
}

/** A program that begins as all do: the context in r6, and nothing is done while the gate is closed. */
export function program(attachment: Attachment, write: (a: Assembler) => void): KernelProgram {
  const a = new Assembler()
  const end = a.label('end')
  a.move('r6', 'r1')
  if (attachment.kind !== 'end') {
    a.mapValue('r1', globals)
    a.load(4, 'r1', 'r1', 0)
    a.jumpIf('r1', '!=', 0, end)
  }
  write(a)
  a.here(end)
  a.move('r0', 0)
  a.exit()
  return {probe: attachment.kind, type: types[attachment.kind], attachment, instructions: a.finish()}
}

/** Does what follows in `write` only for this process, or for another. */
export function onlyFor(a: Assembler, pid: number, write: () => void): void {
  const other = a.label('other process')
  a.call(helpers.get_current_pid_tgid)
  a.alu64('>>', 'r0', 32)
  a.jumpIf('r0', '!=', pid, other)
  write()
  a.here(other)
}

/** Adds one to the value (8 bytes) of the number in r7 in a map, which is there already. */
export function countKey(a: Assembler, map: number, size: 4 | 8 = 8): void {
  const none = a.label('no such key')
  a.store(size, 'r10', -8, 'r7')
  a.map('r1', map)
  a.move('r2', 'r10')
  a.alu64('+', 'r2', -8)
  a.call(helpers.map_lookup_elem)
  a.jumpIf('r0', '==', 0, none)
  a.move('r1', 1)
  a.atomicAdd(8, 'r0', 0, 'r1')
  a.here(none)
}

/** Adds one to the value of an array of one value. */
export function count(a: Assembler, map: number): void {
  a.mapValue('r0', map)
  a.move('r1', 1)
  a.atomicAdd(8, 'r0', 0, 'r1')
}

/** Sends a number (8 bytes) as a record. */
export function send(a: Assembler, value: number, flags: number = ringFlags.noWakeup): void {
  a.store(8, 'r10', -16, value)
  output(a, -16, 8, flags)
}

/** Sends bytes of the stack as a record, and wakes the reader if it sleeps. */
export function output(
  a: Assembler,
  offset: number,
  bytes: number,
  flags: number = ringFlags.noWakeup,
): void {
  const awake = a.label('awake')
  a.move('r4', flags)
  a.mapValue('r1', globals)
  a.load(4, 'r2', 'r1', 4)
  a.jumpIf('r2', '==', 0, awake)
  a.store(4, 'r1', 4, 0)
  a.move('r4', ringFlags.forceWakeup)
  a.here(awake)
  a.map('r1', ring)
  a.move('r2', 'r10')
  a.alu64('+', 'r2', offset)
  a.move('r3', bytes)
  a.call(helpers.ringbuf_output)
}

/** An array with one number (8 bytes). */
export function counter(name: string): KernelMap {
  return {name, type: mapTypes.array, keySize: 4, valueSize: 8, entries: 1, flags: 0}
}

/** The first number (8 bytes) of each record in a batch. */
export function numbers({view, count: records, starts}: Batch): number[] {
  return Array.from({length: records}, (_, index) => Number(view.getBigInt64(starts[index] ?? 0, true)))
}
