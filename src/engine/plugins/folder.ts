import {existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync} from 'node:fs'
import {dirname, join, resolve} from 'node:path'
import {pathToFileURL} from 'node:url'
import {UsageError} from '../errors.js'
import {openToOthers} from './trust.js'

/** A plugin as the list of the folder has it. */
export interface Listed {
  readonly name: string
  /** `link`: a folder where somebody works on it. */
  readonly type: 'user' | 'link'
  readonly root: string
}

/** What npm and oclif keep in `package.json` of the folder of plugins. */
interface FolderPackage {
  dependencies?: Record<string, string>
  oclif?: {plugins?: (string | {name: string; type: 'user' | 'link'; root?: string})[]}
}

/** What is read of tstrace's own. */
interface HostPackage {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, string | {readonly default: string}>>
}

export const isRoot = (): boolean => process.geteuid?.() === 0

/** The plugins that are installed in a folder. @throws SyntaxError if its list is not JSON */
export function listedPlugins(folder: string): Listed[] {
  return (readPackage(folder)?.oclif?.plugins ?? []).map((plugin) => {
    const {name, type, root} =
      typeof plugin === 'string' ? {name: plugin, type: 'user' as const, root: undefined} : plugin
    return {name, type, root: root ?? join(folder, 'node_modules', name)}
  })
}

/**
 * Makes a folder ready for npm to install plugins in, which name tstrace as a peer. That is to be the tstrace that
 * runs: npm would look for another one in its registry, or look after all that ours depends on if it were linked, so
 * that it gets a package of the same name and version that leads to ours.
 *
 * @param host the folder of the tstrace that runs
 * @throws UsageError as root, if others may write there
 */
export function prepareFolder(folder: string, host: string): void {
  if (isRoot()) refuseForRoot(folder)
  mkdirSync(folder, {recursive: true, mode: 0o755})
  const written = readPackage(folder)
  const wanted = {
    private: true,
    oclif: {schema: 1, plugins: []},
    ...written,
    dependencies: {...written?.dependencies, tstrace: 'file:host'},
  }
  if (JSON.stringify(written) !== JSON.stringify(wanted)) write(join(folder, 'package.json'), wanted)
  leadToHost(folder, host)
}

/**
 * Lets the plugins of a folder find the tstrace that runs, which need not be the one that installed them.
 *
 * @throws Error if the folder is not writable and leads elsewhere
 */
export function leadToHost(folder: string, host: string): void {
  const own = JSON.parse(readFileSync(join(host, 'package.json'), 'utf8')) as HostPackage
  const doors = Object.entries(own.exports).flatMap(([door, target]) =>
    typeof target === 'string' ? [] : [{door, file: `${door}.js`, code: target.default}],
  )
  for (const {file, code} of doors) {
    const url = pathToFileURL(join(host, code)).href
    write(join(folder, 'host', file), `export * from ${JSON.stringify(url)}\n`)
  }
  const exports = Object.fromEntries(doors.map(({door, file}) => [door, file]))
  write(join(folder, 'host', 'package.json'), {name: own.name, version: own.version, type: 'module', exports})
}

/** Writes a file unless that is what it holds; whoever reads it meanwhile sees it as it was or as it will be. */
function write(path: string, content: string | object): void {
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), {recursive: true, mode: 0o755})
  const next = `${path}.${process.pid}`
  writeFileSync(next, text)
  renameSync(next, path)
}

/**
 * What `plugins install` is given, as npm takes it: a file or a repository by a path means one below the folder where
 * the user is, not where npm runs.
 *
 * @throws UsageError for a folder, which npm would not copy
 */
export function installable(word: string): string {
  const path = resolve(word.replace(/^file:/, ''))
  if (word.startsWith('-') || !/\/|\.t(ar\.)?gz$/.test(word) || !existsSync(path)) return word
  if (existsSync(join(path, 'package.json'))) {
    throw new UsageError(`cannot install '${word}': it is a folder`, {
      hint: `to try what you are working on: tstrace plugins link '${word}'; to install it: npm pack, then tstrace plugins install ./FILE.tgz`,
    })
  }
  return `file:${path}`
}

/** @throws UsageError if others than root could change what is in a folder that is there or to be made */
function refuseForRoot(folder: string): void {
  let there = resolve(folder)
  while (!existsSync(there)) there = dirname(there)
  const problem = openToOthers(realpathSync(there))
  if (problem === undefined) return
  throw new UsageError(`will not install plugins for root in ${folder}: ${problem}`, {
    hint: 'name a folder of root: with `sudo -H` it is that below /root, or set TSTRACE_DATA_DIR=/usr/local/lib/tstrace',
  })
}

function readPackage(folder: string): FolderPackage | undefined {
  const path = join(folder, 'package.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as FolderPackage) : undefined
}
