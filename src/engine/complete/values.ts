import {readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {signalNames} from '../signals.js'
import type {Candidate} from './answer.js'
import type {LiveKind} from './suggestion.js'

/** The values of a kind that this machine has now. @param current what was typed, for those that are too many */
export function valuesOf(kind: LiveKind, current: string, given: ReadonlyMap<string, string>): Candidate[] {
  switch (kind) {
    case 'pid':
      return processes()
    case 'tid':
      return threads(given.get('pid'))
    case 'name':
      return [...new Set(processes().map(({text = ''}) => nameIn(text)))].map((word) => ({word}))
    case 'user':
      return users()
    case 'signal':
      return signalNames.map((name, index) => ({word: name, text: `signal ${index + 1}`}))
    case 'cpu':
      return cpus()
    case 'cgroup':
      return cgroups(current)
  }
}

/** The processes that run a program, with the command line; not those of the kernel, which have none. */
function processes(): Candidate[] {
  return numbersIn('/proc').flatMap((pid) => {
    const line = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
    return line === '' || pid === process.pid ? [] : [{word: `${pid}`, text: described(`/proc/${pid}`, line)}]
  })
}

function threads(pid: string | undefined): Candidate[] {
  const folders =
    pid === undefined
      ? processes().map(({word}) => `/proc/${word}/task`)
      : [`/proc/${pid.split(',')[0]}/task`]
  return folders.flatMap((folder) =>
    numbersIn(folder).map((tid) => ({word: `${tid}`, text: described(join(folder, `${tid}`), '')})),
  )
}

function described(folder: string, line: string): string {
  const name = read(`${folder}/comm`).trim()
  const short = line.length > 60 ? `${line.slice(0, 57)}...` : line
  return short === '' ? name : `${name}: ${short}`
}

function nameIn(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf(': ')))
}

/** Users that the file lists; others, as those of a directory service, can be typed. */
function users(): Candidate[] {
  return read('/etc/passwd')
    .split('\n')
    .map((line) => line.split(':'))
    .flatMap(([word = '', , uid = '', , about = '']) =>
      word === '' ? [] : [{word, text: `${uid} ${about}`.trim()}],
    )
}

function cpus(): Candidate[] {
  return read('/sys/devices/system/cpu/online')
    .trim()
    .split(',')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({length: last - first + 1}, (_, index) => ({word: `${first + index}`}))
    })
}

/** The cgroups in the folder that was typed; at first, where they are mounted. */
function cgroups(current: string): Candidate[] {
  const mounted = read('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([, path = '', type]) => (type === 'cgroup2' ? [path] : []))
  const isBelow = mounted.some((path) => current === path || current.startsWith(`${path}/`))
  if (!isBelow) return mounted.map((word) => ({word, open: true}))
  const folder = current.endsWith('/') ? current : dirname(current)
  return folders(folder).map((name) => ({word: join(folder, name), open: true}))
}

function folders(folder: string): string[] {
  try {
    return readdirSync(folder, {withFileTypes: true}).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    )
  } catch {
    return []
  }
}

function numbersIn(folder: string): number[] {
  return folders(folder)
    .map(Number)
    .filter(Number.isInteger)
    .sort((a, b) => a - b)
}

/** What a file holds; nothing where it may not be read, or is gone by now. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
