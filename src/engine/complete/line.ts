/** The open quote at the end of a line, `''` for none. */
export type Quote = '' | "'" | '"'

export interface Line {
  /** As the command would get them; the last is the one being typed, perhaps empty. */
  readonly words: readonly string[]
  /** Where the last word stands in an open quote. */
  readonly quote: Quote
  /** How much of the end of the last word readline would replace: what follows the last character that breaks words. */
  readonly replaced: string
}

/**
 * The words of a command line as a shell reads them, without anything being expanded.
 * @param breaks the characters at which readline breaks words (COMP_WORDBREAKS), where it does
 */
export function splitLine(line: string, breaks = ''): Line {
  const words: string[] = []
  let word: string | undefined
  let quote: Quote = ''
  let replaced = ''
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at)
    if (quote === "'" || quote === '"') {
      if (char === quote) quote = ''
      else {
        const isEscape = quote === '"' && char === '\\' && '"\\$`'.includes(line.charAt(at + 1) || ' ')
        const added = isEscape ? line.charAt(++at) : char
        word = `${word ?? ''}${added}`
        replaced += added
      }
    } else if (char === "'" || char === '"') {
      quote = char
      word ??= ''
      // The part after an opening quote is what readline takes for the word.
      replaced = ''
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
      replaced = ''
    } else {
      const added = char === '\\' ? line.charAt(++at) : char
      word = (word ?? '') + added
      replaced = char !== '\\' && breaks.includes(char) ? '' : replaced + added
    }
  }
  return {words: [...words, word ?? ''], quote, replaced}
}

/** A word as it has to be typed after an open quote, or without any. */
export function quoted(word: string, quote: Quote): string {
  if (quote === "'") return word.replaceAll("'", `'\\''`)
  if (quote === '"') return word.replace(/["\\$`]/g, '\\$&')
  return word.replace(/[^\w@%+=:,./^-]/gu, '\\$&')
}
