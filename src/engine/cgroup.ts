import {readdirSync, realpathSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {UsageError} from './errors.js'
import {Machine} from './kernel/machine.js'

/** A cgroup to filter by. */
export interface Cgroup {
  /** Its id and those of all cgroups below it; the id is the inode of the directory. */
  readonly ids: readonly bigint[]
  /** How the path of every cgroup below it begins, as the kernel writes it. */
  readonly below: string
}

/** Longest literal that every supported bpftrace compares (0.17 to 0.20). */
const longestPath = 63

/** The cgroup of a directory. @throws UsageError if it is not a directory of the cgroup v2 file system */
export function resolveCgroup(path: string, flag: string): Cgroup {
  let real: string
  try {
    real = realpathSync(path)
    if (!statSync(real).isDirectory()) throw new Error('it is not a directory')
  } catch (cause) {
    throw new UsageError(`--${flag}: cannot use ${path}: ${(cause as Error).message}`, {cause})
  }
  const mounts = new Machine().cgroup2
  const mount = mounts.find((point) => real === point || real.startsWith(`${point}/`))
  if (mount === undefined) {
    throw new UsageError(`--${flag}: ${path} is not in the cgroup v2 file system`, {
      hint:
        mounts.length === 0
          ? 'this machine has none mounted: mount -t cgroup2 none DIRECTORY'
          : `it is at ${mounts.join(', ')}`,
    })
  }
  const below = `${real.slice(mount.length)}/`
  if (Buffer.byteLength(below) > longestPath) {
    throw new UsageError(`--${flag}: the path of ${path} has more than ${longestPath} bytes below ${mount}`, {
      hint: 'name a cgroup further up',
    })
  }
  return {ids: descendants(real), below}
}

function descendants(directory: string): bigint[] {
  const children = readdirSync(directory, {withFileTypes: true}).filter((entry) => entry.isDirectory())
  return [
    statSync(directory, {bigint: true}).ino,
    ...children.flatMap(({name}) => descendants(join(directory, name))),
  ]
}
