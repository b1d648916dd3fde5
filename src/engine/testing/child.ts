import {basename} from 'node:path'
import {pathToFileURL} from 'node:url'
import {Config} from '../oclif.js'
import {root} from '../root.js'

/** Any command, as far as it is run. */
interface Runnable {
  id: string
  run(argv: string[], config: Config): Promise<unknown>
}

// Runs the tool of one file, as `tstrace NAME` would if it were installed: node child.js FILE [ARG]...
const [file = '', ...argv] = process.argv.slice(2)
const config = await Config.load({root, userPlugins: false})
const {default: command} = (await import(pathToFileURL(file).href)) as {default: Runnable}
command.id = basename(file).replace(/\.\w+$/, '')
await command.run(argv, config)
