import type {RowContext} from '../event/row.js'
import {Clock} from './clock.js'
import type {Native} from './native.js'

/** What computed columns may ask this machine, and its clock. */
export function rowContext(
  native: Native,
): RowContext & {readonly now: () => bigint; readonly begin: () => void} {
  const clock = new Clock(native)
  let began: bigint | undefined
  const users = new Map<number, string | null>()
  return {
    now: () => clock.now(),
    begin: () => (began = clock.now()),
    // Events of the last moment before all probes are attached come, too.
    sinceBegin: (bootNs) => (began === undefined || bootNs < began ? 0n : bootNs - began),
    wallTime: (bootNs) => clock.wall(bootNs),
    userName: (uid) => {
      const known = users.get(uid)
      if (known !== undefined) return known
      const name = native.userName(uid) ?? null
      users.set(uid, name)
      return name
    },
  }
}
