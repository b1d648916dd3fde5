import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import fc from 'fast-check'
import {quoted, splitLine} from '#src/engine/complete/line.js'

describe('splitLine', () => {
  const breaks = ' \t\n"\'><=;|&(:'

  it('gives the words as the command would get them, the last one being typed', () => {
    assert.deepEqual(splitLine('a  b\\ c "d e" f\'g\'h ').words, ['a', 'b c', 'd e', 'fgh', ''])
    assert.deepEqual(splitLine('').words, [''])
    assert.deepEqual(splitLine('"a\\"b\\c" \'d\\').words, ['a"b\\c', 'd\\'])
  })

  it('expands nothing', () => {
    assert.deepEqual(splitLine('a $(b) `c` $D *').words, ['a', '$(b)', '`c`', '$D', '*'])
  })

  it('knows the open quote', () => {
    assert.deepEqual(
      [splitLine("a 'b").quote, splitLine('a "b').quote, splitLine("a 'b'").quote],
      ["'", '"', ''],
    )
  })

  it('knows what readline replaces', () => {
    assert.equal(splitLine('x t:sched:sw', breaks).replaced, 'sw')
    assert.equal(splitLine('x t:sched:', breaks).replaced, '')
    assert.equal(splitLine("x 't:sched:sw", breaks).replaced, 't:sched:sw')
    assert.equal(splitLine('x --format=js', breaks).replaced, 'js')
    assert.equal(splitLine('x a\\:b', breaks).replaced, 'a:b')
  })
})

describe('quoted', () => {
  it('gives what a shell reads as the same word, after each quote or none', function () {
    // No shell takes a NUL, and a newline is no part of a candidate.
    const texts = fc.string({unit: 'grapheme-ascii', minLength: 1}).filter((text) => !/[\0\n]/.test(text))
    fc.assert(
      fc.property(texts, fc.constantFrom('', "'", '"'), (text, quote) => {
        const {stdout} = spawnSync('sh', ['-c', `printf %s ${quote}${quoted(text, quote)}${quote}`], {
          encoding: 'utf8',
        })
        return stdout === text
      }),
      {
        numRuns: 60,
        examples: [
          ['$(rm x)\'`a`"\\!', ''],
          ['$(rm x)\'`a`"\\', '"'],
          ["it's $HOME", "'"],
        ],
      },
    )
  })
})
