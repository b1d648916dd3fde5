import {existsSync, readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import type {CommandView} from '../help/command.js'

/** What is read of a package. */
interface Package {
  readonly oclif?: {readonly plugins?: readonly string[]}
}

const root = join(import.meta.dirname, '..', '..', '..')

/**
 * All commands by what one types, `plugins install` for `plugins:install`, from the manifests alone: loading oclif takes
 * as long as all else here.
 */
export function readCommands(): Map<string, CommandView> {
  const {oclif} = readJson(join(root, 'package.json')) as Package
  const {resolve} = createRequire(join(root, 'package.json'))
  const folders = (oclif?.plugins ?? []).flatMap((name) => {
    const places = (resolve.paths(name) ?? []).map((folder) => join(folder, name))
    return places.find((folder) => existsSync(join(folder, 'oclif.manifest.json'))) ?? []
  })
  const commands = [root, ...folders].flatMap((folder) => commandsOf(folder))
  return new Map(commands.map((command) => [command.id.replaceAll(':', ' '), command]))
}

function commandsOf(folder: string): CommandView[] {
  const {commands} = readJson(join(folder, 'oclif.manifest.json')) as {
    commands: Record<string, CommandView & {hidden?: boolean}>
  }
  return Object.values(commands).filter(({hidden}) => hidden !== true)
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
