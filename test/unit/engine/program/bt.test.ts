import assert from 'node:assert/strict'
import fc from 'fast-check'
import {BugError} from '#src/engine/errors.js'
import {all, any, Bt, bt, type Hole, list, lit} from '#src/engine/program/bt.js'
import {hostileText} from '../../../support/hostile.js'
import {tokens} from '../../../support/tokens.js'

const bug = {name: 'BugError', exitCode: 70}

describe('bt', () => {
  const text = (piece: Bt): string => piece.toString()

  it('takes integers, pieces and lists of pieces', () => {
    assert.equal(
      text(bt`a == ${1} && b == ${-2} && c == ${2n ** 64n - 1n}`),
      `a == 1 && b == -2 && c == ${2n ** 64n - 1n}`,
    )
    assert.equal(text(bt`f(${bt`x`}, ${lit('y')})`), 'f(x, "y")')
    assert.equal(text(bt`${[bt`a;`, false, undefined, bt`b;`]}`), 'a;\nb;')
  })

  it('leaves a hole empty for false and undefined', () => {
    assert.equal(text(bt`a${false}b${undefined}c`), 'abc')
  })

  it('refuses everything else', () => {
    for (const hole of [
      'text',
      '1',
      true,
      null,
      1.5,
      NaN,
      Infinity,
      2 ** 53,
      {},
      Symbol('x'),
      () => 1,
      ['a'],
    ])
      assert.throws(() => bt`a ${hole as Hole}`, bug, typeof hole)
  })

  it('cannot be made by hand', () => {
    assert.throws(() => Bt.make(Symbol('bt'), 'exit()'), bug)
    assert.throws(() => bt`${Object.create(Bt.prototype) as Bt}`)
  })

  it('keeps backslashes as they are written', () => {
    assert.equal(text(bt`printf("a\n\"")`), 'printf("a\\n\\"")')
  })

  it('takes away the indentation, and lines that a hole left empty', () => {
    assert.equal(
      text(bt`
        if (x) {
          ${false}
          y;

        }
        ${undefined}`),
      'if (x) {\n  y;\n}',
    )
  })

  it('indents a piece of several lines as the line it stands on', () => {
    const body = bt`
      a;
      if (b) {
        c;
      }`
    assert.equal(
      text(bt`
        unroll(3) {
          ${body}
          d;
        }`),
      'unroll(3) {\n  a;\n  if (b) {\n    c;\n  }\n  d;\n}',
    )
  })

  it('knows when there is nothing in it', () => {
    assert.equal(bt``.isEmpty, true)
    assert.equal(bt` ${false} `.isEmpty, true)
    assert.equal(bt`a`.isEmpty, false)
  })
})

describe('lit', () => {
  it('writes everything outside printable ASCII in octal', () => {
    assert.equal(
      lit('a "b" \\ \'c\' \n\t\x01\x7f é').toString(),
      '"a \\"b\\" \\\\ \'c\' \\012\\011\\001\\177 \\303\\251"',
    )
    assert.equal(lit('').toString(), '""')
    // A hexadecimal escape would go on into the digits that follow.
    assert.equal(lit('\x01f').toString(), '"\\001f"')
    assert.equal(lit('\x017').toString(), '"\\0017"')
  })

  it('refuses NUL, which would end the text early', () => {
    assert.throws(() => lit('a\0b'), bug)
  })

  it('is one token with exactly the bytes of the text', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (one, other) => {
        const [before, after] = [one, other].map((text) => text.replaceAll('\0', ''))
        const bytes = (text = ''): string => Buffer.from(text).toString('latin1')
        assert.deepEqual(tokens(bt`${lit(before ?? '')} ${lit(after ?? '')}`.toString()), [
          {kind: 'string', text: '""', bytes: bytes(before)},
          {kind: 'string', text: '""', bytes: bytes(after)},
        ])
        assert.match(lit(before ?? '').toString(), /^[ -~]+$/)
      }),
      {numRuns: 500},
    )
  })
})

describe('all and any', () => {
  it('join conditions, and leave out those that are not there', () => {
    assert.equal(all([bt`a`, false, undefined, bt``, bt`b`]).toString(), 'a && b')
    assert.equal(any([bt`a`, bt`b`]).toString(), 'a || b')
    assert.equal(all([bt`a`]).toString(), 'a')
    assert.equal(all([]).isEmpty, true)
    assert.equal(any([false, undefined]).isEmpty, true)
  })

  it('put joined conditions in parentheses where they are not alone', () => {
    assert.equal(all([any([bt`a`, bt`b`]), bt`c`]).toString(), '(a || b) && c')
    assert.equal(any([all([bt`a`, bt`b`]), bt`c`]).toString(), '(a && b) || c')
    assert.equal(all([any([bt`a`, bt`b`])]).toString(), 'a || b')
  })

  it('do not take the text of a literal for a condition', () => {
    assert.equal(all([bt`f(${lit('a||b')})`, bt`g(${lit('"&&')})`]).toString(), 'f("a||b") && g("\\"&&")')
  })
})

describe('list', () => {
  it('joins with commas', () => {
    assert.equal(list([bt`a`, bt`${1}`, lit(',')]).toString(), 'a, 1, ","')
    assert.equal(list([]).isEmpty, true)
  })
})

describe('BugError', () => {
  it('is what a wrong hole throws', () => {
    assert.throws(() => bt`${'x' as unknown as Hole}`, BugError)
  })
})
