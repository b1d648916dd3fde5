import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import fc from 'fast-check'
import {shellQuoted} from '#src/engine/event/quote.js'
import {OddText, TextList, textFrom} from '#src/engine/event/text.js'
import {hostileBytes} from '../../../support/hostile.js'

const quoted = (...items: TextList['items']): string => shellQuoted(new TextList(items, false))

describe('shellQuoted', () => {
  it('puts words in double quotes', () => {
    assert.equal(quoted('/bin/echo', 'a b', '', 'é'), '"/bin/echo" "a b" "" "é"')
    assert.equal(quoted('"', '\\', '$x', '`x`', "'"), '"\\"" "\\\\" "\\$x" "\\`x\\`" "\'"')
  })

  it('writes what must not reach a terminal, and bytes that are not UTF-8, as escapes', () => {
    assert.equal(quoted('a\nb\t\r', "\x1b'\\"), "$'a\\nb\\t\\r' $'\\x1b\\'\\\\'")
    assert.equal(quoted('\u202e', '\u009b'), "$'\\xe2\\x80\\xae' $'\\xc2\\x9b'")
    assert.equal(quoted(textFrom(Buffer.from("é\xff'", 'latin1'))), "$'\\xe9\\xff\\''")
  })

  it('marks what was cut or left out, outside of the quotes', () => {
    assert.equal(quoted(new OddText(Buffer.from('a$'), true), 'b'), '"a\\$"... "b"')
    assert.equal(quoted(new OddText(Buffer.from([0xff]), true)), "$'\\xff'...")
    assert.equal(shellQuoted(new TextList(['a'], true)), '"a" ...')
  })

  it('is read back by bash as the same words', () => {
    // All at once: a process of its own for each would take most of the time.
    const lists = fc.sample(fc.array(hostileBytes, {minLength: 1, maxLength: 200}), 50)
    const lines = lists.map((words) => quoted(...words.map((word) => textFrom(word))))

    for (const line of lines) assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e\ufeff]/)
    const {stdout} = spawnSync('bash', [], {input: lines.map((line) => `printf '%s\\0' ${line}\n`).join('')})
    const read = stdout.toString('latin1').split('\0').slice(0, -1)
    for (const [index, words] of lists.entries())
      assert.deepEqual(
        read.splice(0, words.length),
        words.map((word) => word.toString('latin1')),
        lines[index],
      )
    assert.deepEqual(read, [])
  })
})
