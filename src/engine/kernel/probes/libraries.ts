import {closeSync, openSync, readdirSync, readFileSync, readSync} from 'node:fs'
import {arch} from 'node:os'
import {basename, join} from 'node:path'
import {parseMaps} from '../maps.js'

/** Where libraries are that no cache lists: musl has none, and a container's may be missing. */
const triplets: Readonly<Record<string, string>> = {x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu'}
const folders = ['lib', 'usr/lib', 'lib64', 'usr/lib64', 'usr/local/lib'].flatMap((folder) => [
  `/${folder}/${triplets[arch()] ?? ''}`,
  `/${folder}`,
])

// elf/cache.c and sysdeps/generic/dl-cache.h of glibc: the header, then entries of 24 bytes, then their texts.
const magic = 'glibc-ld.so.cache1.1'
const headerSize = 48
const entrySize = 24
/** FLAG_ELF_LIBC6 and the architecture, in the flags of an entry. */
const flagsHere: Readonly<Record<string, number>> = {x64: 0x0303, arm64: 0x0a03}

/** A library: the name it is asked for by (`libc.so.6`), and its path inside of `root`. */
export interface Library {
  readonly name: string
  readonly path: string
}

/**
 * The libraries of a root file system that can be named without a path: those of the loader's cache, then those of
 * the usual folders.
 *
 * @param root what stands before their paths for us; empty for our own
 */
export function librariesOf(root = ''): Library[] {
  const names = (folder: string): string[] => {
    try {
      return readdirSync(root + folder).filter((name) => /\.so(\.|$)/.test(name))
    } catch {
      return []
    }
  }
  const usual = folders.flatMap((folder) => names(folder).map((name) => ({name, path: join(folder, name)})))
  return [...cached(`${root}/etc/ld.so.cache`), ...usual]
}

/**
 * The library meant by a word: `c`, `libc`, `libc.so.6` or `ssl`. Of several versions the first, which is the newest
 * in the cache.
 */
export function libraryNamed(word: string, libraries: readonly Library[], root = ''): Library | undefined {
  // musl is loader and C library in one file.
  const musl = word === 'c' || word === 'libc' ? /^ld-musl-\w+\.so\.1$/ : undefined
  const isMeant = ({name}: Library): boolean =>
    [word, `lib${word}`].some((known) => name === known || name.startsWith(`${known}.so`)) ||
    musl?.test(name) === true
  // The compiler's `libc.so` is a text for the linker.
  return libraries.find((library) => isMeant(library) && isElf(root + library.path))
}

/** The library mapped into a process that a word means, by its path for that process. */
export function libraryOfProcess(word: string, pid: number): Library | undefined {
  let maps: string
  try {
    maps = readFileSync(`/proc/${pid}/maps`, 'utf8')
  } catch {
    return undefined
  }
  const paths = new Set(parseMaps(maps).map(({path}) => path))
  const mapped = [...paths].map((path) => ({name: basename(path), path}))
  return mapped.find(({name}) => name === word) ?? libraryNamed(word, mapped, `/proc/${pid}/root`)
}

/** The entries of the loader's cache for this architecture; none if there is no cache, or one of another kind. */
function cached(path: string): Library[] {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch {
    return []
  }
  // The format before 2.2 may come first, for old loaders.
  const start = bytes.indexOf(magic)
  if (start < 0 || bytes.length < start + headerSize) return []
  const cache = bytes.subarray(start)
  const text = (at: number): string => cache.toString('utf8', at, cache.indexOf(0, at))
  const count = Math.min(cache.readUInt32LE(20), Math.floor((cache.length - headerSize) / entrySize))
  return Array.from({length: count}, (_, index) => headerSize + index * entrySize)
    .filter((at) => cache.readUInt32LE(at) === flagsHere[arch()])
    .map((at) => ({name: text(cache.readUInt32LE(at + 4)), path: text(cache.readUInt32LE(at + 8))}))
}

function isElf(path: string): boolean {
  const magicNumber = Buffer.alloc(4)
  try {
    const fd = openSync(path, 'r')
    try {
      return readSync(fd, magicNumber) === 4 && magicNumber.readUInt32BE() === 0x7f454c46
    } finally {
      closeSync(fd)
    }
  } catch {
    return false
  }
}
