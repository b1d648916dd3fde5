import {cpSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {type ChunkingContext, rolldown} from 'rolldown'
import {root} from './root.js'

/**
 * Makes dist/, which is what runs and what the packages have, from what tsc compiled: of some 240 small modules, and of
 * 170 of oclif and what it needs, a few files, because to find, open and link each of them takes longer than to compile
 * the few. A run of a tool needs the large ones below, one with oclif, and a few small ones. What only some runs import
 * stays apart, and so do the other npm packages. oclif stays one of those, too: its own plugins load it.
 */
const compiled = join(root, 'build', 'src')
const dist = join(root, 'dist')

const {dependencies} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}
const apart = Object.keys(dependencies).filter((name) => name !== '@oclif/core')

/** oclif asks whether this is Linux under Windows, which is of no use here and reads files at each start. */
const noWsl = join(import.meta.dirname, 'nowsl.js')

/**
 * The large files, in the order in which a module that several of them need is put into the first, and what each is
 * made for. A TAB waits for the first two only.
 */
const large = Object.entries({
  tab: ['engine/complete/main.js'],
  names: ['engine/complete/probes.js', 'engine/complete/values.js'],
  common: ['start.js', 'tool.js', 'commands/opensnoop.js'],
  run: ['engine/run.js'],
  embedded: ['engine/backend/embedded/index.js'],
})

const commands = ['commands', 'hooks'].flatMap((folder) =>
  readdirSync(join(compiled, folder))
    .filter((file) => file.endsWith('.js'))
    .map((file) => `${folder}/${file}`),
)
/** What is started or imported by its path. */
const entries = [
  'start.js',
  'tool.js',
  'testing.js',
  'engine/complete/main.js',
  'engine/help/oclif.js',
  'engine/testing/child.js',
  ...commands,
]

/** The large file of each module that is in one. */
const places = new Map<string, string | null>()

rmSync(dist, {recursive: true, force: true})
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((file) => [file.replace(/\.js$/, ''), join(compiled, file)])),
  platform: 'node',
  // oclif would load a compiler of TypeScript for plugins that are not built, which start.ts forbids.
  external: (id) => [...apart, 'typescript'].some((name) => id === name || id.startsWith(`${name}/`)),
  resolve: {alias: {'wsl-utils': noWsl}},
  // What includeDependenciesRecursively: false asks for; entries export what they did nevertheless.
  preserveEntrySignatures: 'allow-extension',
  // A module that is imported when it is needed may be in a large file nevertheless.
  checks: {ineffectiveDynamicImport: false},
})
await bundle.write({
  dir: dist,
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  codeSplitting: {
    // Else what several need, such as oclif, would be in the file of the first.
    includeDependenciesRecursively: false,
    groups: [{name: largeFile, debugName: 'large files'}],
  },
})
await bundle.close()
// Those who write plugins have the types.
cpSync(compiled, dist, {
  recursive: true,
  filter: (path) => path.endsWith('.d.ts') || statSync(path).isDirectory(),
})

/** In which large file a module is put; null for none. */
function largeFile(module: string, context: ChunkingContext): string | null {
  if (places.size === 0)
    for (const [file, first] of large) for (const each of first) put(join(compiled, each), file, context)
  return module === noWsl ? 'oclif' : (places.get(module) ?? null)
}

/** Puts a module and all that it imports at once into a large file. */
function put(module: string, file: string, context: ChunkingContext): void {
  if (places.has(module)) return
  const isCommand = commands.some((command) => join(compiled, command) === module)
  places.set(module, isCommand ? null : module.includes('/node_modules/') ? 'oclif' : file)
  for (const imported of context.getModuleInfo(module)?.importedIds ?? []) put(imported, file, context)
}
