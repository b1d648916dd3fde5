import assert from 'node:assert/strict'
import {
  baseType,
  common,
  type CType,
  fits,
  sizeOf,
  typedefs,
  typeName,
  wrap,
} from '#src/engine/program/ctype.js'

const type = (name: string) => {
  const found = typedefs[name]
  assert.ok(found, name)
  return found
}

describe('types of C', () => {
  it('of base words in any order', () => {
    for (const [words, name] of [
      ['int', 's32'],
      ['unsigned', 'u32'],
      ['signed', 's32'],
      ['unsigned int', 'u32'],
      ['int unsigned', 'u32'],
      ['char', 's8'],
      ['unsigned char', 'u8'],
      ['signed char', 's8'],
      ['short', 's16'],
      ['unsigned short int', 'u16'],
      ['long', 's64'],
      ['long unsigned int', 'u64'],
      ['long long', 's64'],
      ['unsigned long long int', 'u64'],
    ] as const)
      assert.equal(typeName(baseType(words.split(' ')) ?? type('bool')), name, words)
    for (const words of [
      '',
      'short long',
      'char int',
      'signed unsigned',
      'long long long',
      'int int',
      'char short',
    ])
      assert.equal(baseType(words.split(' ').filter(Boolean)), undefined, words)
  })

  it('by the names every program knows', () => {
    const names = 'u8 s16 u32 s64 uint8_t int32_t size_t ssize_t off_t loff_t pid_t uid_t gid_t bool'
    const meant = 'u8 s16 u32 s64 u8 s32 u64 s64 s64 s64 s32 u32 u32 bool'
    assert.deepEqual(
      names.split(' ').map((name) => typeName(type(name))),
      meant.split(' '),
    )
  })

  it('have names and sizes', () => {
    const pointer: CType = {kind: 'pointer', to: {kind: 'struct', name: 'struct file', id: 1}}
    const array: CType = {kind: 'array', of: type('u16'), length: 3}
    assert.deepEqual([pointer, array].map(typeName), ['struct file *', 'u16[3]'])
    assert.deepEqual(
      [pointer, array, type('bool')].map((each) => sizeOf(each, undefined)),
      [8, 6, 1],
    )
    assert.equal(sizeOf({kind: 'opaque', name: 'void'}, undefined), undefined)
    assert.equal(sizeOf({kind: 'array', of: {kind: 'opaque', name: 'x'}, length: 2}, undefined), undefined)
  })

  it('meet in an operation as in C', () => {
    for (const [a, b, result] of [
      ['s8', 'u16', 's32'],
      ['s32', 'u32', 'u32'],
      ['u32', 's64', 's64'],
      ['s64', 'u64', 'u64'],
      ['bool', 'bool', 's32'],
    ] as const)
      assert.equal(typeName(common(type(a), type(b))), result, `${a} ${b}`)
  })

  it('hold each other', () => {
    const holds = (from: string, to: string): boolean => fits(type(from), type(to))
    assert.ok(holds('u8', 's16') && holds('s8', 's64') && holds('u32', 'u64') && holds('bool', 'u8'))
    assert.ok(!holds('s8', 'u64') && !holds('u16', 's16') && !holds('u64', 's64') && !holds('u8', 'bool'))
  })

  it('cut numbers to their width', () => {
    assert.equal(wrap(300n, type('u8')), 44n)
    assert.equal(wrap(200n, type('s8')), -56n)
    assert.equal(wrap(2n ** 64n + 5n, type('u64')), 5n)
    assert.equal(wrap(5n, type('bool')), 1n)
  })
})
