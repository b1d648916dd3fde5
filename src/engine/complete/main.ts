import type {Answer, Candidate} from './answer.js'
import {isPresentable} from './answer.js'
import {complete} from './complete.js'
import {type Line, quoted, splitLine} from './line.js'

/** The types of completion of readline (COMP_TYPE) that list candidates for people and put none on the line. */
const listing = ['63', '33', '64']

/**
 * Answers a TAB: what `bin/run.js __complete SHELL ...` prints. The first line says what the shell is to do; the
 * others are candidates, with what they are behind a tab for shells that show it.
 *
 * @param argv the shell; then for bash the line, the cursor, what breaks words and the type of completion, for others
 *   the words after `tstrace` up to the cursor
 */
export async function answerShell([shell, ...rest]: readonly string[]): Promise<string> {
  if (shell !== 'bash') return others(rest)
  const [text = '', point = '', breaks = '', type = ''] = rest
  const line = splitLine(text.slice(0, Number(point) || undefined), breaks)
  return forBash(line, await complete(line.words.slice(1)), listing.includes(type))
}

async function others(words: readonly string[]): Promise<string> {
  // fish gives the word being typed as it stands on the line.
  const typed = [...words.slice(0, -1), splitLine(words.at(-1) ?? '').words.at(-1) ?? '']
  const answer = await complete(typed)
  if (answer === 'files') return 'files\n'
  if ('commandAt' in answer) return `command ${answer.commandAt}\n`
  const lines = presentable(answer).map(({word, text}) => (text === undefined ? word : `${word}\t${text}`))
  return [heading(answer), ...lines, ''].join('\n')
}

/** Readline knows words only, puts them on the line as they are, and replaces but the end of what was typed. */
function forBash({words, quote, replaced}: Line, answer: Answer, isListing: boolean): string {
  if (answer === 'files') return 'files\n'
  if ('commandAt' in answer) return 'command\n'
  const typed = words.at(-1) ?? ''
  const kept = typed.length - replaced.length
  const found = presentable(answer)
  const lines = found.map(({word, text}) => {
    const shown = isListing && found.length > 1 && text !== undefined ? `  (${text})` : ''
    return quoted(word.slice(kept), quote) + shown
  })
  return [heading(answer), ...lines, ''].join('\n')
}

function heading(candidates: readonly Candidate[]): string {
  return candidates.some(({open}) => open === true) ? 'nospace' : 'words'
}

function presentable(candidates: readonly Candidate[]): Candidate[] {
  const first = new Map(candidates.toReversed().map((each) => [each.word, each]))
  return candidates
    .filter((each) => isPresentable(each.word) && first.get(each.word) === each)
    .map(({text, ...rest}) => ({...rest, text: text?.replace(/[\x00-\x1f\x7f]+/g, ' ')}))
}
