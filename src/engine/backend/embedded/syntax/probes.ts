import {Mistake} from '../mistake.js'
import type {ProbeName} from './ast.js'
import {Lexer} from './lexer.js'

/** Kinds of probes whose first word is a path, in which a slash begins no predicate. */
const withPath = new Set([
  'uprobe',
  'u',
  'uretprobe',
  'ur',
  'usdt',
  'U',
  'watchpoint',
  'w',
  'asyncwatchpoint',
  'aw',
])

/** The probes of a clause, with commas between them, and where what follows them begins. */
export function parseProbes(text: string, from: number): {probes: ProbeName[]; end: number} {
  const lexer = new Lexer(text)
  const probes: ProbeName[] = []
  for (let at = lexer.skip(from); ;) {
    const probe = parseProbe(text, at)
    probes.push(probe)
    at = lexer.skip(probe.place.to)
    if (text[at] !== ',') return {probes, end: at}
    at = lexer.skip(at + 1)
    // A comma behind the last is no mistake.
    if (text[at] === '{' || text[at] === '/') return {probes, end: at}
  }
}

function parseProbe(text: string, from: number): ProbeName {
  if (text[from] === '}') throw new Mistake('there is a } without its {', {from, to: from + 1})
  const words: string[] = []
  let word = ''
  let at = from
  const isEnd = (character: string | undefined): boolean => {
    if (character === undefined || /[\s,{]/.test(character)) return true
    // A path goes from the first colon to the second.
    const inPath = words.length === 1 && withPath.has(words[0] ?? '')
    return character === '/' && !inPath
  }
  while (!isEnd(text[at])) {
    if (text[at] === ':') {
      words.push(word)
      word = ''
      at++
    } else if (text[at] === '"') {
      const quoted = new Lexer(text).token(at)
      word += quoted.kind === 'text' ? quoted.value.toString() : ''
      at = quoted.to
    } else {
      word += text[at] ?? ''
      at++
    }
  }
  if (at === from)
    throw new Mistake(
      text[at] === undefined ? 'expected a probe, but the program ends here' : 'expected a probe',
      {from, to: from + 1},
    )
  words.push(word)
  return {text: text.slice(from, at), words, place: {from, to: at}}
}
