import {constants} from 'node:fs'
import {UsageError} from './errors.js'
import {isIt} from './near.js'

/** The bits of a flag's access mode: read-only, write-only and read-write are values, not bits. */
const accessModeMask = 3
const accessModes: Readonly<Record<string, number>> = {O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2}

// include/uapi/asm-generic/fcntl.h; the four that arm64 numbers differently come from Node's own constants.
/** The kernel adds it by itself to every call of a 64-bit program. */
export const largeFile = process.arch === 'arm64' ? 0o400000 : 0o100000
const bits: Readonly<Record<string, number>> = {
  O_TMPFILE: 0o20000000 | constants.O_DIRECTORY,
  O_SYNC: constants.O_SYNC,
  O_CREAT: constants.O_CREAT,
  O_EXCL: constants.O_EXCL,
  O_NOCTTY: constants.O_NOCTTY,
  O_TRUNC: constants.O_TRUNC,
  O_APPEND: constants.O_APPEND,
  O_NONBLOCK: constants.O_NONBLOCK,
  O_DSYNC: constants.O_DSYNC,
  O_ASYNC: 0o20000,
  O_DIRECT: constants.O_DIRECT,
  O_LARGEFILE: largeFile,
  O_DIRECTORY: constants.O_DIRECTORY,
  O_NOFOLLOW: constants.O_NOFOLLOW,
  O_NOATIME: constants.O_NOATIME,
  O_CLOEXEC: 0o2000000,
  O_PATH: 0o10000000,
}
const aliases: Readonly<Record<string, string>> = {O_NDELAY: 'O_NONBLOCK', O_FSYNC: 'O_SYNC'}

/** The names that `parseOpenFlag` knows. */
export const openFlags: readonly string[] = [...Object.keys(accessModes), ...Object.keys(bits)]

/** What a flag of open(2) means as a test: `(flags & mask) == value`. */
export interface OpenFlagTest {
  readonly mask: number
  readonly value: number
}

/** The test for a flag's name, with or without `O_`, in any case. @throws UsageError */
export function parseOpenFlag(text: string, option: string): OpenFlagTest {
  const upper = text.toUpperCase()
  const prefixed = upper.startsWith('O_') ? upper : `O_${upper}`
  const name = aliases[prefixed] ?? prefixed
  const mode = accessModes[name]
  if (mode !== undefined) return {mask: accessModeMask, value: mode}
  const bit = bits[name]
  if (bit !== undefined) return {mask: bit, value: bit}
  throw new UsageError(`--${option}: '${text}' is not a flag of open(2)`, {
    hint: isIt(prefixed === 'O_' ? '' : prefixed, openFlags) ?? `there are ${openFlags.join(' ')}`,
  })
}

/** The names of the flags that are set, the access mode first; bits without a name as an octal number. */
export function openFlagNames(flags: number): string[] {
  const mode = flags & accessModeMask
  const names = Object.keys(accessModes).filter((name) => accessModes[name] === mode)
  let rest = flags & ~accessModeMask
  for (const [name, bit] of Object.entries(bits)) {
    if ((rest & bit) !== bit) continue
    names.push(name)
    rest &= ~bit
  }
  if (mode === accessModeMask) rest |= mode
  return rest === 0 ? names : [...names, `0${(rest >>> 0).toString(8)}`]
}

/** Whether open(2) looks at the mode: only when the call can make a file. */
export function usesMode(flags: number): boolean {
  const tmpfile = bits['O_TMPFILE'] ?? 0
  return (flags & constants.O_CREAT) !== 0 || (flags & tmpfile) === tmpfile
}
