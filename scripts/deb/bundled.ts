import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {basename, join} from 'node:path'
import type {Bundled} from './texts.js'

/** What npm writes down of the packages it has installed; keys are their folders. */
const listing = join('node_modules', '.package-lock.json')
const licence = /^(licen[cs]e|copying|notice)/i
/** What Node loads. All else that npm packages hold, such as types, sources and tests, does nothing on a user's machine. */
const loaded = /\.([cm]?js|json|node)$/
/** Folders in a package, relative to it, with files that look as if they were loaded. */
const unused = /^(test|tests|__tests__|docs?|examples?|benchmarks?|\.github|musl_[^/]*)$/

/** The packages in a folder's node_modules, those in packages too, by folder. */
export function bundledIn(home: string): Bundled[] {
  const {packages} = JSON.parse(readFileSync(join(home, listing), 'utf8')) as {packages: object}
  return Object.keys(packages)
    .filter((folder) => existsSync(join(home, folder)))
    .sort()
    .map((folder) => describe(home, folder))
}

function describe(home: string, folder: string): Bundled {
  const {version, license, author} = JSON.parse(readFileSync(join(home, folder, 'package.json'), 'utf8')) as {
    version: string
    license?: string
    author?: string | {name: string}
  }
  const file = readdirSync(join(home, folder)).find((name) => licence.test(name))
  const text = file === undefined ? '' : readFileSync(join(home, folder, file), 'utf8')
  const lines = [...text.matchAll(/^\W*(copyright (?:\(c\)|©|\d).*)$/gim)].map(([, line = '']) => line.trim())
  const owner = typeof author === 'object' ? author.name : author
  return {
    folder,
    version,
    license: license ?? 'unknown',
    copyright:
      lines.length > 0 ? lines : [owner ?? `the authors of ${folder.replace(/^.*node_modules\//, '')}`],
    file,
  }
}

/** Removes from node_modules all that is not loaded, but for the licences. */
export function prune(home: string, bundled: readonly Bundled[]): void {
  rmSync(join(home, listing))
  rmSync(join(home, 'node_modules', '.bin'), {recursive: true, force: true})
  for (const {folder} of bundled) {
    for (const entry of readdirSync(join(home, folder)))
      if (unused.test(entry)) rmSync(join(home, folder, entry), {recursive: true})
  }
  pruneFolder(join(home, 'node_modules'))
}

/** @returns whether something is left in it */
function pruneFolder(folder: string): boolean {
  let isLeft = false
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    const path = join(folder, entry.name)
    const stays = entry.isDirectory()
      ? pruneFolder(path)
      : loaded.test(entry.name) || licence.test(basename(path))
    if (stays) isLeft = true
    else rmSync(path, {recursive: true})
  }
  return isLeft
}
