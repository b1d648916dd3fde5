import type {CommandView, FlagView} from '../help/command.js'
import {type Answer, type Candidate, isCandidates} from './answer.js'
import {installedPlugins, readCommands} from './commands.js'
import type {Suggestion} from './suggestion.js'

/** A command line up to the word that is being typed. */
interface Typed {
  readonly command: CommandView
  /** The values of flags by long name; empty for one without. */
  readonly given: ReadonlyMap<string, string>
  readonly positional: number
  /** The flag whose value comes next. */
  readonly awaited: string | undefined
}

/** What the words of a line that is being typed, `tstrace` left out, can go on with. The last word may be empty. */
export async function complete(words: readonly string[]): Promise<Answer> {
  const commands = await readCommands()
  const current = words.at(-1) ?? ''
  const end = words.indexOf('--')
  if (end !== -1 && end < words.length - 1) return {commandAt: end + 2}

  const name = commandAmong(words.slice(0, -1), commands)
  const command = name === undefined ? undefined : commands.get(name)
  const depth = name?.split(' ').length ?? 0
  const next = nextWords(words.slice(0, -1), commands)
  if (command === undefined || (depth === words.length - 1 && next.length > 0 && !current.startsWith('-')))
    return beginning(next, current)

  const typed = read(command, words.slice(depth, -1))
  if (typed.awaited !== undefined) return valueOf(typed, typed.awaited, current, commands)
  const [, flag, value] = /^--([\w-]+)=(.*)$/s.exec(current) ?? []
  if (flag !== undefined) {
    const answer = await valueOf(typed, flag, value ?? '', commands)
    return isCandidates(answer) ? answer.map((each) => ({...each, word: `--${flag}=${each.word}`})) : answer
  }
  if (current.startsWith('-')) return flagsOf(typed, current)
  const argument = Object.values(command.args ?? {})[typed.positional]
  return argument === undefined ? [] : valueOf(typed, argument.name, current, commands)
}

function beginning(candidates: readonly Candidate[], current: string): Candidate[] {
  return candidates.filter(({word}) => word.startsWith(current))
}

/** The command that the first words name: the longest, as `plugins install`. */
function commandAmong(
  words: readonly string[],
  commands: ReadonlyMap<string, CommandView>,
): string | undefined {
  const names = words.map((_, index) => words.slice(0, index + 1).join(' '))
  return names.findLast((name) => commands.has(name))
}

/** The words that go on to a command. */
function nextWords(words: readonly string[], commands: ReadonlyMap<string, CommandView>): Candidate[] {
  const begin = words.map((word) => `${word} `).join('')
  const found = new Map<string, Candidate>()
  for (const [name, {summary, description}] of commands) {
    if (!name.startsWith(begin)) continue
    const [word = '', ...more] = name.slice(begin.length).split(' ')
    const text = (summary ?? description)?.split('\n')[0]?.replaceAll('<%= config.bin %>', 'tstrace')
    if (more.length === 0 || !found.has(word))
      found.set(word, {word, text: more.length === 0 ? text : undefined})
  }
  return [...found.values()].sort((a, b) => (a.word < b.word ? -1 : 1))
}

