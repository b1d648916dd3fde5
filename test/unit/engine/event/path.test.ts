import assert from 'node:assert/strict'
import {fullPath} from '#src/engine/event/path.js'
import {OddText} from '#src/engine/event/text.js'

const odd = (text: string, cut = false): OddText => new OddText(Buffer.from(text, 'latin1'), cut)

describe('fullPath', () => {
  it('leaves an absolute or empty path alone', () => {
    for (const path of ['/a', '', '/', odd('/\xff'), odd('/a', true)]) {
      assert.equal(fullPath(path, ['x'], 32), path)
      assert.equal(fullPath(path, null, 32), path)
    }
  })

  it('puts the directories before it, the outermost first', () => {
    assert.equal(fullPath('c', ['b', 'a'], 32), '/a/b/c')
    assert.equal(fullPath('c', [], 32), '/c')
    assert.equal(fullPath('../c', ['a'], 32), '/a/../c')
  })

  it('says where it knows no more', () => {
    assert.equal(fullPath('c', ['b', 'a'], 2), '.../a/b/c')
    assert.equal(fullPath('c', null, 32), '.../c')
  })

  it('keeps bytes that are not UTF-8, and says what was cut', () => {
    assert.deepEqual(fullPath(odd('c\xff'), ['b', odd('a\xfe')], 32), odd('/a\xfe/b/c\xff'))
    assert.deepEqual(fullPath(odd('c', true), ['b', 'a'], 32), odd('/a/b/c', true))
    assert.deepEqual(fullPath('c', [odd('b', true), 'a'], 32), odd('/a/b/c', true))
    assert.deepEqual(fullPath('c', [odd('b\xff'), 'a'], 2), odd('.../a/b\xff/c'))
  })

  it('gives a string where all is UTF-8 again', () => {
    assert.equal(fullPath(odd('\xa9'), [], 32) instanceof OddText, true)
    assert.equal(fullPath('é', ['日本'], 32), '/日本/é')
  })
})
