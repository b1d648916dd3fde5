import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Plugin} from '../oclif.js'
import {type ToolDefinition, toolMark} from '../definition.js'
import {UsageError} from '../errors.js'
import {renderPage} from '../page/sections.js'

/**
 * Writes what a plugin ships beside its compiled tools: the manifest, which lets tstrace start without loading them,
 * and the generated sections of their man pages.
 *
 * @throws UsageError for a folder that is no plugin, or one whose tools cannot be loaded
 */
export async function preparePlugin(folder: string): Promise<void> {
  if (!existsSync(join(folder, 'package.json')))
    throw new UsageError(`${folder} is no plugin: it has no package.json`)
  const plugin = new Plugin({
    root: folder,
    type: 'link',
    ignoreManifest: true,
    respectNoCacheDefault: true,
    errorOnManifestCreate: true,
  })
  try {
    await plugin.load()
  } catch (error) {
    throw new UsageError(`the plugin in ${folder} cannot be loaded: ${(error as Error).message}`, {
      cause: error,
    })
  }
  if (plugin.commands.length === 0) {
    throw new UsageError(`the plugin in ${folder} has no tools`, {
      hint: 'oclif.commands in its package.json names the folder of the compiled ones: compile them first',
    })
  }
  for (const command of plugin.commands) {
    const tool = ((await command.load()) as {[toolMark]?: ToolDefinition})[toolMark]
    const page = join(folder, 'man', `${command.id}.8.md`)
    if (tool !== undefined && existsSync(page))
      writeFileSync(page, renderPage(readFileSync(page, 'utf8'), command.id, tool))
  }
  writeFileSync(join(folder, 'oclif.manifest.json'), JSON.stringify(plugin.manifest, null, 2) + '\n')
}
