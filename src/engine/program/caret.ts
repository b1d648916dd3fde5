/** What a terminal would act on, or not show. */
const invisible = /(?! )[\p{C}\p{Z}]/gu

/** A text on one line, and below it a caret under a character of it: the context of a parser's error. */
export function caretUnder(text: string, column: number): string[] {
  const shown = (part: string): string =>
    part.replace(invisible, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`)
  return [shown(text), `${' '.repeat(Array.from(shown(text.slice(0, column))).length)}^`]
}
