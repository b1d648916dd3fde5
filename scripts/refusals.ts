import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {root} from './root.js'

/** The document with the list of what the embedded engine refuses, from the root. */
export const refusalsPath = join('docs', 'embedded-engine.md')

const engine = join(root, 'src', 'engine', 'backend', 'embedded')
/** The list goes from here to the end of its section. */
const begin = 'Not there are (`npm run pages` writes this list from the sources):\n'

/** What stands in a message where the source has this; `...` for all else. */
const words: Readonly<Record<string, string>> = {
  'map.name': '@map',
  kind: 'kprobe',
  number: 'N',
}

const groups: readonly (readonly [title: string, belongs: (refusal: Refusal) => boolean])[] = [
  ['With an older kernel', ({what}) => / before Linux /.test(what)],
  ['Of the text', ({file}) => file.startsWith('syntax/')],
  ['Of probes', ({file}) => file.startsWith('probes/')],
  ['Functions', ({what}) => /^\w+\(\)$/.test(what)],
  ['Of values', () => true],
]

/** Something that the engine does not have: in its own words, and the file that says so. */
export interface Refusal {
  readonly file: string
  readonly what: string
}

/** All that the sources refuse as `unsupported(...)`. @throws Error for one that is not told by a text */
export function refusals(): Refusal[] {
  const files = readdirSync(engine, {recursive: true, encoding: 'utf8'}).filter((file) =>
    file.endsWith('.ts'),
  )
  return files.sort().flatMap((file) => {
    const source = readFileSync(join(engine, file), 'utf8')
    return [...source.matchAll(/throw unsupported\(\s*/g)].flatMap(({index, 0: call}) => {
      const text = /^(?:'[^'\n]*'|`[^`]*`)/.exec(source.slice(index + call.length))?.[0]
      if (text === undefined) throw new Error(`${file} refuses something that is not told by a text`)
      return told(text.slice(1, -1), source).map((what) => ({file, what}))
    })
  })
}

/** What a text of the source says; it is several where names that are not there yet stand in its hole. */
function told(text: string, source: string): string[] {
  const holes = [...text.matchAll(/\$\{((?:[^{}]|\{[^{}]*\})*)\}/g)].map(([, code = '']) => code)
  const [only = ''] = holes
  const names = /^(?:call\.name|word|name)$/.test(only) && holes.length === 1 ? notYet(source) : []
  const filled = (by: (code: string) => string): string =>
    text
      .replace(/\$\{((?:[^{}]|\{[^{}]*\})*)\}/g, (_, code: string) => by(code))
      .replace(/,$/, '')
      .trim()
  if (names.length > 0 && !/ of /.test(text.replace(/^a probe of/, '')))
    return names.map((name) => filled(() => name))
  return [filled((code) => words[code] ?? '...')]
}

/** The names in `notYet` of a source. */
function notYet(source: string): string[] {
  const set = /^(?:export )?const notYet = new Set\(\[([^]*?)\]\)$/m.exec(source)?.[1] ?? ''
  return [...set.matchAll(/'(\w+)'/g)].map(([, name = '']) => name)
}

/** The document with its list brought up to date. @throws Error if there is no place for it */
export function withRefusals(document: string): string {
  const at = document.indexOf(begin)
  if (at < 0) throw new Error(`${refusalsPath} has no line "${begin.trim()}"`)
  const rest = refusals()
  const lists = groups.map(([title, belongs]) => {
    const own = rest.filter(belongs)
    for (const each of own) rest.splice(rest.indexOf(each), 1)
    const all = [...new Set(own.map(({what}) => what))].sort()
    return `- ${title}: ${all.map(shown).join('; ')}.\n`
  })
  const next = document.indexOf('\n## ', at)
  return `${document.slice(0, at)}${begin}\n${lists.join('')}${next < 0 ? '' : document.slice(next)}`
}

const shown = (what: string): string =>
  /^\w+\(.*\)$|^#(?!include)/.test(what) ? `\`${what}\`` : what.replace(/(@map|\w+\(\)|^#include)/g, '`$1`')

if (process.argv[1] === import.meta.filename) {
  const path = join(root, refusalsPath)
  writeFileSync(path, withRefusals(readFileSync(path, 'utf8')))
}
