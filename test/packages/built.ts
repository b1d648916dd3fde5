import {join} from 'node:path'
import {root} from '../../scripts/root.js'
import {packExample} from '../support/example.js'
import {Running} from '../support/processes.js'
import {temporaryFolder} from '../support/temporary.js'

const {path: folder, remove} = temporaryFolder()
process.on('exit', remove)

/** Builds the Debian package in a folder; gives its path. */
export async function buildDebIn(name: string): Promise<string> {
  const builder = new Running(process.execPath, [join(root, 'build/scripts/deb.js'), join(folder, name)])
  const {code, stdout, stderr} = await builder.outcome
  if (code !== 0) throw new Error(`the Debian package could not be built: ${stderr}`)
  return stdout.trim()
}

let built: Promise<string> | undefined

/** The Debian package, built once for all tests. */
export function deb(): Promise<string> {
  return (built ??= buildDebIn('first'))
}

let example: string | undefined

/** The tarball of the example plugin, packed once for all tests. */
export function examplePlugin(): string {
  return (example ??= packExample(folder))
}
