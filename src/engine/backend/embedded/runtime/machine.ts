import {readdirSync, readFileSync, statSync} from 'node:fs'
import {basename, join} from 'node:path'
import {KernelSymbols} from '../../../kernel/kallsyms.js'
import {Clock} from '../../../kernel/clock.js'
import type {Native} from '../../../kernel/native.js'
import {UserSymbols} from '../../../kernel/usersymbols.js'
import type {Names} from './names.js'

/** The names of this machine. `seeing` processes early keeps the names of their functions when they have ended. */
export interface MachineNames extends Names {
  readonly user: UserSymbols
  readonly close: () => void
}

/**
 * Nothing is read before it is asked for.
 * @param demangles whether names of C++ and Rust are shown as in the source
 */
export function machineNames(native: Native, demangles = false): MachineNames {
  const clock = new Clock(native)
  const user = demangles ? new UserSymbols(native.demangle) : new UserSymbols()
  const cgroups = new Map<string, string>()
  const users = new Map<number, string | null>()
  return {
    kernel: new KernelSymbols(),
    user,
    time: (format, boot) => formatTime(native, format, clock.wall(boot)),
    now: (format) => formatTime(native, format, native.clocks().real),
    cgroup: (id, filter) =>
      remembered(cgroups, `${id} ${filter ?? ''}`, () => cgroupPaths(id, filter).join(',')),
    userName: (id) => remembered(users, id, () => native.userName(id) ?? null),
    errorText: (error) => native.errorText(Math.abs(error)),
    close: () => user.close(),
  }
}

/** @param wall nanoseconds since 1970 */
function formatTime(native: Native, format: string, wall: bigint): string {
  const micros = ((wall / 1000n) % 1_000_000n).toString().padStart(6, '0')
  return native.formatTime(
    format.replace(/%([%f])/g, (found, letter) => (letter === 'f' ? micros : found)),
    wall / 1_000_000_000n,
  )
}

/** Where a cgroup is in each hierarchy that has one with this id, as `unified:/user.slice`. */
function cgroupPaths(id: bigint, filter = '*'): string[] {
  const name = new RegExp(`^${filter.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
  return hierarchies()
    .filter((hierarchy) => name.test(hierarchy.name))
    .flatMap((hierarchy) => {
      const path = pathOf(hierarchy.root, id)
      return path === undefined ? [] : [`${hierarchy.name}:${path.slice(hierarchy.root.length) || '/'}`]
    })
}

/** The mounted hierarchies of cgroups, that of version 2 first. */
function hierarchies(): {name: string; root: string}[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => ({root: line.split(' ')[4] ?? '', unified: line.includes(' - cgroup2 ')}))
  return mounts
    .map(({root, unified}) => ({name: unified ? 'unified' : basename(root), root, unified}))
    .sort((a, b) => Number(b.unified) - Number(a.unified) || (a.name < b.name ? -1 : 1))
}

/** The directory with this inode, which is the id of a cgroup. */
function pathOf(directory: string, id: bigint): string | undefined {
  try {
    if (statSync(directory, {bigint: true}).ino === id) return directory
    for (const entry of readdirSync(directory, {withFileTypes: true})) {
      const found = entry.isDirectory() ? pathOf(join(directory, entry.name), id) : undefined
      if (found !== undefined) return found
    }
  } catch {
    // It ended while we looked.
  }
  return undefined
}

function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  let value = known.get(key)
  if (value === undefined) known.set(key, (value = make()))
  return value
}
