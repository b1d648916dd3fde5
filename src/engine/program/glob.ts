/** Whether a name stands for several. */
export const isGlob = (text: string): boolean => /[*?[]/.test(text)

/**
 * The regular expression of a shell-like glob over the whole text: `*` any run of characters (also `/`),
 * `?` one character, `[a-z]` and `[!a-z]` one of a set; everything else is literal.
 *
 * @throws SyntaxError for a set whose range runs backwards, such as `[z-a]`.
 */
export function globToRegExp(glob: string): RegExp {
  const source = glob.replace(
    /\*+|\?|\[(?:([!^])|(?![!^]))(\][^\]]*|[^\]]+)\]|[\\^$.+()[\]{}|/]/gu,
    (token: string, not: string | undefined, set: string | undefined) => {
      if (token.startsWith('*')) return '[^]*'
      if (token === '?') return '[^]'
      if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]^[]/g, '\\$&')}]`
      return `\\${token}`
    },
  )
  return new RegExp(`^${source}$`, 'u')
}
