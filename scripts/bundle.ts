import {cpSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {build} from 'esbuild'
import {root} from './root.js'

/**
 * Makes dist/, which is what runs and what the packages have, from what tsc compiled: of some 240 small modules, and of
 * 170 of oclif and what it needs, a few files, because to find, open and compile each of them takes longer than to
 * compile the few. What is imported when it is needed stays apart, and so do the other npm packages. oclif stays one
 * of those, too: its own plugins load it.
 */
const compiled = join(root, 'build', 'src')
const dist = join(root, 'dist')

const {dependencies} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}
const apart = Object.keys(dependencies).filter((name) => name !== '@oclif/core')

/** What CommonJS modules such as oclif's have and modules of a bundle do not. */
const commonJs = `
import {createRequire as createRequireHere} from 'node:module'
const require = createRequireHere(import.meta.url), {filename: __filename, dirname: __dirname} = import.meta
`

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
  // oclif would load a compiler of TypeScript for plugins that are not built, which start.ts forbids.
  external: [...apart, 'typescript'],
  banner: {js: commonJs},
  sourcemap: true,
  logLevel: 'warning',
})
// Those who write plugins have the types.
cpSync(compiled, dist, {
  recursive: true,
  filter: (path) => path.endsWith('.d.ts') || statSync(path).isDirectory(),
})