/** Reads the flags and arguments before the word that is being typed, as oclif's parser would. */
function read(command: CommandView, words: readonly string[]): Typed {
  const flags = Object.entries(command.flags ?? {})
  const given = new Map<string, string>()
  let positional = 0
  let awaited: string | undefined
  for (const word of words) {
    if (awaited !== undefined) {
      given.set(awaited, word)
      awaited = undefined
      continue
    }
    const [, long, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? []
    const letters = /^-[^-]/.test(word) ? word.slice(1) : ''
    if (long === undefined && letters === '') positional++
    if (long !== undefined) {
      if (value === undefined && takesValue(command.flags?.[long])) awaited = long
      else given.set(long, value ?? '')
    }
    // As in -xTp181: the first letter that takes a value takes the rest.
    for (let at = 0; at < letters.length; at++) {
      const [name, flag] = flags.find(([, {char}]) => char === letters[at]) ?? []
      if (name === undefined) break
      const rest = letters.slice(at + 1)
      if (!takesValue(flag)) given.set(name, '')
      else if (rest === '') awaited = name
      else given.set(name, rest.replace(/^=/, ''))
      if (takesValue(flag)) break
    }
  }
  return {command, given, positional, awaited}
}

function takesValue(flag: FlagView | undefined): boolean {
  return flag?.type === 'option'
}

/** The flags that can still be given; by letter, too, after a single hyphen. */
function flagsOf({command, given}: Typed, current: string): Candidate[] {
  const open = Object.entries(command.flags ?? {}).filter(
    ([name, {hidden, multiple}]) => hidden !== true && (multiple === true || !given.has(name)),
  )
  const letters = current === '-' ? open.filter(([, {char}]) => char !== undefined) : []
  return beginning(
    [
      ...letters.map(([, {char, description}]) => ({word: `-${char}`, text: description})),
      ...open.map(([name, {description}]) => ({word: `--${name}`, text: description})),
      {word: '--help', text: 'Show what it does and its flags.'},
    ],
    current,
  )
}

/** The values of a flag, or of an argument. */
async function valueOf(
  {command, given}: Typed,
  name: string,
  current: string,
  commands: ReadonlyMap<string, CommandView>,
): Promise<Answer> {
  const suggestion = suggestionFor(command, name)
  if (suggestion === undefined) {
    // Those of oclif's plugins do not say what they take.
    return command.tstrace === undefined && command.completes === undefined ? 'files' : []
  }
  const {from, commas} = suggestion
  if (from === 'file') return 'files'
  // In a list, what stands before the last comma stays.
  const start = commas === true ? current.lastIndexOf(',') + 1 : 0
  const before = current.slice(0, start)
  const chosen = before.split(',')
  const candidates = await lookUp(from, current.slice(start), {command, given, commands})
  return candidates
    .filter(({word}) => start === 0 || !chosen.includes(word))
    .map((each) => ({...each, word: before + each.word}))
}

function suggestionFor(command: CommandView, name: string): Suggestion | undefined {
  const own = command.tstrace?.completes ?? command.completes
  if (own?.[name] !== undefined) return own[name]
  if (command.id === 'help') return {from: 'command'}
  if (/^plugins:(inspect|uninstall)$/.test(command.id) && name === 'plugin') return {from: 'plugin'}
  const options = command.flags?.[name]?.options
  return options === undefined ? undefined : {from: options}
}

async function lookUp(
  from: Exclude<Suggestion['from'], 'file'>,
  current: string,
  {command, given, commands}: Pick<Typed, 'command' | 'given'> & {commands: ReadonlyMap<string, CommandView>},
): Promise<readonly Candidate[]> {
  if (typeof from !== 'string')
    return beginning(
      from.map((word) => ({word})),
      current,
    )
  switch (from) {
    case 'command':
      return beginning(nextWords([], commands), current)
    case 'tool':
      return beginning(
        nextWords([], commands).filter(({word}) => commands.get(word)?.tstrace !== undefined),
        current,
      )
    case 'plugin':
      return beginning(
        installedPlugins().map((word) => ({word})),
        current,
      )
    case 'source':
      return beginning(
        (command.tstrace?.sources ?? []).map(([word, text]) => ({word, text})),
        current,
      )
    case 'column':
      return beginning(
        (command.tstrace?.columns ?? []).map(([word, text]) => ({word, text})),
        current,
      )
    case 'pattern':
    case 'specifier': {
      const {probeNames} = await import('./probes.js')
      return probeNames(current, {
        pid: Number(given.get('pid')) || undefined,
        isSpecifier: from === 'specifier',
        isRegexp: given.has('regexp'),
      })
    }
    case 'cgroup':
    case 'cpu':
    case 'name':
    case 'pid':
    case 'signal':
    case 'tid':
    case 'user': {
      const {valuesOf} = await import('./values.js')
      return beginning(valuesOf(from, current, given), current)
    }
  }
}
