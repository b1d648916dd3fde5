import {cacheFolder} from '../guest/cache.js'
import {explain, say} from '../guest/host.js'
import {pairs} from '../guest/pairs.js'
import {prepare} from '../guest/prepare.js'
import {bpftraces, prepareBpftraces} from './bpftraces.js'

/** Fetches everything that the tests of kernels and bpftrace versions need: `node build/test/support/prepare.js`. */
try {
  say(
    `preparing guests and bpftrace versions in ${cacheFolder()}: when empty, 600 MB to download, 2.5 GB on disk`,
  )
  for (const pair of pairs) {
    await prepare(pair)
    say(`pair ${pair.name} is ready`)
  }
  await prepareBpftraces()
  for (const {version, path} of await bpftraces()) say(`bpftrace ${version} is ${path}`)
} catch (error) {
  process.stderr.write(`guest: ${explain(error)}\n`)
  process.exitCode = 1
}
