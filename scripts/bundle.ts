import {cpSync, readdirSync, rmSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {build} from 'esbuild'
import {root} from './root.js'

/**
 * Makes dist/, which is what runs and what the packages have, from what tsc compiled: of some 240 small modules a few
 * files, because to find, open and compile each of them is a quarter of what it takes until a tool traces. What is imported
 * when it is needed stays apart, and so do the npm packages.
 */
const compiled = join(root, 'build', 'src')
const dist = join(root, 'dist')

/** What is started or imported by its path. */
const entries = [
  'start.js',
  'tool.js',
  'testing.js',
  'engine/complete/main.js',
  'engine/help/oclif.js',
  'engine/testing/child.js',
  ...['commands', 'hooks'].flatMap((folder) =>
    readdirSync(join(compiled, folder))
      .filter((file) => file.endsWith('.js'))
      .map((file) => `${folder}/${file}`),
  ),
]

rmSync(dist, {recursive: true, force: true})
await build({
  entryPoints: entries.map((entry) => join(compiled, entry)),
  outbase: compiled,
  outdir: dist,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
})
// Those who write plugins have the types.
cpSync(compiled, dist, {
  recursive: true,
  filter: (path) => path.endsWith('.d.ts') || statSync(path).isDirectory(),
})
