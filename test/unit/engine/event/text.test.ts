import assert from 'node:assert/strict'
import fc from 'fast-check'
import {OddText, readable, textFrom, textFromAscii} from '#src/engine/event/text.js'
import {hostileBytes} from '../../../support/hostile.js'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const odd = (text: string, cut: boolean): OddText => new OddText(latin1(text), cut)

describe('textFrom', () => {
  it('gives valid UTF-8 as a string', () => {
    for (const text of ['', 'a', 'é', '日本', '😀', '\ufeffa', '\uffff', '\n\x01'])
      assert.equal(textFrom(Buffer.from(text)), text)
  })

  it('keeps the bytes of everything else', () => {
    // Latin-1, a character that ends early, one that is too long, half of a surrogate pair, too high a number.
    for (const text of ['\xe9', 'a\xc3', '\xc0\x80', '\xed\xa0\x80', '\xf5\x80\x80\x80'])
      assert.deepEqual(textFrom(latin1(text)), odd(text, false))
  })

  it('says that a text was cut exactly when it may have been', () => {
    // Room for 8: 7 bytes and the end. A text of 7 was cut, or it just fits; so 6 are shown.
    assert.equal(textFrom(latin1('abcdef'), 8), 'abcdef')
    assert.deepEqual(textFrom(latin1('abcdefg'), 8), odd('abcdef', true))
    assert.deepEqual(textFrom(latin1('abcdefgh'), 8), odd('abcdef', true))
  })

  it('does not cut a character in two', () => {
    const cases = [
      ['abcd\xc3\xa9', 'abcd\xc3\xa9'], // ends with the room
      ['abcde\xc3', 'abcde'],
      ['abc\xe2\x82\xac', 'abc\xe2\x82\xac'],
      ['abcd\xe2\x82', 'abcd'],
      ['abcde\xe2', 'abcde'],
      ['ab\xf0\x9f\x98\x80', 'ab\xf0\x9f\x98\x80'],
      ['abc\xf0\x9f\x98', 'abc'],
      ['abcd\xf0\x9f', 'abcd'],
      ['abcde\xf0', 'abcde'],
      ['ab\x80\x80\x80\x80', 'ab\x80\x80\x80\x80'], // no character at all
    ]
    for (const [given = '', kept = ''] of cases)
      assert.deepEqual(textFrom(latin1(`${given}x`), 8), odd(kept, true), JSON.stringify(given))
  })

  it('cuts nothing without a room', () => {
    assert.equal(textFrom(latin1('a'.repeat(5000))), 'a'.repeat(5000))
  })

  it('loses no byte, and cuts valid text to valid text', () => {
    fc.assert(
      fc.property(hostileBytes, fc.integer({min: 8, max: 64}), (bytes, room) => {
        const whole = textFrom(bytes)
        assert.deepEqual(typeof whole === 'string' ? Buffer.from(whole) : whole.bytes, bytes)
        const text = textFrom(bytes, room)
        if (bytes.length < room - 1) assert.deepEqual(text, whole)
        else {
          assert.ok(text instanceof OddText && text.cut)
          assert.ok(text.bytes.length >= room - 5 && text.bytes.length <= room - 2)
          assert.deepEqual(text.bytes, bytes.subarray(0, text.bytes.length))
          if (typeof whole === 'string') assert.ok(text.isUtf8)
        }
      }),
    )
  })
})

describe('textFromAscii', () => {
  it('is the same for ASCII', () => {
    for (const text of ['', 'abcdef', 'abcdefg', 'abcdefgh'])
      assert.deepEqual(textFromAscii(text, 8), textFrom(latin1(text), 8))
  })
})

describe('readable', () => {
  it('shows bytes that are not UTF-8 as hexadecimal, and all others as they are', () => {
    assert.equal(readable('a\\é'), 'a\\é')
    assert.equal(readable(odd('a\xe9b\xc3\xa9\xff', false)), 'a\\xe9bé\\xff')
    assert.equal(readable(odd('\xf0\x9f\x98\x80\xf0\x9f\x98', false)), '😀\\xf0\\x9f\\x98')
    assert.equal(readable(odd('abc', true)), 'abc')
  })

  it('escapes the stretches that are UTF-8 as it is told', () => {
    assert.equal(
      odd('a\xe9\\', false).readable((text) => `<${text}>`),
      '<a>\\xe9<\\>',
    )
  })

  it('knows whether there are other bytes', () => {
    assert.equal(odd('a', true).isUtf8, true)
    assert.equal(odd('a\xff', true).isUtf8, false)
  })
})
