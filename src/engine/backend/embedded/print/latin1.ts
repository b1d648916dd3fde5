/** Text as the program would write it is kept with a character for each byte, as it need not be UTF-8. */
export function latin1(text: string): string {
  return /[^\x00-\x7f]/.test(text) ? Buffer.from(text).toString('latin1') : text
}

/** What `%r` and the values of maps show of bytes: what is not printable as `\xNN`. */
export function escaped(bytes: string): string {
  return bytes.replace(/[^ -~]/g, hexEscape)
}

/** What `%rx` shows: each byte as `\xNN`. */
export function hexEscaped(bytes: string): string {
  return bytes.replace(/[^]/g, hexEscape)
}

/** What `%rh` shows: two digits for each byte, with spaces between. */
export function hexDigits(bytes: string): string {
  return Array.from(bytes, hex).join(' ')
}

function hexEscape(byte: string): string {
  return `\\x${hex(byte)}`
}

function hex(byte: string): string {
  return byte.charCodeAt(0).toString(16).padStart(2, '0')
}
