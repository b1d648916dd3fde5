import {dirname} from 'node:path'
import {fileURLToPath} from 'node:url'

/** The folder of this package, wherever in it the bundler put this. */
export const root = dirname(fileURLToPath(import.meta.resolve('tstrace/package.json')))
