import {existsSync, readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {homedir} from 'node:os'
import {join} from 'node:path'
import type {CommandView} from '../help/command.js'
import {listedPlugins} from '../plugins/folder.js'
import {root} from '../root.js'

/** What is read of a package. */
interface Package {
  readonly oclif?: {readonly plugins?: readonly string[]}
}

/** All commands by what one types, `plugins install` for `plugins:install`. */
export async function readCommands(): Promise<Map<string, CommandView>> {
  // The list of plugins is there, and empty, once one has been installed and removed.
  const commands = installedPlugins().length > 0 ? await commandsWithPlugins() : ownCommands()
  return new Map(commands.map((command) => [command.id.replaceAll(':', ' '), command]))
}

/** The names of the plugins that this user has installed or linked. */
export function installedPlugins(): string[] {
  const folder =
    process.env['TSTRACE_DATA_DIR'] ?? join(process.env['XDG_DATA_HOME'] ?? defaultData(), 'tstrace')
  return existsSync(join(folder, 'package.json')) ? listedPlugins(folder).map(({name}) => name) : []
}

function defaultData(): string {
  return join(homedir(), '.local', 'share')
}

/** Which plugins are read, and what of them, is not decided twice: oclif is loaded, which takes twice as long. */
async function commandsWithPlugins(): Promise<CommandView[]> {
  const [{Config}, {loadPlugins}] = await Promise.all([import('../oclif.js'), import('../plugins/load.js')])
  const config = await Config.load({root, userPlugins: false})
  const plugins = await loadPlugins(config, {important: () => {}, hint: () => {}})
  return [...config.commands, ...plugins.flatMap(({commands}) => commands)].filter(({hidden}) => !hidden)
}

/** From the manifests alone: loading oclif takes as long as all else here. */
function ownCommands(): CommandView[] {
  const {oclif} = readJson(join(root, 'package.json')) as Package
  const {resolve} = createRequire(join(root, 'package.json'))
  const folders = (oclif?.plugins ?? []).flatMap((name) => {
    const places = (resolve.paths(name) ?? []).map((folder) => join(folder, name))
    return places.find((folder) => existsSync(join(folder, 'oclif.manifest.json'))) ?? []
  })
  return [root, ...folders].flatMap((folder) => commandsOf(folder))
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
