import assert from 'node:assert/strict'
import fc from 'fast-check'
import {commandLine, type Execution, workingDirectory} from '#src/engine/event/commandline.js'
import {OddText, type Text, TextList} from '#src/engine/event/text.js'

const execution = (strings: readonly Text[], more: Partial<Execution> = {}): Execution => ({
  strings,
  more: false,
  directory: workingDirectory,
  guess: 0,
  ...more,
})
const items = (strings: readonly Text[], more: Partial<Execution> = {}): readonly Text[] =>
  commandLine(execution(strings, more)).items

describe('commandLine', () => {
  it('is the file and the arguments', () => {
    assert.deepEqual(commandLine(execution(['/bin/a', 'b', ''])), new TextList(['/bin/a', 'b', ''], false))
    assert.deepEqual(commandLine(execution(['a'], {more: true})), new TextList(['a'], true))
  })

  it('names a file that was told by a descriptor as the kernel does', () => {
    assert.deepEqual(items(['', 'x'], {directory: 3}), ['/dev/fd/3', 'x'])
    assert.deepEqual(items(['a/b'], {directory: 3}), ['/dev/fd/3/a/b'])
    assert.deepEqual(items(['/a'], {directory: 3}), ['/a'])
    assert.deepEqual(items(['a']), ['a'])
    const [odd] = items([new OddText(Buffer.from([0xff]), false)], {directory: 0})
    assert.deepEqual(odd, new OddText(Buffer.from('/dev/fd/0/\xff', 'latin1'), false))
  })

  describe('where it must be guessed', () => {
    it('leaves out what the kernel puts before the arguments of a script', () => {
      assert.deepEqual(items(['/s', '/s', 'x'], {guess: 20}), ['/s', 'x'])
      assert.deepEqual(items(['/s', '-e', '/s', 'x'], {guess: 20}), ['/s', 'x'])
      assert.deepEqual(items(['/a', 'x', 'y', '/a'], {guess: 20}), ['/a', 'x', 'y', '/a'])
      assert.deepEqual(items(['/a'], {guess: 20}), ['/a'])
      const odd = (): OddText => new OddText(Buffer.from([0xff]), false)
      assert.deepEqual(items([odd(), odd(), 'x'], {guess: 20}), [odd(), 'x'])
    })

    it('shows no more than was asked for, and says if there is more', () => {
      const shown = (strings: readonly string[], more: boolean): TextList =>
        commandLine(execution(strings, {guess: 3, more}))
      assert.deepEqual(shown(['/a', 'b', 'c', 'd', 'e'], true), new TextList(['/a', 'b', 'c'], true))
      assert.deepEqual(shown(['/a', 'b', 'c', 'd'], false), new TextList(['/a', 'b', 'c'], true))
      assert.deepEqual(shown(['/a', 'b', 'c'], false), new TextList(['/a', 'b', 'c'], false))
      assert.deepEqual(shown(['/a', '-e', '/a', 'b', 'c'], true), new TextList(['/a', 'b', 'c'], true))
      assert.deepEqual(shown(['/a', '-e', '/a', 'b', 'c'], false), new TextList(['/a', 'b', 'c'], false))
    })

    it('is right for every script and every program that has not its own name as an argument', () => {
      const words = fc.array(fc.string({minLength: 1}).filter((word) => word !== '/file'))
      const before = fc.constantFrom([], ['/file'], ['-e', '/file'])
      fc.assert(
        fc.property(words, before, fc.integer({min: 1, max: 9}), (rest, interpreter, most) => {
          const all = [...interpreter, ...rest]
          const sent = all.slice(0, most + 1)
          const line = commandLine(
            execution(['/file', ...sent], {guess: most, more: sent.length < all.length}),
          )
          assert.deepEqual(line.items, ['/file', ...rest].slice(0, most))
          assert.equal(line.more, rest.length + 1 > most)
        }),
      )
    })
  })
})
