import type {UserSymbols} from '../../../kernel/usersymbols.js'
import type {NamedMap, Shape} from '../object.js'
import type {State} from './state.js'

/**
 * Has the processes looked at whose stacks and symbols are in keys of maps, so that their functions still have names when
 * they have ended. What is sent as a record is named when it comes.
 */
export function seeProcesses(
  state: State,
  user: Pick<UserSymbols, 'see'>,
  maps: readonly NamedMap[],
  seen: Set<number>,
): void {
  for (const [index, {key, offsets}] of maps.entries()) {
    const places = key.flatMap((shape, part) => (isOfProcess(shape) ? [(offsets[part] ?? 0) + 8] : []))
    if (places.length === 0) continue
    const {keys, entries} = state.read(index)
    for (const {keyAt} of entries) {
      for (const place of places) {
        const pid = keys.view.getUint32(keyAt + place, true)
        if (seen.has(pid)) continue
        seen.add(pid)
        user.see(pid)
      }
    }
  }
}

function isOfProcess(shape: Shape): boolean {
  return (shape.kind === 'stack' || shape.kind === 'symbol') && shape.of === 'user'
}
