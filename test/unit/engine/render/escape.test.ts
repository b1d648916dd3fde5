import assert from 'node:assert/strict'
import fc from 'fast-check'
import {OddText, TextList, textFrom} from '#src/engine/event/text.js'
import {cellText, escapeText} from '#src/engine/render/escape.js'
import {hostileBytes} from '../../../support/hostile.js'

describe('escapeText', () => {
  it('escapes every control character, C0, DEL and C1', () => {
    const escapes = new Map([
      [9, '\\t'],
      [10, '\\n'],
      [13, '\\r'],
    ])
    const codes = [...Array(0x20).keys(), ...Array.from({length: 0x21}, (_, index) => 0x7f + index)]
    for (const code of codes) {
      const hex = `\\x${code.toString(16).padStart(2, '0')}`
      assert.equal(escapeText(`a${String.fromCharCode(code)}b`), `a${escapes.get(code) ?? hex}b`)
    }
  })

  it('escapes what is invisible, ends a line or turns the direction', () => {
    const codes = [0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff]
    for (const code of codes)
      assert.equal(escapeText(String.fromCodePoint(code)), `\\u{${code.toString(16).padStart(4, '0')}}`)
  })

  it('doubles the backslash', () => {
    assert.equal(escapeText('a\\nb\\'), 'a\\\\nb\\\\')
  })

  it('leaves everything else', () => {
    for (const text of ['', 'a b~', 'é€', '日本', '😀', 'q"u\'o`te', '\u00a0\u3000', '%s'])
      assert.equal(escapeText(text), text)
  })
})

describe('cellText', () => {
  it('shows values of every kind', () => {
    const values = [1, -1, 2n ** 64n, true, 'a\nb', null, ['O_RDWR', 'x\ty'], []]
    assert.deepEqual(values.map(cellText), [
      '1',
      '-1',
      '18446744073709551616',
      'true',
      'a\\nb',
      '-',
      'O_RDWR x\\ty',
      '',
    ])
  })

  it('shows a list of texts side by side, and that it goes on', () => {
    const list = ['/bin/a', 'b\nc', '', new OddText(Buffer.from('long'), true), 'd']
    assert.equal(cellText(new TextList(list, false)), '/bin/a b\\nc  long... d')
    assert.equal(cellText(new TextList(list, true)), '/bin/a b\\nc  long... d ...')
  })

  it('shows odd bytes as hexadecimal and a cut as three dots', () => {
    const cell = (text: string, cut: boolean): string =>
      cellText(new OddText(Buffer.from(text, 'latin1'), cut))
    assert.equal(cell('a\xe9\n\\', false), 'a\\xe9\\n\\\\')
    assert.equal(cell('abc\x1b', true), 'abc\\x1b...')
    assert.equal(cell('\xc2\x9b2J\xff', false), '\\x9b2J\\xff')
  })

  it('tells any two texts apart', () => {
    fc.assert(
      fc.property(hostileBytes, hostileBytes, (one, other) => {
        fc.pre(!one.equals(other))
        assert.notEqual(cellText(textFrom(one)), cellText(textFrom(other)))
      }),
    )
  })
})
