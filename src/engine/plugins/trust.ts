import {lstatSync, readdirSync, realpathSync} from 'node:fs'
import {dirname, join} from 'node:path'

/** Write permission of the group and of everybody; an access list shows in the bits of the group. */
const othersMayWrite = 0o022
const sticky = 0o1000

/**
 * What lets others than root change what is found at a path, in a few words; undefined if nothing does. All folders
 * on the way to it count: whoever may write to one of them may put another folder in the place of the next.
 *
 * @param path as `realpath` gives it, so that no link is on the way
 */
export function openToOthers(path: string): string | undefined {
  const folders = []
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    folders.unshift(folder)
    if (dirname(folder) === folder) break
  }
  // In a folder with the sticky bit, as /tmp, nobody moves what is root's.
  const parents = folders.map((folder) => ownedByOthers(folder) ?? writableByOthers(folder, sticky))
  return parents.find((problem) => problem !== undefined) ?? ownedByOthers(path) ?? writableByOthers(path)
}

/** The same for all that is in a folder, without what it has installed itself. */
export function openWithin(folder: string): string | undefined {
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    const path = join(folder, entry.name)
    const problem = entry.isSymbolicLink()
      ? openToOthers(realpathSync(path))
      : (ownedByOthers(path) ?? writableByOthers(path))
    if (problem !== undefined) return problem
    if (!entry.isDirectory() || entry.name === 'node_modules') continue
    const inside = openWithin(path)
    if (inside !== undefined) return inside
  }
  return undefined
}

function ownedByOthers(path: string): string | undefined {
  const {uid} = lstatSync(path)
  return uid === 0 ? undefined : `${path} belongs to user ${uid}`
}

function writableByOthers(path: string, unless = 0): string | undefined {
  const {mode} = lstatSync(path)
  return (mode & othersMayWrite) === 0 || (mode & unless) !== 0
    ? undefined
    : `others than root may write to ${path}`
}
