import {mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {Machine} from '../kernel/machine.js'
import {functionNames, readKernelLists} from '../kernel/probes/functions.js'

/**
 * The functions of the kernel whose names begin so. The kernel takes some tenths of a second to write its list, so it is
 * kept for as long as the same kernel runs with the same modules.
 */
export function kernelFunctionNames(begin: string): string[] {
  const list = cachedList() ?? freshList()
  const names: string[] = []
  for (let at = list.indexOf(`\n${begin}`); at >= 0; at = list.indexOf(`\n${begin}`, at + 1)) {
    const end = list.indexOf('\n', at + 1)
    names.push(list.slice(at + 1, end))
  }
  return names
}

/** The names, one a line, with a line before and after; undefined if they are not kept. */
function cachedList(): string | undefined {
  const folder = cacheFolder()
  if (folder === undefined) return undefined
  const list = read(join(folder, file))
  const key = `${machineKey()}\n`
  return list.startsWith(key) ? list.slice(key.length - 1) : undefined
}

function freshList(): string {
  const machine = new Machine()
  const lists = readKernelLists(machine)
  const traceable = lists.traceable?.split('\n').map((line) => line.split(/\s/, 1)[0] ?? '')
  const names = [...new Set(traceable ?? functionNames(lists))].filter(Boolean).sort()
  const list = ['', ...names, ''].join('\n')
  const folder = cacheFolder()
  if (folder === undefined) return list
  // A file of its own, put in place when it is whole; a link that somebody left there is not followed.
  const next = join(folder, `${file}.${process.pid}`)
  try {
    mkdirSync(folder, {recursive: true})
    writeFileSync(next, machineKey() + list, {flag: 'wx', mode: 0o600})
    renameSync(next, join(folder, file))
  } catch {
    rmSync(next, {force: true})
  }
  return list
}

const file = 'kernel-functions'

/** What the list depends on: this start of the kernel, its modules, and who asks. */
function machineKey(): string {
  const modules = read('/proc/modules')
    .split('\n')
    .map((line) => line.split(' ', 1)[0])
    .join(' ')
  return ['tstrace', process.geteuid?.(), read('/proc/sys/kernel/random/boot_id').trim(), modules].join(' ')
}

/** Undefined where the folder of caches is another user's, as with sudo that keeps HOME: root writes nothing there. */
function cacheFolder(): string | undefined {
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const owned = [join(caches, 'tstrace'), caches, homedir()].map((path) =>
    statSync(path, {throwIfNoEntry: false}),
  )
  const nearest = owned.find((stat) => stat !== undefined)
  return nearest?.uid === process.geteuid?.() ? join(caches, 'tstrace') : undefined
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
