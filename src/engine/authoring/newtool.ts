import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {UsageError} from '../errors.js'

/** Where a new tool goes: the repository of tstrace, a plugin that is there, or a folder that becomes one. */
export interface Place {
  readonly kind: 'repository' | 'plugin' | 'empty'
  readonly folder: string
}

interface Template {
  /** Below `templates`, without `.txt`. */
  readonly from: string
  readonly to: string
}

const inEvery = (name: string): Template[] => [
  {from: 'tool.ts', to: `src/commands/${name}.ts`},
  {from: 'page.8.md', to: `man/${name}.8.md`},
]
const inPlugin = (name: string): Template[] => [
  {from: 'plugin/test.js', to: `test/${name}.test.js`},
  {from: 'plugin/program.bt', to: `test/${name}.bt`},
]
const inEmpty: readonly Template[] = [
  {from: 'plugin/package.json', to: 'package.json'},
  {from: 'plugin/tsconfig.json', to: 'tsconfig.json'},
  {from: 'plugin/gitignore', to: '.gitignore'},
]

/** Finds out where a tool made in `folder` belongs. @throws UsageError for a folder that is none of these */
export function placeOf(folder: string): Place {
  if (readdirSync(folder).every((entry) => entry === '.git')) return {kind: 'empty', folder}
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'package.json')
    if (existsSync(file)) {
      const {name, oclif} = JSON.parse(readFileSync(file, 'utf8')) as {
        name?: string
        oclif?: {commands?: string}
      }
      if (name === 'tstrace' && existsSync(join(at, 'src', 'commands')))
        return {kind: 'repository', folder: at}
      if (oclif?.commands !== undefined) return {kind: 'plugin', folder: at}
      break
    }
    if (dirname(at) === at) break
  }
  throw new UsageError(
    `cannot make a tool in ${folder}: it is neither empty, nor a plugin, nor the repository of tstrace`,
    {
      hint: 'make a folder for the plugin: mkdir tstrace-plugin-NAME && cd tstrace-plugin-NAME',
    },
  )
}

/**
 * Writes the files of a new tool: one that is compiled and linted, and whose tests fail until it does something.
 *
 * @param host the folder of the tstrace that runs
 * @returns the paths of the files, from the folder of the place
 * @throws UsageError for a name that no tool can have, or if one of the files is there
 */
export function writeTool(name: string, {kind, folder}: Place, host: string): string[] {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new UsageError(`'${name}' is no name for a tool (lower-case letters, digits and - between them)`)
  const files = [
    ...(kind === 'empty' ? inEmpty : []),
    ...inEvery(name),
    ...(kind === 'repository'
      ? [{from: 'repository/test.ts', to: `test/runtime/${name}.test.ts`}]
      : inPlugin(name)),
  ]
  const taken = files.find(({to}) => existsSync(join(folder, to)))
  if (taken !== undefined) throw new UsageError(`${join(folder, taken.to)} is there already`)
  const {version} = JSON.parse(readFileSync(join(host, 'package.json'), 'utf8')) as {version: string}
  const values: Readonly<Record<string, string>> = {
    NAME: name,
    PACKAGE: basename(folder).toLowerCase(),
    VERSION: version,
    HOST: `file:${host}`,
    TOOL: kind === 'repository' ? '../tool.js' : 'tstrace/tool',
    DATE: new Date().toISOString().slice(0, 10),
    DIFFERENCES:
      kind === 'repository'
        ? '\n## DIFFERENCES FROM BCC\n\nTODO: BCC has no such tool, or what differs.\n'
        : '',
  }
  for (const {from, to} of files) {
    const text = readFileSync(join(host, 'templates', `${from}.txt`), 'utf8')
    mkdirSync(dirname(join(folder, to)), {recursive: true})
    writeFileSync(
      join(folder, to),
      text.replace(/__([A-Z]+)__/g, (word, key: string) => values[key] ?? word),
    )
  }
  return files.map(({to}) => to)
}
