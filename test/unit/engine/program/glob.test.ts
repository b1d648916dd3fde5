import assert from 'node:assert/strict'
import fc from 'fast-check'
import {globToRegExp} from '#src/engine/program/glob.js'

describe('globToRegExp', () => {
  const cases: [glob: string, matching: string[], others: string[]][] = [
    ['*.conf', ['a.conf', '.conf', '/etc/a/b.conf', 'a\n.conf'], ['a.config', 'aconf', '']],
    ['/etc/?', ['/etc/a', '/etc/é', '/etc/😀', '/etc//'], ['/etc/', '/etc/ab']],
    ['[a-c]x', ['ax', 'bx', 'cx'], ['dx', 'Ax', '-x', 'x']],
    ['[!a-c]x', ['dx', '-x', '\nx'], ['ax', 'x']],
    ['[^a]', ['b', '^'], ['a', '']],
    ['[]a]', [']', 'a'], ['b', '[', ']a']],
    ['[!]a]', ['b', '!'], [']', 'a']],
    ['[a-]', ['a', '-'], ['b']],
    ['[\\d]', ['\\', 'd'], ['1']],
    ['[[:x]', ['[', ':', 'x'], ['a']],
    ['a.b+c(d)|{e}$^\\', ['a.b+c(d)|{e}$^\\'], ['axb+c(d)|{e}$^\\', 'a.bbc(d)|{e}$^\\']],
    ['[abc', ['[abc'], ['a']],
    ['[]', ['[]'], ['', '[', ']', 'a']],
    ['[!]', ['[!]'], ['', 'a', '!']],
    ['a**b', ['ab', 'axxb'], ['a']],
    ['', [''], ['a']],
  ]
  for (const [glob, matching, others] of cases) {
    it(JSON.stringify(glob), () => {
      const pattern = globToRegExp(glob)
      assert.deepEqual(
        matching.filter((text) => !pattern.test(text)),
        [],
      )
      assert.deepEqual(
        others.filter((text) => pattern.test(text)),
        [],
      )
    })
  }

  it('refuses a range that runs backwards', () => {
    assert.throws(() => globToRegExp('[z-a]'), SyntaxError)
  })

  it('matches as a naive matcher does', () => {
    const letters = fc.constantFrom(
      'a',
      'b',
      'c',
      '-',
      '!',
      '^',
      ']',
      '[',
      '*',
      '?',
      '\\',
      '.',
      '/',
      '\n',
      'é',
      '😀',
    )
    const word = fc.array(letters, {maxLength: 7}).map((parts) => parts.join(''))
    fc.assert(
      fc.property(word, word, (glob, text) => {
        let pattern: RegExp
        try {
          pattern = globToRegExp(glob)
        } catch (error) {
          assert.ok(error instanceof SyntaxError)
          assert.ok(
            parse(glob).some((part) => Array.isArray(part.ranges) && part.ranges.some(([a, b]) => a > b)),
          )
          return
        }
        assert.equal(pattern.test(text), matches(parse(glob), Array.from(text)), `${glob} on ${text}`)
      }),
      {numRuns: 3000},
    )
  })
})

interface Part {
  /** Any run of characters, or one character. */
  readonly many: boolean
  /** What the character may be; any if not given. */
  readonly ranges?: readonly (readonly [number, number])[]
  readonly not?: boolean
}

/** Reads a glob by hand, character by character. */
function parse(glob: string): Part[] {
  const chars = Array.from(glob)
  const parts: Part[] = []
  const code = (char = ''): number => char.codePointAt(0) ?? -1
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]
    if (char === '*') parts.push({many: true})
    else if (char === '?') parts.push({many: false})
    else {
      const not = chars[at + 1] === '!' || chars[at + 1] === '^'
      const first = at + (not ? 2 : 1)
      // A bracket right at the start of a set belongs to it.
      const end = char === '[' ? chars.indexOf(']', first + 1) : -1
      if (end === -1) parts.push({many: false, ranges: [[code(char), code(char)]]})
      else {
        const ranges: [number, number][] = []
        for (let i = first; i < end; i++) {
          const isRange = chars[i + 1] === '-' && i + 2 < end
          ranges.push([code(chars[i]), code(chars[isRange ? i + 2 : i])])
          if (isRange) i += 2
        }
        parts.push({many: false, ranges, not})
        at = end
      }
    }
  }
  return parts
}

function matches([part, ...parts]: readonly Part[], chars: readonly string[]): boolean {
  if (part === undefined) return chars.length === 0
  if (part.many)
    return matches(parts, chars) || (chars.length > 0 && matches([part, ...parts], chars.slice(1)))
  const [char, ...rest] = chars
  if (char === undefined) return false
  const code = char.codePointAt(0) ?? -1
  const among = part.ranges?.some(([from, to]) => from <= code && code <= to) ?? true
  return among !== (part.not ?? false) && matches(parts, rest)
}
