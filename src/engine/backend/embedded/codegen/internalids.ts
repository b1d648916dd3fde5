import type {CompileContext} from '../context.js'
import type {Unit} from '../types/check.js'
import type {ProgramMap} from '../types/maps.js'
import type {Value} from '../types/tree.js'
import {type Use, usesIn} from './threadmaps.js'

/** Which parts of the keys of maps are ids that nobody sees. */
export type InternalIds = ReadonlyMap<ProgramMap, ReadonlySet<number>>

/**
 * In a pid namespace, threads outside of it have no id there, and would share what a map has for 0. Where a part of a key is
 * always the running thread, or always its process, and nobody reads the keys, they are known by the kernel's own ids.
 */
export function internalIds(units: readonly Unit[], context: CompileContext): InternalIds {
  const {readMaps, pidNamespace} = context
  const internal = new Map<ProgramMap, Set<number>>()
  if (readMaps === undefined || pidNamespace === undefined) return internal
  const uses = units.flatMap(({predicate, body}) => usesIn([predicate, body]))
  for (const map of new Set(uses.map((use) => use.map))) {
    if (readMaps.includes(map.name)) continue
    const keys = uses.filter((use) => use.map === map && !forgets(use)).map(({key}) => key ?? [])
    const ids = keys.map((key) => key.map(idOf))
    const same = (ids[0] ?? []).flatMap((first, part) =>
      first !== undefined && ids.every((key) => key[part] === first) ? [part] : [],
    )
    if (same.length > 0) internal.set(map, new Set(same))
  }
  return internal
}

/** Whether this is clear() or zero(), which have no key and show none. */
function forgets({op, record}: Use): boolean {
  return op === 'emit' && (record?.kind === 'clear' || record?.kind === 'zero')
}

/** Which id of the running thread this is. */
function idOf(value: Value): 'pid' | 'tid' | undefined {
  if (value.op === 'convert') return idOf(value.of)
  if (value.op !== 'question') return undefined
  return value.question === 'pid' || value.question === 'tid' ? value.question : undefined
}

/** The same value with the kernel's own id. */
export function withKernelId(value: Value): Value {
  if (value.op === 'convert') return {...value, of: withKernelId(value.of)}
  const id = idOf(value)
  return id === undefined || value.op !== 'question' ? value : {...value, question: `kernel ${id}`}
}
