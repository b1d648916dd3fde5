import {existsSync} from 'node:fs'
import {mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile} from 'node:fs/promises'
import {homedir} from 'node:os'
import {dirname, join} from 'node:path'

/** Everything downloaded or built from downloads; it may be deleted at any time. */
export function cacheFolder(): string {
  const {TSTRACE_CACHE, XDG_CACHE_HOME} = process.env
  return TSTRACE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'tstrace')
}

/** A finished step: its folder, and what the builder wrote down about it. */
export interface Built<Facts> {
  folder: string
  facts: Facts
}

interface Stamp<Facts> {
  recipe: unknown
  facts: Facts
}

/**
 * The folder `name` of the cache, built at first use and again whenever its recipe changes. It is built under another
 * name and its stamp `name.json` is written last, so an interrupted build counts for nothing. Two processes may build
 * the same: the first to finish wins, the other uses its work.
 */
export async function step<Facts>(
  name: string,
  recipe: unknown,
  build: (folder: string) => Promise<Facts>,
): Promise<Built<Facts>> {
  const ready = await finished<Facts>(name, recipe)
  if (ready) return ready
  return withWorkFolder(async (work) => {
    const fresh = join(work, 'fresh')
    await mkdir(fresh)
    const facts = await build(fresh)
    const other = await finished<Facts>(name, recipe)
    if (other) return other

    const folder = join(cacheFolder(), name)
    const stampFile = `${folder}.json`
    await mkdir(dirname(folder), {recursive: true})
    await rm(stampFile, {force: true})
    if (existsSync(folder)) await rename(folder, join(work, 'stale'))
    await rename(fresh, folder)
    const stamp: Stamp<Facts> = {recipe, facts}
    await writeFile(join(work, 'stamp'), JSON.stringify(stamp, null, 2))
    await rename(join(work, 'stamp'), stampFile)
    return {folder, facts}
  })
}

/** The folder `name`, if it is finished and follows this recipe. */
export async function finished<Facts>(name: string, recipe: unknown): Promise<Built<Facts> | undefined> {
  const folder = join(cacheFolder(), name)
  const text = await readFile(`${folder}.json`, 'utf8').catch(() => undefined)
  if (text === undefined || !existsSync(folder)) return undefined
  const stamp = JSON.parse(text) as Stamp<Facts>
  return JSON.stringify(stamp.recipe) === JSON.stringify(recipe) ? {folder, facts: stamp.facts} : undefined
}

/** Lends a folder on the cache's own file system (so that results can be renamed into place), and removes it after. */
export async function withWorkFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(cacheFolder(), 'work')
  await mkdir(parent, {recursive: true})
  await sweep(parent)
  const folder = await mkdtemp(join(parent, `${process.pid}-`))
  try {
    return await use(folder)
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

/** Removes what killed processes left. */
async function sweep(parent: string): Promise<void> {
  const isAlive = (name: string) => existsSync(`/proc/${name.split('-', 1).join('')}`)
  const left = (await readdir(parent)).filter((name) => !isAlive(name))
  await Promise.all(left.map((name) => rm(join(parent, name), {recursive: true, force: true})))
}
