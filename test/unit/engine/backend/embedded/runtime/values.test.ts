import assert from 'node:assert/strict'
import type {Shape} from '#src/engine/backend/embedded/object.js'
import {printer} from '#src/engine/backend/embedded/print/printer.js'
import {type ValueContext, valueReader} from '#src/engine/backend/embedded/runtime/values.js'
import {OddText} from '#src/engine/event/text.js'
import {int, memory, type Packed, text, tuple} from '../../../../../support/bytes.js'
import {printContext} from '../../../../../support/names.js'

const context: ValueContext = {room: 16, printer: (shape) => printer(shape, printContext())}
const read = (shape: Shape, ...parts: Packed[]): unknown =>
  valueReader(shape, context)(memory(...parts), 0, 0)

describe('values of records', () => {
  it('are numbers of their width and sign', () => {
    assert.equal(read(int(1), [200, 1]), -56)
    assert.equal(read(int(1, false), [200, 1]), 200)
    assert.equal(read(int(2), [-3, 2]), -3)
    assert.equal(read(int(4), [-5, 4]), -5)
    assert.equal(read(int(4, false), [-5, 4]), 4294967291)
    assert.equal(read(int(8), [-5, 8]), -5)
    assert.equal(read(int(8), [-(2n ** 53n), 8]), -(2 ** 53))
    assert.equal(read({kind: 'int', bytes: 1, signed: false, bool: true}, [1, 1]), true)
  })

  it('are digits where a double does not hold the number', () => {
    assert.equal(read(int(8), [2n ** 53n + 1n, 8]), '9007199254740993')
    assert.equal(read(int(8), [-(2n ** 53n) - 1n, 8]), '-9007199254740993')
    assert.equal(read(int(8, false), [2n ** 64n - 1n, 8]), '18446744073709551615')
    assert.equal(read({kind: 'pointer'}, [2n ** 64n - 1n, 8]), '18446744073709551615')
    assert.equal(read(int(8), [2n ** 53n - 1n, 8]), 2 ** 53 - 1)
  })

  it('are texts that end at their first NUL or with their room', () => {
    assert.equal(read(text(8), ['abc\0xyz', 8]), 'abc')
    assert.equal(read(text(3), ['abc', 3]), 'abc')
    assert.equal(read(text(8), ['', 8]), '')
    assert.equal(read(text(8), ['\xc3\xa9', 8]), 'é')
  })

  it('are marked where they are not UTF-8, or may have been cut', () => {
    assert.deepEqual(read(text(8), ['a\xe9', 8]), new OddText(Buffer.from('a\xe9', 'latin1'), false))
    assert.deepEqual(
      read(text(16), ['0123456789abcde', 16]),
      new OddText(Buffer.from('0123456789abcd'), true),
    )
    assert.equal(read(text(16), ['0123456789abcd', 16]), '0123456789abcd')
  })

  it('are elsewhere in the record, counted from its beginning', () => {
    const bytes = memory(['......', 6], [16, 4], [3, 4], ['..', 2], [0, 4], ['abcdef', 6])
    assert.equal(valueReader({kind: 'elsewhere', of: 'text'}, context)(bytes, 6, 4), 'abc')
  })

  it('are the same text again when the bytes are', () => {
    const reader = valueReader(text(8), context)
    const bytes = memory(
      ['one', 8],
      ['one', 8],
      ['ones', 8],
      ['on', 8],
      ['', 8],
      ['o\xe9', 8],
      ['o\xe9', 8],
      ['one', 8],
    )
    const texts = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => reader(bytes, index * 8, 0))
    const odd = new OddText(Buffer.from('o\xe9', 'latin1'), false)
    assert.deepEqual(texts, ['one', 'one', 'ones', 'on', '', odd, odd, 'one'])
  })

  it('are lists for tuples and arrays', () => {
    assert.deepEqual(
      read(tuple([int(4), 4], [text(4), 4], [tuple([int(8), 8]), 8]), [1, 4], ['ab', 4], [3, 8]),
      [1, 'ab', [3]],
    )
    assert.deepEqual(read({kind: 'array', of: int(2), length: 3}, [1, 2], [2, 2], [-3, 2]), [1, 2, -3])
  })

  it('are what would be printed, for all that has no value of its own', () => {
    assert.equal(read({kind: 'symbol', of: 'kernel'}, [0xffffffff81000010n, 8]), 'vfs_read')
    assert.equal(read({kind: 'address'}, [2, 4], [0x0100007f, 16]), '127.0.0.1')
    assert.equal(read({kind: 'buffer', bytes: 12}, [3, 4], ['a\x01\xff', 8]), 'a\\x01\\xff')
    assert.equal(read({kind: 'choice', texts: ['BEGIN', 'END']}, [1, 4]), 'END')
  })
})
