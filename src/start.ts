import {Config, flush, handle, Plugin, run, settings} from './engine/oclif.js'
import {report} from './engine/define.js'
import {TstraceError} from './engine/errors.js'
import {onOutputError} from './engine/render/output.js'
import {root} from './engine/root.js'
import {Words} from './engine/words.js'

/** Runs a command line: all that `bin/run.js` does. */
export async function start(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  // A plugin runs as it was built: nothing is to compile TypeScript that lies beside it.
  settings.enableAutoTranspile = false
  // oclif shows the stack of all but EPIPE.
  const readerGone = onOutputError((error) => {
    // A tool has said so, and its last flush meets it again.
    if ((process.exitCode ?? 0) === 0) report(error, undefined)
    process.exit()
  })
  try {
    const own = new Plugin({isRoot: true, root})
    await own.load()
    // A tool of ours needs no plugin, and none can keep it from running: none is looked at.
    if (argv[0] !== undefined && 'tstrace' in (own.manifest.commands[argv[0]] ?? {})) {
      await run([...argv], {root, plugins: new Map([[own.name, own]])})
    } else {
      await runWithPlugins(argv)
    }
    // What waits for a reader that is gone is never written.
    await Promise.race([flush(), readerGone])
  } catch (error) {
    if (error instanceof TstraceError) report(error, argv[0])
    else await handle(error as Error)
  }
}

/** Runs a command that is none of our tools: it may belong to a plugin, or be about all tools. */
async function runWithPlugins(argv: readonly string[]): Promise<void> {
  const config = await Config.load({root, userPlugins: false})
  const words = new Words({quiet: false, verbose: false})
  const [{loadPlugins}, {changesPlugins, managePlugins}] = await Promise.all([
    import('./engine/plugins/load.js'),
    import('./engine/plugins/manage.js'),
  ])
  if (changesPlugins(argv)) {
    await managePlugins(argv, config, (args) => run(args, config), words)
    return
  }
  for (const plugin of await loadPlugins(config, words)) config.plugins.set(plugin.name, plugin)
  // oclif makes another configuration from the plugins of this one.
  await run([...argv], config)
}
