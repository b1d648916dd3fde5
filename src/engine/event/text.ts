/**
 * Text as the kernel gave it. Nearly always valid UTF-8 and whole, and then a plain string;
 * otherwise an `OddText`, which keeps the bytes.
 */
export type Text = string | OddText

/**
 * The characters that must not reach a terminal as they are, as the inside of a set in a regular expression: control
 * characters (C0, DEL, C1), line and paragraph separators, marks that are invisible or turn the direction of text.
 */
export const hazardous = String.raw`\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff`

const strict = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

/** Text that is not valid UTF-8, or that was cut because the kernel side has room for so many bytes only. */
export class OddText {
  constructor(
    readonly bytes: Buffer,
    readonly cut: boolean,
  ) {}

  /**
   * Readable: bytes that are not UTF-8 as `\xNN`.
   * @param escape what to do to the stretches that are UTF-8
   */
  readable(escape = (text: string): string => text): string {
    return decodeLoosely(this.bytes, escape)
  }

  get isUtf8(): boolean {
    return decodeStrictly(this.bytes) !== undefined
  }
}

/** A list of texts that may go on: `more` when the kernel side left out the rest of it. */
export class TextList {
  constructor(
    readonly items: readonly Text[],
    readonly more: boolean,
  ) {}
}

/** Any text as a string; bytes that are not UTF-8 as `\xNN`. */
export function readable(text: Text): string {
  return typeof text === 'string' ? text : text.readable()
}

/**
 * The text of some bytes.
 * @param room bytes the kernel side has for it, the end included. A text that fills it may have been cut; one
 *   byte is given up to tell, so that the mark appears exactly when something is missing.
 */
export function textFrom(bytes: Buffer, room = Infinity): Text {
  if (bytes.length >= room - 1) return new OddText(wholeCharacters(bytes.subarray(0, room - 2)), true)
  return decodeStrictly(bytes) ?? new OddText(bytes, false)
}

/** The same for a string known to be ASCII, the common case on the hot path. */
export function textFromAscii(text: string, room: number): Text {
  return text.length < room - 1 ? text : textFrom(Buffer.from(text, 'latin1'), room)
}

/** The first bytes of a text, marked as cut if there were more. */
export function shorten(text: Text, bytes: number): Text {
  const whole = typeof text === 'string' ? Buffer.from(text) : text.bytes
  return whole.length <= bytes ? text : new OddText(wholeCharacters(whole.subarray(0, bytes)), true)
}

function decodeStrictly(bytes: Buffer): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/** Drops a character at the end of which only the first bytes are there. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) break
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return size > back ? bytes.subarray(0, bytes.length - back) : bytes
    }
  }
  return bytes
}

function decodeLoosely(bytes: Buffer, escape: (text: string) => string): string {
  const whole = decodeStrictly(bytes)
  if (whole !== undefined) return escape(whole)
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const size = [1, 2, 3, 4].find((length) => decodeStrictly(bytes.subarray(at, at + length)) !== undefined)
    if (size === undefined) text += `\\x${bytes.toString('hex', at, at + 1)}`
    else text += escape(bytes.toString('utf8', at, at + size))
    at += size ?? 1
  }
  return text
}
