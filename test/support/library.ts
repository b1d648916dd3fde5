import {readFileSync, realpathSync} from 'node:fs'

/** The file of a library that this process has loaded, as `libc.so.6`. */
export function libraryPath(name: string): string {
  const line = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .find((each) => each.endsWith(`/${name}`))
  if (line === undefined) throw new Error(`${name} is not loaded`)
  return realpathSync(line.slice(line.indexOf('/')))
}
