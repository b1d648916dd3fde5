import {readFileSync, readlinkSync} from 'node:fs'
import type {Frame} from '../event/stack.js'
import {type Address, FrameCache} from './address.js'
import {MappedFiles} from './mappedfiles.js'
import {deletedMark, type Mapping, mappingAt, parseMaps} from './maps.js'
import {type PerfMap, readPerfMap} from './perfmap.js'
import {Roots} from './roots.js'
import {demangleRust, unescapeRust} from './rustnames.js'

/** How long an address without a name stays so before a process is looked at again, in milliseconds. */
const patience = 1000

/** A mangled name as it is written in the source; undefined if it is none. */
type Demangle = (name: string) => string | undefined

/**
 * The functions of programs. A process must be seen while it lives; its addresses get their names at any time after,
 * also when it has ended, and its container with it.
 *
 * Names come from the files a process has mapped (see Elf), and from /tmp/perf-PID.map for what a just-in-time
 * compiler made. Nothing here throws: a file that cannot be read gives no names.
 */
export class UserSymbols {
  readonly #roots = new Roots()
  readonly #files = new MappedFiles()
  readonly #processes = new Map<number, Map<string, SeenProcess>>()
  readonly #pidNamespace = readLink('/proc/self/ns/pid')
  readonly #demangle: Demangle

  constructor(demangle: Demangle = () => undefined) {
    this.#demangle = demangle
  }

  /**
   * Reads of a process what is gone with it. Cheap (a tenth of a millisecond): call it as soon as a process is heard
   * of, and again when it has run on, for what it has loaded since.
   *
   * @param program tells apart the programs that run under one process id, one after the other: after an exec, or in
   *   another process that gets the same id; never one that was before
   */
  see(pid: number, program = ''): void {
    if (this.#processes.get(pid)?.get(program) === undefined) this.#process(pid, program)
    else this.#process(pid, program).lookAgain()
  }

  /** The frame of one address, without a name if nobody knows it; of an address that a call returns to if `caller`. */
  resolve(pid: number, address: Address, caller = false, program = ''): Frame {
    return this.#process(pid, program).resolve(address, caller)
  }

  /** The frames of a stack of a process, the leaf first. */
  frames(pid: number, addresses: readonly Address[], program = ''): Frame[] {
    const process = this.#process(pid, program)
    return addresses.map((address, depth) => process.resolve(address, depth > 0))
  }

  /** Closes the files that are kept open for processes that are gone. */
  close(): void {
    this.#files.close()
    this.#roots.close()
  }

  #process(pid: number, program: string): SeenProcess {
    const programs = this.#processes.get(pid) ?? new Map<string, SeenProcess>()
    let process = programs.get(program)
    if (process === undefined) {
      const before = [...programs.values()].at(-1)
      process = new SeenProcess(
        pid,
        this.#files,
        this.#roots.prefixFor(pid),
        this.#pidNamespace,
        this.#demangle,
      )
      before?.replaceBy(process)
      this.#processes.set(pid, programs.set(program, process))
    }
    return process
  }
}

/** What is known of one process, from one exec to the next. */
class SeenProcess {
  readonly #pid: number
  readonly #files: MappedFiles
  readonly #root: string
  readonly #demangle: Demangle
  /** Tells it from another process that gets the same id, and from the next program of this one. */
  readonly #identity: string | undefined
  readonly #perfMapPath: string
  readonly #cache = new FrameCache((address, lookup) => this.#frame(address, lookup))
  #maps = ''
  #mappings: readonly Mapping[] | undefined
  #perfMap: PerfMap | undefined | null = null
  /** When it may be looked at again. */
  #next = 0
  #ended = false

  constructor(
    pid: number,
    files: MappedFiles,
    root: string,
    pidNamespace: string | undefined,
    demangle: Demangle,
  ) {
    this.#pid = pid
    this.#files = files
    this.#root = root
    this.#demangle = demangle
    const {maps, identity} = look(pid)
    this.#identity = identity
    // The process writes the name of its file with the id that it knows itself.
    const foreign = readLink(`/proc/${pid}/ns/pid`) !== pidNamespace
    const own = foreign ? (/^NSpid:.*\t(\d+)$/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? pid) : pid
    this.#perfMapPath = `/tmp/perf-${own}.map`
    this.#take(maps)
  }

