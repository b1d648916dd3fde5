import type {Value} from '../event/row.js'
import {hazardous, OddText, TextList} from '../event/text.js'

/** The backslash, too, because the escapes begin with it. */
const unsafe = new RegExp(`[${hazardous}\\\\]`, 'g')
const short: Record<string, string> = {'\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\'}

/** Text on one line and without effect on a terminal: `\n`, `\t`, `\r`, `\xNN`, `\u{NNNN}`. */
export function escapeText(text: string): string {
  return text.replace(unsafe, (char) => {
    const code = char.charCodeAt(0)
    return short[char] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`)
  })
}

/** A value as a table or CSV cell shows it. */
export function cellText(value: Value): string {
  if (typeof value === 'string') return escapeText(value)
  if (value === null) return '-'
  if (value instanceof OddText) return value.readable(escapeText) + (value.cut ? '...' : '')
  if (value instanceof TextList) return cellText(value.items) + (value.more ? ' ...' : '')
  if (typeof value === 'object') return value.map(cellText).join(' ')
  return value.toString()
}

/** 1 for each printable character of ASCII but those in `special`. */
export function plainBytes(special: string): Uint8Array {
  return Uint8Array.from({length: 256}, (_, byte) =>
    byte >= 0x20 && byte < 0x7f && !special.includes(String.fromCharCode(byte)) ? 1 : 0,
  )
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
