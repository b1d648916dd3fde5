import {baseWords, typedefs} from '../../../program/ctype.js'
import type {TypeName} from './ast.js'
import type {Reader} from './reader.js'

const tags = ['struct', 'union', 'enum']
const qualifiers = ['const', 'volatile']
/** Types of bpftrace that are none of C's. */
const own = new Set([
  'string',
  'buffer',
  'inet',
  'void',
  'min_t',
  'max_t',
  'sum_t',
  'count_t',
  'avg_t',
  'stats_t',
])

/** Whether a word is surely the name of a type. */
export function isTypeWord(text: string): boolean {
  if (/^u?int(8|16|32|64)$/.test(text)) return true
  return (
    tags.includes(text) ||
    baseWords.has(text) ||
    text in typedefs ||
    own.has(text) ||
    qualifiers.includes(text)
  )
}

/** A type such as `struct file *` or `uint8[16]`. */
export function parseTypeName(reader: Reader): TypeName {
  const start = reader.token
  const words: string[] = []
  while (reader.takeWord(...qualifiers));
  if (reader.isWord(...tags)) {
    words.push(reader.expectWord('a type').text, reader.expectWord('the name of a type').text)
  } else {
    words.push(reader.expectWord('a type').text)
    while (words.every((each) => baseWords.has(each)) && reader.isWord(...baseWords))
      words.push(reader.expectWord('a type').text)
    if (words.join(' ') === 'long' && reader.isWord('double')) words.push(reader.expectWord('a type').text)
  }
  while (reader.takeWord(...qualifiers));
  let pointers = 0
  for (; reader.takeSign('*'); pointers++) while (reader.takeWord(...qualifiers));
  return {
    words,
    pointers,
    lengths: parseLengths(reader, () => takeNumber(reader)),
    place: reader.since(start),
  }
}

/** `[4][8]`, the outer first; undefined for `[]`. @param one reads what stands between the brackets */
export function parseLengths<T>(reader: Reader, one: () => T): (T | undefined)[] {
  const lengths: (T | undefined)[] = []
  while (reader.takeSign('[')) {
    lengths.push(reader.isSign(']') ? undefined : one())
    reader.expectSign(']')
  }
  return lengths
}

function takeNumber(reader: Reader): number | undefined {
  const {token} = reader
  if (token.kind !== 'number') return undefined
  reader.next()
  return Number(token.value)
}

/**
 * Whether a type in parentheses comes next, as of a cast: a name that is surely a type, one with a star and a closing
 * parenthesis behind it, or one that a value follows without an operator.
 */
export function isCast(reader: Reader): boolean {
  if (!reader.isSign('(')) return false
  const at = reader.token.from
  try {
    reader.next()
    const {token} = reader
    if (token.kind !== 'word') return false
    if (isTypeWord(token.text)) return true
    parseTypeName(reader)
    const starred = reader.text.slice(token.to, reader.token.from).includes('*')
    if (!reader.takeSign(')')) return false
    if (starred) return true
    return ['word', 'variable', 'positional', 'map', 'number'].includes(reader.token.kind)
  } catch {
    return false
  } finally {
    reader.seek(at)
  }
}
