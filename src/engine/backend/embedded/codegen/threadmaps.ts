import {type CompileContext, isSince} from '../context.js'
import {helpers, storageFlags} from '../helpers.js'
import type {ProgramMap} from '../types/maps.js'
import type {Unit} from '../types/check.js'
import {isScalar} from '../types/type.js'
import type {Action, Value} from '../types/tree.js'
import type {Spot} from './frame.js'
import type {Generator} from './generator.js'

/**
 * The maps whose values the kernel can keep with the threads (BPF_MAP_TYPE_TASK_STORAGE): what a system call's entry leaves
 * for its exit, `@path[tid]`. That costs a tenth of a hash, which has to lock, to take an entry and to give it back; nothing
 * is lost when there are more threads than the hash has room for, and what a thread leaves behind goes with it.
 *
 * Only the program can read such a map, a thread at a time, and what is there once stays, as zeros, which the language does
 * not tell from nothing. Before Linux 6.2, a thread that was preempted at the wrong moment hid the values of others.
 */
export function threadMaps(units: readonly Unit[], context: CompileContext): ReadonlySet<ProgramMap> {
  const {readMaps, types} = context
  if (readMaps === undefined || types === undefined || !isSince(context, [6, 2])) return new Set()
  const maps = new Set<ProgramMap>()
  const others = new Set<ProgramMap>()
  for (const {probes, predicate, body} of units) {
    // Threads run into these where the kernel may take memory.
    const inSystemCalls = probes.every(
      ({attachment}) => attachment.kind === 'tracepoint' && attachment.category === 'syscalls',
    )
    for (const use of usesIn([predicate, body]))
      (inSystemCalls && isForThread(use) ? maps : others).add(use.map)
  }
  return new Set(
    [...maps].filter(
      (map) =>
        !others.has(map) &&
        !readMaps.includes(map.name) &&
        map.use?.kind === 'value' &&
        map.entries === undefined &&
        map.value !== undefined &&
        isScalar(map.value),
    ),
  )
}

/** A part of a tree that names a map: a value, an action, or what ++ changes. */
export interface Use {
  readonly op?: (Value | Action)['op']
  /** Of values. */
  readonly type?: unknown
  readonly map: ProgramMap
  readonly key?: readonly Value[]
  /** Of what sends a record. */
  readonly record?: {readonly kind: string}
}

/** All uses of maps in a tree. */
export function usesIn(tree: unknown): Use[] {
  if (typeof tree !== 'object' || tree === null) return []
  const parts = Object.entries(tree).filter(([name]) => !leaves.includes(name))
  const inside = parts.flatMap(([, part]) => usesIn(part))
  return 'map' in tree && tree.map !== undefined ? [tree as Use, ...inside] : inside
}

/** What has no values and actions in it. */
const leaves: readonly string[] = ['map', 'type', 'place', 'variable', 'record']

/** Whether this reads, sets or deletes what a map has for the thread that runs. */
function isForThread({op, type, key}: Use): boolean {
  const [part, ...others] = key ?? []
  if (part === undefined || others.length > 0 || !isThread(part)) return false
  // A deletion that is a value asks whether there was a key.
  return op === 'map' || op === 'setMap' || (op === 'delete' && type === undefined)
}

function isThread(value: Value): boolean {
  return value.op === 'convert' ? isThread(value.of) : value.op === 'question' && value.question === 'tid'
}

/** r0 = where the value of the thread that runs is, or 0. */
export function lookUpThread(g: Generator, map: ProgramMap, flags: number = storageFlags.find): void {
  const {asm} = g
  asm.call(helpers.get_current_task_btf)
  asm.map('r1', g.object.map(map))
  asm.move('r2', 'r0')
  asm.move('r3', 0)
  asm.move('r4', flags)
  asm.call(helpers.task_storage_get)
}

/** What is in memory becomes the value of the thread that runs. */
export function setThread(g: Generator, map: ProgramMap, value: Spot): void {
  const {asm} = g
  const [lost, done] = [asm.label('no memory'), asm.label('set')]
  lookUpThread(g, map, storageFlags.create)
  asm.jumpIf('r0', '==', 0, lost)
  asm.load(8, 'r1', value.base, value.offset)
  asm.store(8, 'r0', 0, 'r1')
  asm.jump(done)
  asm.here(lost)
  g.countLoss({kind: 'map full', named: g.object.named(map)})
  asm.here(done)
}

/** The thread that runs has no value any more. */
export function clearThread(g: Generator, map: ProgramMap): void {
  const {asm} = g
  const nothing = asm.label('nothing')
  lookUpThread(g, map)
  asm.jumpIf('r0', '==', 0, nothing)
  asm.store(8, 'r0', 0, 0)
  asm.here(nothing)
}
