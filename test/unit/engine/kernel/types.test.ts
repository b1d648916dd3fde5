import assert from 'node:assert/strict'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {kernelTypes} from '#src/engine/kernel/types.js'
import {type CType, sizeOf, typeName} from '#src/engine/program/ctype.js'
import {skipWithout} from '../../../support/skip.js'
import {temporaryFolder} from '../../../support/temporary.js'

type Words = readonly (number | string)[]

/** A BTF file of types written as their 32-bit words; texts become places in the string table. */
function btfOf(types: readonly Words[]): Buffer {
  const names = [
    '',
    ...new Set(types.flat().filter((word): word is string => typeof word === 'string' && word !== '')),
  ]
  const strings = Buffer.from(names.map((name) => `${name}\0`).join(''))
  const body = Buffer.concat(
    types.flat().map((word) => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32LE(typeof word === 'number' ? word >>> 0 : strings.indexOf(`${word}\0`))
      return bytes
    }),
  )
  const header = Buffer.alloc(24)
  header.writeUInt16LE(0xeb9f, 0)
  header.writeUInt8(1, 2)
  header.writeUInt32LE(24, 4)
  header.writeUInt32LE(body.length, 12)
  header.writeUInt32LE(body.length, 16)
  header.writeUInt32LE(strings.length, 20)
  return Buffer.concat([header, body, strings])
}

const head = (kind: number, members = 0, flag = 0): number => flag * 2 ** 31 + kind * 2 ** 24 + members
const signed = 2 ** 24
const boolean = 4 * 2 ** 24

/** Ids begin with 1. */
const types: readonly Words[] = [
  ['int', head(1), 4, signed + 32], // 1
  ['char', head(1), 1, 8], // 2
  ['_Bool', head(1), 1, boolean + 8], // 3
  ['node', head(4, 4, 1), 32, 'value', 1, 0, 'next', 5, 64, 'bits', 1, 3 * 2 ** 24 + 35, '', 7, 128], // 4 struct node
  ['', head(2), 6], // 5 pointer
  ['', head(10), 4], // 6 const struct node
  ['', head(5, 2), 16, 'name', 8, 0, 'flag', 3, 0], // 7 unnamed union
  ['', head(3), 0, 2, 1, 16], // 8 char[16]
  ['count_t', head(8), 10], // 9 typedef
  ['', head(9), 1], // 10 volatile int
  ['color', head(6, 1), 4, 'red', 0], // 11 enum
  ['user', head(18), 4], // 12 type tag
  ['', head(2), 12], // 13 pointer to user memory
  ['holder', head(4, 2), 16, 'mine', 13, 0, 'call', 16, 64], // 14
  ['', head(13, 1), 9, '', 1], // 15 prototype: count_t (int)
  ['', head(2), 15], // 16 pointer to function
  ['work', head(12, 1), 15], // 17 function
  ['node', head(7), 0], // 18 forward of the same name
  ['wide', head(19, 1, 1), 8, 'most', 0, 0], // 19 signed 64-bit enum
  ['odd', head(16), 8], // 20 float
  ['loop', head(8), 21], // 21 typedef of itself
]

describe('kernelTypes', () => {
  const folder = temporaryFolder()
  const path = join(folder.path, 'btf')
  after(folder.remove)
  writeFileSync(path, btfOf(types))
  const known = kernelTypes(path)
  const named = (name: string): CType => {
    const type = known?.named(name)
    assert.ok(type, name)
    return type
  }
  const fieldsOf = (name: string) => {
    const type = named(name)
    assert.ok(type.kind === 'struct' && known)
    return known.fields(type)
  }

  it('finds types by name and tag', () => {
    assert.equal(typeName(named('struct node')), 'struct node')
    assert.equal(typeName(named('count_t')), 's32')
    assert.equal(typeName(named('enum color')), 'u32')
    assert.equal(typeName(named('enum wide')), 's64')
    for (const name of ['node', 'union node', 'struct count_t', 'struct nod', 'struct ', 'int', '', 'odd'])
      assert.equal(known?.named(name), undefined, name)
  })

  it('knows members, also those of unnamed ones, and bit fields', () => {
    const fields = fieldsOf('struct node')
    assert.deepEqual([...fields.keys()], ['value', 'next', 'bits', 'name', 'flag'])
    const of = (name: string) => fields.get(name)
    assert.deepEqual(
      [...fields.values()].map(({offset}) => offset),
      [0, 8, 4, 16, 16],
    )
    assert.deepEqual(of('bits')?.bitField, {offset: 3, size: 3})
    assert.equal(of('value')?.bitField, undefined)
    assert.deepEqual(
      [...fields.values()].map(({type}) => typeName(type)),
      ['s32', 'struct node *', 's32', 'u8[16]', 'bool'],
    )
    assert.equal(sizeOf(named('struct node'), known), 32)
  })

  it('follows pointers only as far as somebody asks', () => {
    let type: CType | undefined = fieldsOf('struct node').get('next')?.type
    for (let n = 0; n < 100; n++) {
      assert.ok(type?.kind === 'pointer' && type.to.kind === 'struct' && known)
      type = known.fields(type.to).get('next')?.type
    }
    assert.equal(typeName(named('loop')), 'void')
  })

  it('knows what points to memory of a process, and what to functions', () => {
    const mine = fieldsOf('struct holder').get('mine')?.type
    assert.ok(mine?.kind === 'pointer' && mine.user)
    assert.equal(typeName(mine), 'struct node *')
    const call = fieldsOf('struct holder').get('call')?.type
    assert.equal(call?.kind === 'pointer' && call.to.kind, 'opaque')
  })

  it('knows what functions return', () => {
    const returned = known?.returned('work')
    assert.equal(returned && typeName(returned), 's32')
    assert.equal(known?.returned('wor'), undefined)
  })

  it('knows the constants of enumerations', () => {
    const constant = (name: string): bigint | undefined => known?.constant?.(name)
    for (const name of ['red', 'most']) assert.equal(constant(name), 0n, name)
    assert.equal(constant('color'), undefined)
  })

  it('lists names for suggestions', () => {
    assert.deepEqual(
      new Set(known?.names()),
      new Set(['struct node', 'count_t', 'enum color', 'struct holder', 'enum wide', 'loop']),
    )
  })

  it('says nothing where there is no file', () => {
    assert.equal(kernelTypes(join(folder.path, 'missing')), undefined)
  })

  it('reads those of this kernel', function () {
    const own = kernelTypes()
    skipWithout(this, 'kernel types', own !== undefined)
    const task = own?.named('struct task_struct')
    assert.ok(own && task?.kind === 'struct')
    const fields = own.fields(task)
    assert.deepEqual(
      ['comm', 'pid', 'real_parent'].map((name) => typeName(fields.get(name)?.type ?? task)),
      ['u8[16]', 's32', 'struct task_struct *'],
    )
    assert.ok(own.size(task) > 1000 && fields.size > 100)
    const read = own.returned('vfs_read')
    assert.equal(read && typeName(read), 's64')
    assert.equal(typeName(own.named('loff_t') ?? task), 's64')
  })
})
