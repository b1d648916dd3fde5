import assert from 'node:assert/strict'
import {bt} from '#src/engine/program/bt.js'
import {emitMessage, notSelf, programText, sentMap} from '#src/engine/program/generate.js'

describe('emitMessage', () => {
  it('counts the message and sends a tuple', () => {
    const text = emitMessage(3, [bt`nsecs`, bt`str($p)`]).toString()
    assert.equal(text, '@sent = count();\nprint((3, nsecs, str($p)));')
    assert.ok(text.includes(sentMap))
  })
})

describe('notSelf', () => {
  it('leaves out both processes, by parameter', () => {
    assert.equal(notSelf.toString(), 'pid != $1 && pid != $3')
  })
})

describe('programText', () => {
  const clauses = [
    {probes: ['kprobe:a', 'kprobe:b'], body: bt`x;`},
    {probes: ['kprobe:c'], body: bt`y;`},
  ]

  it('puts an empty line between clauses', () => {
    assert.equal(programText(clauses), 'kprobe:a,\nkprobe:b\n{\n\tx;\n}\n\nkprobe:c\n{\n\ty;\n}\n')
  })

  it('has one BEGIN, first, and one END, last', () => {
    const begin = {probes: ['BEGIN'], body: bt`a;`}
    const end = {probes: ['END'], body: bt`z;`}
    assert.equal(
      programText([end, clauses[1] ?? end, begin, {...end, body: bt`y;`}, {...begin, body: bt`b;`}]),
      'BEGIN\n{\n\ta;\n\tb;\n}\n\nkprobe:c\n{\n\ty;\n}\n\nEND\n{\n\tz;\n\ty;\n}\n',
    )
  })

  it('leaves out probes that are not there, and clauses without any', () => {
    assert.equal(
      programText(clauses, (probe) => probe === 'kprobe:b'),
      'kprobe:b\n{\n\tx;\n}\n',
    )
    assert.equal(
      programText(clauses, () => false),
      '',
    )
  })
})
