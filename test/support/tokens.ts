/** A token of a bpftrace program. */
export interface Token {
  readonly kind: 'string' | 'number' | 'word' | 'sign'
  /** The text of a word or sign, the digits of a number. */
  readonly text: string
  /** The bytes a string literal stands for, one character each. */
  readonly bytes?: string
}

const forms = [
  {kind: undefined, form: /\s+/y},
  {kind: 'string', form: /"(?:[^"\\\n]|\\[^])*"/y},
  {kind: 'number', form: /\d+/y},
  {kind: 'word', form: /[@$]?[A-Za-z_]\w*|\$\d+/y},
  {kind: 'sign', form: /&&|\|\||[=!<>]=|[-+*/%=<>!&|^~?:;,.(){}[\]]/y},
] as const

/** The tokens of a program. @throws Error for a comment, an open string, and whatever has no place in a program */
export function tokens(program: string): Token[] {
  const found: Token[] = []
  for (let at = 0; at < program.length;) {
    if (/^\/[/*]/.test(program.slice(at))) throw new Error(`a comment begins at ${at} in ${program}`)
    const match = forms
      .map(({kind, form}) => ({kind, text: matchAt(form, program, at)}))
      .find(({text}) => text !== undefined)
    if (match?.text === undefined) throw new Error(`no token at ${at} in ${program}`)
    at += match.text.length
    if (match.kind === 'string') found.push({kind: 'string', text: '""', bytes: unescaped(match.text)})
    else if (match.kind !== undefined) found.push({kind: match.kind, text: match.text})
  }
  return found
}

function matchAt(form: RegExp, text: string, at: number): string | undefined {
  form.lastIndex = at
  return form.exec(text)?.[0]
}

/** What bpftrace reads in a literal: its escapes are `\n`, `\t`, `\r`, `\"`, `\\`, octal and `\x`. */
function unescaped(literal: string): string {
  return literal.slice(1, -1).replace(/\\([0-7]{1,3}|[^])/g, (_, escape: string) => {
    if (/^[0-7]/.test(escape)) return String.fromCharCode(parseInt(escape, 8))
    if (escape === '"' || escape === '\\') return escape
    throw new Error(`bpftrace does not know the escape \\${escape}`)
  })
}
