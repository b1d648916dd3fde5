import type {Config} from '../oclif.js'
import type {Words} from '../words.js'
import {installable, isRoot, prepareFolder} from './folder.js'
import {loadPlugins} from './load.js'

/** The commands under `plugins` that write to the folder of plugins. */
const changing = ['install', 'add', 'link', 'update', 'uninstall', 'unlink', 'remove']
const adding = ['install', 'add', 'link']

/** Whether a command line changes which plugins there are. */
export function changesPlugins(argv: readonly string[]): boolean {
  const [topic, action] = wordsOf(argv)
  return (
    topic === 'plugins' && changing.includes(action ?? '') && !argv.some((arg) => /^(-h|--help)$/.test(arg))
  )
}

/**
 * Runs such a command: makes the folder ready, and says what is wrong with what was added.
 *
 * @param run runs a command line with the commands of oclif's plugin for plugins
 * @throws UsageError for what cannot be installed
 */
export async function managePlugins(
  argv: readonly string[],
  config: Config,
  run: (argv: string[]) => Promise<unknown>,
  words: Words,
): Promise<void> {
  const [topic = '', action = '', ...rest] = wordsOf(argv)
  const args = action === 'install' || action === 'add' ? rest.map(installable) : rest
  // What others may write to, root does not read.
  if (isRoot()) process.umask(0o022)
  prepareFolder(config.dataDir, config.root)
  // Who installs a plugin asks for that only, and not whether there is a newer npm.
  process.env['npm_config_update_notifier'] = 'false'
  await run([topic, action, ...args])
  if (!adding.includes(action)) return
  const plugins = await loadPlugins(config, words)
  const tools = plugins.flatMap(({commands}) => commands.map(({id}) => id))
  words.say(`tools of plugins: ${tools.join(', ') || 'none'}`)
  if (!isRoot()) words.hint('root does not read them: to trace with them, install them with `sudo -H`, too')
}

/** With `plugins:install` as two words. */
function wordsOf([first = '', ...rest]: readonly string[]): string[] {
  return [...first.split(':'), ...rest]
}
