/** What a terminal is wide at least; no line of a help is longer. */
export const helpWidth = 80

const indent = '  '

/** The lines of a text of at most `width` columns each; a longer word stands alone. Empty lines stay. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines = ['']
    for (const word of paragraph.trim().split(/\s+/)) {
      const line = lines.at(-1) ?? ''
      if (line === '') lines[lines.length - 1] = word
      else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
      else lines.push(word)
    }
    return lines
  })
}

/** A heading and its lines, indented; undefined when there is nothing to say. */
export function section(heading: string, lines: readonly string[]): string | undefined {
  if (lines.length === 0) return undefined
  return [heading, ...lines.map((line) => (line === '' ? '' : indent + line))].join('\n')
}

/** The lines of a text in a section. */
export function prose(text: string): string[] {
  return wrap(text, helpWidth - indent.length)
}

/** The lines of terms and what they mean beside them, in a section. @param room columns for the terms, if several lists share it */
export function terms(rows: readonly (readonly [string, string])[], room = widest(rows)): string[] {
  const left = room + 2
  return rows.flatMap(([term, text]) => {
    const [first = '', ...rest] = wrap(text, helpWidth - indent.length - left)
    return [term.padEnd(left) + first, ...rest.map((line) => ' '.repeat(left) + line)].map((line) =>
      line.trimEnd(),
    )
  })
}

/** The width of the longest term. */
export function widest(rows: readonly (readonly [string, string])[]): number {
  return Math.max(0, ...rows.map(([term]) => term.length))
}

/** Sections with an empty line between them. */
export function page(sections: readonly (string | undefined)[]): string {
  return sections.filter((each) => each !== undefined).join('\n\n') + '\n'
}