  resolve(address: Address, caller: boolean): Frame {
    const frame = this.#cache.frame(address, caller)
    const now = performance.now()
    // What is on a stack need not be the address of code at all, so this must not happen at each one without a name.
    if (frame.name !== undefined || this.#ended || now < this.#next) return frame
    this.#next = now + patience
    this.lookAgain()
    return this.#cache.frame(address, caller)
  }

  /** For names that were not there before: of a library loaded, or a function compiled since. */
  lookAgain(): void {
    if (this.#ended) return
    const {maps, identity} = look(this.#pid)
    if (identity === undefined || identity !== this.#identity) this.#ended = true
    else if (maps !== this.#maps) this.#take(maps, merge(parseMaps(maps), this.#known))
    this.#perfMap = null
    this.#cache.retry()
  }

  /** From now on the process runs another program, which may have begun before this one was looked at. */
  replaceBy(next: SeenProcess): void {
    if (next.#identity === this.#identity) this.#take('')
    this.#ended = true
    this.#perfMap = null
    this.#cache.retry()
  }

  #take(maps: string, mappings?: readonly Mapping[]): void {
    this.#maps = maps
    this.#mappings = mappings
    // A file without a path can be opened as long as the process has it, and not after.
    if (maps.includes(`${deletedMark}\n`)) {
      for (const mapping of this.#known) if (mapping.deleted) this.#files.open(mapping, this.#pid, this.#root)
    }
  }

  get #known(): readonly Mapping[] {
    return (this.#mappings ??= parseMaps(this.#maps))
  }

  #frame(address: bigint, lookup: bigint): Frame {
    if (lookup > BigInt(Number.MAX_SAFE_INTEGER)) return {address, kernel: false}
    const place = Number(lookup)
    const mapping = mappingAt(this.#known, place)
    const back = Number(address) - place
    if (mapping?.path === '[vdso]') {
      return {address, name: '[vdso]', offset: place + back - mapping.start, module: '[vdso]', kernel: false}
    }
    if (mapping !== undefined && mapping.inode !== 0n) {
      const offset = place - mapping.start + mapping.offset
      const found = this.#files.open(mapping, this.#pid, this.#root)?.functionAt(offset)
      if (found !== undefined) {
        return {
          address,
          name: this.#written(found.name),
          offset: offset + back - found.offset,
          module: mapping.path,
          kernel: false,
        }
      }
    }
    const compiled = this.#compiled?.at(place)
    if (compiled !== undefined) {
      const {name, start} = compiled
      return {address, name, offset: place + back - start, module: this.#perfMapPath, kernel: false}
    }
    return {
      address,
      ...(mapping !== undefined && mapping.path !== '' && {module: mapping.path}),
      kernel: false,
    }
  }

  /** The name of a function as it is written in the source. */
  #written(name: string): string {
    if (/^_?_R/.test(name)) return demangleRust(name) ?? name
    if (!name.startsWith('_Z')) return name
    const demangled = this.#demangle(name)
    return demangled === undefined ? name : unescapeRust(demangled)
  }

  get #compiled(): PerfMap | undefined {
    if (this.#perfMap === null) this.#perfMap = readPerfMap(this.#root + this.#perfMapPath)
    return this.#perfMap
  }
}

/** Mappings of now, and those of before that nothing is in the place of: a stack may be older than an unloading. */
function merge(now: readonly Mapping[], before: readonly Mapping[]): Mapping[] {
  const gone = before.filter(({start, end}) => {
    const next = mappingAt(now, start) ?? now.find((each) => each.start >= start)
    return next === undefined || next.start >= end
  })
  return [...now, ...gone].sort((a, b) => a.start - b.start)
}

/**
 * What a process has mapped, and what tells the program it runs from another: when the process was started, the file,
 * and where the kernel put its own code, which is somewhere else after each exec. No identity if it has ended.
 */
function look(pid: number): {maps: string; identity: string | undefined} {
  const maps = readText(`/proc/${pid}/maps`)
  const kernelCode = /^.*\[vdso\]$/m.exec(maps)?.[0] ?? ''
  // Asked after the maps, so that these are surely not those of a later program.
  const identity = [startOf(pid), readLink(`/proc/${pid}/exe`), kernelCode].join(' ')
  return {maps, identity: maps === '' ? undefined : identity}
}

/** When a process was started, in clock ticks since the boot: field 22 of proc(5)'s stat. */
function startOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`)
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
