import assert from 'node:assert/strict'
import fc from 'fast-check'
import {UsageError} from '#src/engine/errors.js'
import {lex} from '#src/engine/program/lexer.js'
import {hostileText} from '../../../support/hostile.js'
import {refuses} from '../../../support/slip.js'

const texts = (source: string): string[] => lex(source).map(({text}) => text)
const only = (source: string) => lex(source)[0]

describe('lex', () => {
  it('splits as C does', () => {
    assert.deepEqual(texts('a->b.c[1]<<=2>>3>=4'), [
      ...['a', '->', 'b', '.', 'c', '[', '1', ']', '<<', '=', '2', '>>', '3', '>=', '4', ''],
    ])
    assert.deepEqual(texts(' $retval\t&&!x ||y?:z,~... '), [
      ...['$retval', '&&', '!', 'x', '||', 'y', '?', ':', 'z', ',', '~', '...', ''],
    ])
  })

  it('knows where each token is', () => {
    assert.deepEqual(lex('ab + 12', 3), [
      {kind: 'sign', text: '+', from: 3, to: 4},
      {kind: 'number', text: '12', value: 12n, suffix: '', from: 5, to: 7},
      {kind: 'end', text: '', from: 7, to: 7},
    ])
  })

  it('ends at a # outside of quotes', () => {
    assert.deepEqual(texts('a#b "'), ['a', ''])
    assert.deepEqual(lex('"#" # x').at(-1), {kind: 'end', text: '', from: 4, to: 4})
    assert.deepEqual(texts("'#'"), ["'#'", ''])
  })

  it('reads integers of every base', () => {
    for (const [source, value] of [
      ['0', 0n],
      ['10', 10n],
      ['010', 8n],
      ['0x1F', 31n],
      ['0XffULL', 255n],
      ['0b101', 5n],
      ['18446744073709551615', 2n ** 64n - 1n],
      ['42ul', 42n],
      ['42Lu', 42n],
    ] as const) {
      const token = only(source)
      assert.ok(token?.kind === 'number', source)
      assert.equal(token.value, value, source)
    }
    assert.deepEqual(
      ['1u', '1L', '1uLL', '1LLu'].map((source) => {
        const token = only(source)
        return token?.kind === 'number' && token.suffix
      }),
      ['u', 'l', 'ull', 'llu'],
    )
  })

  it('reads characters and texts with the escapes of C', () => {
    for (const [source, value] of [
      ["'a'", 97n],
      ["'\\n'", 10n],
      ["'\\0'", 0n],
      ["'\\x41'", 65n],
      ["'\\101'", 65n],
      ["'\\''", 39n],
      ["'\\xff'", -1n],
      ["'\"'", 34n],
    ] as const) {
      const token = only(source)
      assert.ok(token?.kind === 'char', source)
      assert.equal(token.value, value, source)
    }
    for (const [source, value] of [
      ['""', ''],
      ['"a:b#c,d)"', 'a:b#c,d)'],
      ['"\\"\\\\\\t"', '"\\\t'],
      ['"\\303\\251"', 'é'],
      ['"é"', 'é'],
    ] as const) {
      const token = only(source)
      assert.ok(token?.kind === 'string', source)
      assert.equal(token.value, value, source)
    }
  })

  it('refuses what is no token, and marks it', () => {
    for (const [source, marked, message, hint] of [
      ['a + 1.5', '1.5', /not an integer/, /floating/],
      ['1e5', '1e5', /not an integer/, /floating/],
      ['.5', '.5', /not an integer/, /floating/],
      ['2 + 12ab', '12ab', /not an integer/, /decimal/],
      ['08', '08', /not an integer/, /octal/],
      ['0x', '0x', /not an integer/, /0x/],
      ['1ulu', '1ulu', /not an integer/, /UL/],
      ['18446744073709551616', '18446744073709551616', /64 bits/, /18446744073709551615/],
      ["x == 'ab'", "'ab'", /one byte/, /double quotes/],
      ["''", "''", /one byte/, /'\\0'/],
      ["'é'", "'é'", /one byte/, /double quotes/],
      ['"\\q"', '"\\q"', /escape/, /\\\\/],
      ['"\\777"', '"\\777"', /escape/, /\\\\/],
      ['"\\xff"', '"\\xff"', /UTF-8/, undefined],
      ['"a\\0b"', '"a\\0b"', /NUL/, undefined],
      ['STRCMP("a', '"', /not closed/, /"/],
      ["'a", "'", /not closed/, /'/],
      ['@x', '@', /no place/, /maps/],
      ['a `', '`', /no place/, undefined],
      ['a {', '{', /no place/, undefined],
      ['a \\', '\\', /no place/, undefined],
      ['a 😀 b', '😀', /no place/, undefined],
    ] as const) {
      refuses(() => lex(source), {message, marked, ...(hint && {hint})})
    }
  })

  it('gives tokens of the text or says no, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(hostileText, {maxLength: 5}), (parts) => {
        const source = parts.join('')
        try {
          for (const {text, from, to} of lex(source)) assert.equal(text, source.slice(from, to))
        } catch (error) {
          if (!(error instanceof UsageError)) throw error
        }
      }),
    )
  })
})
