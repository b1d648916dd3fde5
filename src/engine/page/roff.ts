import {lexer, type Token, type Tokens} from 'marked'

/**
 * A man page in man(7) roff, made from Markdown. A heading of level 2 is a section, of level 3 a subsection;
 * level 1 is for readers of the Markdown and left out. A list item of several paragraphs is a term and its
 * definition. The page's date is the one in its comment `<!-- date: YYYY-MM-DD -->`, so that building it
 * again gives the same bytes.
 *
 * @throws Error for Markdown that has no counterpart here, such as a table
 */
export function markdownToRoff(
  markdown: string,
  {name, section, version}: {name: string; section: number; version: string},
): string {
  const date = /<!-- date: (\d{4}-\d{2}-\d{2}) -->/.exec(markdown)?.[1] ?? ''
  const title = [name.toUpperCase(), section.toString(), date, `tstrace ${version}`, 'tstrace manual']
  // Flags and paths are long words: justified or hyphenated, the text around them looks torn apart.
  const lines = [`.TH ${title.map((word) => argument(prose(word))).join(' ')}`, '.ad l', '.nr HY 0', '.nh']
  let heading = ''
  let before: Token['type'] = 'heading'
  for (const token of lexer(markdown)) {
    if (token.type === 'space' || token.type === 'html') continue
    if (token.type === 'heading') {
      const {depth, text, tokens} = token as Tokens.Heading
      heading = text
      if (depth > 1) lines.push(`${depth === 2 ? '.SH' : '.SS'} ${argument(inline(tokens))}`)
    } else if (token.type === 'code' && heading === 'SYNOPSIS') {
      lines.push('.EX', ...codeLines(token as Tokens.Code).map(usage), '.EE')
    } else {
      // A heading and a list item make their own space.
      if (token.type !== 'list' && before !== 'heading') lines.push(token.type === 'code' ? '.sp' : '.PP')
      lines.push(...block(token))
    }
    before = token.type
  }
  return lines.join('\n') + '\n'
}

/** The lines of a paragraph, of an example or of a list. */
function block(token: Token): string[] {
  switch (token.type) {
    case 'paragraph':
    case 'text':
      return paragraph((token as Tokens.Paragraph).tokens)
    case 'code':
      return [
        '.RS 2',
        '.EX',
        ...codeLines(token as Tokens.Code).map((line) => guard(code(line))),
        '.EE',
        '.RE',
      ]
    case 'list':
      return (token as Tokens.List).items.flatMap(item)
    default:
      throw new Error(`a man page cannot hold this (${token.type}): ${token.raw}`)
  }
}

function item({tokens}: Tokens.ListItem): string[] {
  const [first, ...rest] = tokens.filter(({type}) => type !== 'space')
  if (first === undefined) return []
  const [second, ...more] = rest
  if (second === undefined) return ['.IP \\(bu 2', ...block(first)]
  // Only .sp leaves the indentation of the definition as it is.
  return ['.TP', ...block(first), ...block(second), ...more.flatMap((token) => ['.sp', ...block(token)])]
}

/** One line, because roff would put two spaces after a full stop at the end of a line. */
function paragraph(tokens: readonly Token[] = []): string[] {
  return inline(tokens)
    .split('\n.br\n')
    .flatMap((line, index) => [...(index === 0 ? [] : ['.br']), guard(line.replaceAll('\n', ' ').trim())])
}

function inline(tokens: readonly Token[] = [], font = 'R'): string {
  const inFont = (next: string, text: string): string => `\\f${next}${text}\\f${font}`
  return tokens
    .map((token) => {
      switch (token.type) {
        case 'text':
        case 'escape':
          return prose((token as Tokens.Text).text)
        case 'strong':
          return inFont('B', inline((token as Tokens.Strong).tokens, 'B'))
        case 'em':
          return inFont('I', inline((token as Tokens.Em).tokens, 'I'))
        case 'codespan':
          return inFont('B', code((token as Tokens.Codespan).text))
        case 'br':
          return '\n.br\n'
        default:
          throw new Error(`a man page cannot hold this (${token.type}): ${token.raw}`)
      }
    })
    .join('')
}

/** A line of the synopsis: words in bold, names of values in italics. */
function usage(line: string): string {
  const styled = line.replace(/-*[a-z][\w-]*|-+[A-Za-z]?|[A-Z]+(?:,[A-Z]+)*/g, (word) =>
    /^[A-Z]/.test(word) ? `\\fI${code(word)}\\fR` : `\\fB${code(word)}\\fR`,
  )
  return guard(styled)
}

function codeLines({text}: Tokens.Code): string[] {
  return text.split('\n')
}

/** Text to be copied: every hyphen is a minus, as on the keyboard. */
function code(text: string): string {
  return escape(text.replaceAll('-', minus))
}

/** Text to be read: only the hyphens of flags and of negative numbers are minuses. */
function prose(text: string): string {
  return escape(text.replace(/(?<![\w-])-[\w-]*/g, (word) => word.replaceAll('-', minus)))
}

/** Stands for a minus until the backslashes of the text are escaped; no text has this character. */
const minus = '\u0000'
/** What roff would replace by something prettier, or take for a command. */
const named: Readonly<Record<string, string>> = {
  [minus]: '\\-',
  '\\': '\\e',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
}

function escape(text: string): string {
  return text
    .replace(/[\0\\'`^~]/g, (char) => named[char] ?? char)
    .replace(/[^\0-\x7e]/gu, (char) => `\\[u${hex(char.codePointAt(0) ?? 0)}]`)
}

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0')
}

/** Keeps a line from being taken for a request. */
function guard(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line
}

function argument(text: string): string {
  return `"${text.replaceAll('"', '\\(dq')}"`
}
