import {existsSync, realpathSync} from 'node:fs'
import {join} from 'node:path'
import {type Command, type Config, Plugin} from '../oclif.js'
import {toolApi} from '../definition.js'
import {RunError} from '../errors.js'
import type {Words} from '../words.js'
import {isRoot, leadToHost, type Listed, listedPlugins} from './folder.js'
import {openToOthers, openWithin} from './trust.js'

type Tell = Pick<Words, 'important' | 'hint'>

/** What the manifest of a plugin says of a tool: the version of the shape that its definition has. */
interface MaybeTool {
  readonly tstrace?: {readonly api?: unknown}
}

/**
 * The plugins that users have installed or linked, with the tools that can be used. What is wrong with one is said
 * in a line and does not keep the others out. Their code is loaded only where a plugin brings no manifest.
 *
 * @param config with all commands of tstrace itself
 */
export async function loadPlugins(config: Config, tell: Tell): Promise<Plugin[]> {
  const {dataDir, root: host} = config
  const listed = readList(dataDir, tell)
  if (listed.length === 0) return []
  const problem = isRoot() ? openToOthers(realpathSync(dataDir)) : undefined
  if (problem !== undefined) {
    tell.important(`as root, no plugin is read from ${dataDir}: ${problem}`)
    tell.hint(
      `install ${listed.map(({name}) => name).join(', ')} as root where only root may write, as \`sudo -H\` does`,
    )
    return []
  }
  try {
    leadToHost(dataDir, host)
  } catch (error) {
    tell.important(`no plugin is read from ${dataDir}: they would not find this tstrace: ${firstLine(error)}`)
    return []
  }
  const plugins: Plugin[] = []
  const taken = new Map(config.commandIDs.map((id) => [id, 'tstrace']))
  for (const each of listed) {
    try {
      const plugin = await loadPlugin(each, tell)
      plugin.commands = plugin.commands.filter((command) => isUsable(command, plugin.name, taken, tell))
      plugins.push(plugin)
    } catch (error) {
      tell.important(`the plugin '${each.name}' is left out: ${firstLine(error)}`)
      tell.hint(
        each.type === 'link' && isRoot()
          ? `as root, install it: npm pack, then tstrace plugins install ./FILE.tgz`
          : `tstrace plugins uninstall ${each.name} takes it from the list`,
      )
    }
  }
  return plugins
}

function readList(folder: string, tell: Tell): Listed[] {
  try {
    return listedPlugins(folder)
  } catch (error) {
    tell.important(`no plugin is read from ${folder}: package.json there: ${firstLine(error)}`)
    return []
  }
}

async function loadPlugin({name, type, root}: Listed, tell: Tell): Promise<Plugin> {
  if (!existsSync(join(root, 'package.json'))) throw new Error(`there is no package in ${root}`)
  const folder = realpathSync(root)
  const problem = isRoot() ? (openToOthers(folder) ?? openWithin(folder)) : undefined
  if (problem !== undefined) throw new Error(problem)
  // Of this type, so that oclif takes this very folder; one that is worked on has a manifest of yesterday at best.
  const plugin = new Plugin({name, root: folder, type: 'link', ignoreManifest: type === 'link'})
  // What oclif would print on many lines at each start. It has no other way to load the tools beside a broken one.
  Object.defineProperty(plugin, 'warn', {
    value: (error: unknown, scope: string) => {
      const tool = /^findCommand \((.*)\)$/.exec(scope)?.[1]
      const what = `${tool === undefined ? '' : `the tool '${tool}' of `}the plugin '${name}'`
      const why = firstLine(error)
      tell.important(`${what} is left out: ${why}`)
      if (why.startsWith("Cannot find package 'tstrace'"))
        tell.hint(`tstrace has to be among its devDependencies: npm install in ${folder}`)
    },
  })
  await plugin.load()
  plugin.type = type
  return plugin
}

/** Whether a command can be used; if not, says why. */
function isUsable(
  command: Command.Loadable,
  plugin: string,
  taken: Map<string, string>,
  tell: Tell,
): boolean {
  const {id} = command
  const load = command.load.bind(command)
  const leaveOut = (why: string, hint: string): false => {
    tell.important(`the tool '${id}' of the plugin '${plugin}' is left out: ${why}`)
    tell.hint(hint)
    return false
  }
  const owner = taken.get(id)
  if (owner !== undefined) {
    return leaveOut(
      owner === 'tstrace' ? 'tstrace has one of that name' : `the plugin '${owner}' has one of that name`,
      `tstrace plugins uninstall ${plugin} removes the plugin; its author can give the tool another name`,
    )
  }
  const {tstrace} = command as MaybeTool
  if (tstrace !== undefined && tstrace.api !== toolApi) {
    return leaveOut(
      `it was made for version ${String(tstrace.api)} of tstrace's tools, and this tstrace has version ${toolApi}`,
      Number(tstrace.api) > toolApi ? 'a newer tstrace may have it' : 'a newer version of the plugin may fit',
    )
  }
  taken.set(id, plugin)
  command.load = async () => {
    try {
      return await load()
    } catch (error) {
      throw new RunError(`the tool '${id}' of the plugin '${plugin}' cannot be loaded: ${firstLine(error)}`, {
        hint: `tstrace plugins uninstall ${plugin} removes the plugin`,
        cause: error,
      })
    }
  }
  return true
}

/** What an error says, without what oclif puts before it. */
function firstLine(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n')
  return line.replace(/^\[MODULE_NOT_FOUND\] (import\(\)|require) failed to load .*?: /, '')
}
