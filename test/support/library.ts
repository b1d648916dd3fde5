import {readFileSync, realpathSync, writeFileSync} from 'node:fs'
import {readElf} from '#src/engine/kernel/elf.js'

/** The file of a library that this process has loaded, as `libc.so.6`; before glibc 2.34 it is called `libc-2.31.so`. */
export function libraryPath(name: string): string {
  const versioned = new RegExp(`/${name.split('.')[0]}-[\\d.]+\\.so$`)
  const line = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .find((each) => each.endsWith(`/${name}`) || versioned.test(each))
  if (line === undefined) throw new Error(`${name} is not loaded`)
  return realpathSync(line.slice(line.indexOf('/')))
}

/** Where a function of a file begins in it. */
export function functionOffset(path: string, name: string): number {
  const found = readElf(path).functions.find((each) => each.name === name)
  if (found === undefined) throw new Error(`${path} has no function ${name}`)
  return found.offset
}

/** Copies a file without its table of sections, and so without its symbols; no debug file has them either. */
export function copyWithoutNames(path: string, to: string): void {
  const bytes = readFileSync(path)
  const buildId = Buffer.from(readElf(path).buildId ?? '', 'hex')
  if (buildId.length > 0) bytes.fill(0, bytes.indexOf(buildId), bytes.indexOf(buildId) + buildId.length)
  // e_shoff of elf(5).
  bytes.fill(0, 40, 48)
  writeFileSync(to, bytes)
}
