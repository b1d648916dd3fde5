import {hazardous, OddText, type Text, type TextList} from './text.js'

/**
 * A command line that a shell reads back as the same words: each in double quotes, or as `$'...'` where it holds what
 * must not reach a terminal or is not UTF-8. What was cut or left out is marked by `...` outside of the quotes.
 */
export function shellQuoted({items, more}: TextList): string {
  return items.map(quoted).join(' ') + (more ? ' ...' : '')
}

const unsafe = new RegExp(`[${hazardous}]`)

function quoted(text: Text): string {
  if (typeof text !== 'string')
    return (text.isUtf8 ? quoted(text.readable()) : ansi(text)) + (text.cut ? '...' : '')
  return unsafe.test(text)
    ? ansi(new OddText(Buffer.from(text), false))
    : `"${text.replace(/["\\$`]/g, '\\$&')}"`
}

const short: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  "'": "\\'",
  '\\': '\\\\',
}

/** Bytes rather than code points, so that it does not depend on the shell's locale. */
function ansi(text: OddText): string {
  const escaped = text.readable((part) =>
    part.replace(/['\\]|[^]/gu, (char) => {
      if (short[char] !== undefined) return short[char]
      if (!unsafe.test(char)) return char
      return [...Buffer.from(char)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
    }),
  )
  return `$'${escaped}'`
}
