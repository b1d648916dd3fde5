import {lstatSync, readFileSync, readlinkSync, realpathSync, statSync} from 'node:fs'
import {basename, delimiter, dirname, join, resolve} from 'node:path'
import {MachineError} from '../../errors.js'
import {near} from '../../near.js'
import {isExecutable, which} from '../../which.js'
import {librariesOf, libraryNamed, libraryOfProcess} from './libraries.js'

/** A program or library. */
export interface Target {
  /** As those who use it see it. */
  readonly path: string
  /** What stands before the path for us: empty, or `/proc/PID/root` if they see other files than we do. */
  readonly root: string
}

/** Most links that Linux follows in one path (MAXSYMLINKS of include/linux/namei.h). */
const maxLinks = 40
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The file meant by the target of a pattern: a path; else a library that the process has loaded; else one by its
 * name; else a program of $PATH.
 *
 * @param pid whose files are meant; ours if not given, or if there is no such process
 * @throws MachineError if there is none
 */
export function findTarget(word: string, pid?: number): Target {
  const root = pid === undefined ? '' : rootOf(pid)
  const target = root === '' ? here(word, pid) : there(word, pid ?? 0, root)
  if (target !== undefined && statSync(root + target, {throwIfNoEntry: false})?.isFile() === true)
    return {path: target, root}
  const where = root === '' ? '' : ` where process ${pid} runs`
  if (word.includes('/')) throw new MachineError(`there is no file ${word}${where}`)
  const libraries = librariesOf(root).map(({name}) => name.replace(/^lib|\.so.*$/g, ''))
  const close = near(word, new Set(libraries)).slice(0, 3)
  throw new MachineError(`there is no library or program '${word}'${where}`, {
    hint:
      close.length > 0
        ? `is it ${close.join(' or ')}? The path of a file is taken, too`
        : 'give the path of the file, as /opt/app/bin/app:main, or the name of a library, as c:malloc',
  })
}

/** What stands before the paths of a process for us; empty if it sees our files, or is not there. */
function rootOf(pid: number): string {
  try {
    const identity = (of: string): string => {
      const {dev, ino} = statSync(`/proc/${of}/root/.`)
      return `${readlinkSync(`/proc/${of}/ns/mnt`)} ${dev} ${ino}`
    }
    return identity(pid.toString()) === identity('self') ? '' : `/proc/${pid}/root`
  } catch {
    return ''
  }
}

function here(word: string, pid: number | undefined): string | undefined {
  if (word.includes('/')) {
    const path = resolve(word)
    // It would be another process for the one that traces.
    if (!/^\/proc\/(self|thread-self)\//.test(path)) return path
    return realpathSync(path)
  }
  return (
    (pid === undefined ? undefined : libraryOfProcess(word, pid)?.path) ??
    libraryNamed(word, librariesOf())?.path ??
    which(word)
  )
}

function there(word: string, pid: number, root: string): string | undefined {
  if (word.includes('/'))
    return realPathIn(root, word.startsWith('/') ? word : join(workingFolder(pid), word))
  const library = libraryOfProcess(word, pid)?.path ?? libraryNamed(word, librariesOf(root), root)?.path
  const program = searchPath(pid)
    .map((folder) => realPathIn(root, join(folder, word)))
    .find((path) => path !== undefined && isExecutable(root + path))
  return library === undefined ? program : realPathIn(root, library)
}

function workingFolder(pid: number): string {
  return readlinkSync(`/proc/${pid}/cwd`)
}

function searchPath(pid: number): string[] {
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  const path = environment.find((each) => each.startsWith('PATH='))?.slice('PATH='.length) ?? usualPath
  return path.split(delimiter).filter((folder) => folder.startsWith('/'))
}

/**
 * The path without links, inside of a root: the kernel would follow an absolute link from our root instead. Undefined
 * if it leads nowhere.
 */
export function realPathIn(root: string, path: string): string | undefined {
  let rest = path.split('/').filter(Boolean)
  let done = '/'
  for (let links = 0; rest.length > 0;) {
    const [name = '', ...others] = rest
    rest = others
    if (name === '.') continue
    if (name === '..') {
      done = dirname(done)
      continue
    }
    const next = join(done, basename(name))
    const link = linkAt(root + next)
    if (link === undefined) return undefined
    if (link === '') {
      done = next
      continue
    }
    if (++links > maxLinks) return undefined
    if (link.startsWith('/')) done = '/'
    rest = [...link.split('/').filter(Boolean), ...rest]
  }
  return done
}

/** Where a link leads; empty if a path is no link, undefined if there is nothing. */
function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : ''
  } catch {
    return undefined
  }
}
