import assert from 'node:assert/strict'
import {typeName} from '#src/engine/program/ctype.js'
import {fieldValues, type TracepointField} from '#src/engine/program/fields.js'
import {sampleTypes} from '../../../support/kerneltypes.js'

const field = (type: string, more: Partial<TracepointField> = {}): TracepointField => ({
  ...{name: 'x', type, length: undefined, size: 4, offset: 8, signed: true, isElsewhere: false},
  ...more,
})

describe('fieldValues', () => {
  const of = (one: TracepointField, category = 'sched') => {
    const value = fieldValues(category, [one], sampleTypes).get('x')
    assert.ok(value)
    return value
  }
  const name = (one: TracepointField): string => typeName(of(one).type)

  it('knows types of C and of the kernel', () => {
    assert.equal(name(field('int', {size: 8, signed: false})), 's32')
    assert.equal(name(field('unsigned long', {length: 6, size: 48})), 'u64[6]')
    assert.equal(name(field('struct outer *', {size: 8})), 'struct outer *')
    assert.equal(name(field('char', {length: 16, size: 16})), 's8[16]')
    assert.equal(name(field('const char *', {size: 8})), 's8 *')
  })

  it('takes the width of types it does not know', () => {
    assert.equal(name(field('enum odd')), 's32')
    assert.equal(name(field('umode_t', {size: 8, signed: false})), 'u64')
    assert.equal(name(field('blk_t', {length: 2, size: 4, signed: false})), 'u16[2]')
    assert.equal(of(field('struct odd', {size: 12})).type.kind, 'opaque')
  })

  it('knows what is in the memory of a process', () => {
    const user = (category: string): boolean | undefined => {
      const {type} = of(field('const char *', {size: 8}), category)
      return type.kind === 'pointer' ? type.user : undefined
    }
    assert.equal(user('syscalls'), true)
    assert.equal(user('sched'), undefined)
  })

  it('finds texts that are elsewhere, but nothing else', () => {
    assert.equal(of(field('char', {isElsewhere: true})).isElsewhere, true)
    assert.deepEqual(of(field('u8', {isElsewhere: true})), {
      type: {kind: 'opaque', name: 'u8[]'},
      isElsewhere: false,
    })
  })
})
