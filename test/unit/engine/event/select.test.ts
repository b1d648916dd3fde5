import assert from 'node:assert/strict'
import {columnsWithout, headerOf, jsonColumns, parseColumns, select} from '#src/engine/event/select.js'
import {sampleColumns} from '../../../support/sample.js'

describe('select', () => {
  it('sends what is shown, in the order of the declaration', () => {
    assert.deepEqual(select(sampleColumns, ['path', 'pid', 'path']), {
      shown: ['path', 'pid', 'path'],
      sent: ['pid', 'path'],
      computedForKeep: [],
      computed: [],
    })
  })

  it('follows computed columns down to what they are made from', () => {
    assert.deepEqual(select(sampleColumns, ['quadruple', 'full']), {
      shown: ['quadruple', 'full'],
      sent: ['size', 'dirs', 'path'],
      computedForKeep: [],
      computed: ['double', 'quadruple', 'full'],
    })
  })

  it('computes what the filter reads first, and once', () => {
    assert.deepEqual(select(sampleColumns, ['quadruple', 'pid'], ['double']), {
      shown: ['quadruple', 'pid'],
      sent: ['pid', 'size'],
      computedForKeep: ['double'],
      computed: ['quadruple'],
    })
  })

  it('sends what the filter reads, also when nobody shows it', () => {
    assert.deepEqual(select(sampleColumns, ['pid'], ['path']).sent, ['pid', 'path'])
  })
})

describe('parseColumns', () => {
  it('knows names and headers, in any case, with spaces around', () => {
    assert.deepEqual(parseColumns(sampleColumns, 'pid, BYTES ,Comm,SIZE,pid'), [
      'pid',
      'size',
      'comm',
      'size',
      'pid',
    ])
  })

  it('prefers a name to a header', () => {
    assert.deepEqual(parseColumns(sampleColumns, 'PATH,full'), ['path', 'full'])
  })

  it('refuses what is no column, what is internal, and nothing', () => {
    const names = 'pid, size, comm, path, double, quadruple, full'
    for (const [value, word] of [
      ['pid,nope', 'nope'],
      ['dirs', 'dirs'],
      ['', ''],
      ['pid,', ''],
      ['pid comm', 'pid comm'],
      ['__proto__', '__proto__'],
      ['constructor', 'constructor'],
    ] as const) {
      assert.throws(() => parseColumns(sampleColumns, value), {
        name: 'UsageError',
        exitCode: 2,
        message: `--columns: there is no column '${word}' (there are ${names})`,
      })
    }
  })
})

describe('headerOf', () => {
  it('is the name in capitals where there is no other', () => {
    assert.equal(headerOf('comm', sampleColumns.comm), 'COMM')
    assert.equal(headerOf('size', sampleColumns.size), 'BYTES')
  })
})

describe('columnsWithout', () => {
  it('leaves columns out, and keeps the order of the others', () => {
    const others = Object.keys(sampleColumns).filter((name) => name !== 'pid')
    assert.deepEqual(Object.keys(columnsWithout(sampleColumns, ['pid'])), others)
    assert.deepEqual(columnsWithout(sampleColumns, []), sampleColumns)
  })
})

describe('jsonColumns', () => {
  it('adds what a program wants, in the order of the declaration', () => {
    assert.deepEqual(jsonColumns(sampleColumns, ['path', 'pid']), ['pid', 'size', 'path'])
  })
})
