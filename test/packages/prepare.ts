import {explain} from '../guest/host.js'
import {prepareSystems} from './system.js'

/** Builds the systems that packages are installed in: `node build/test/packages/prepare.js`. */
try {
  await prepareSystems()
} catch (error) {
  process.stderr.write(`packages: ${explain(error)}\n`)
  process.exitCode = 1
}
