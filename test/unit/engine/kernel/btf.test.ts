import assert from 'node:assert/strict'
import {existsSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {functionTypeId} from '#src/engine/kernel/btf.js'
import {skipWithout} from '../../../support/skip.js'
import {temporaryFolder} from '../../../support/temporary.js'

/** A type of include/uapi/linux/btf.h: its kind, how many members it has, and what follows its head. */
interface Type {
  readonly kind: number
  readonly name?: string
  readonly members?: number
  readonly extra?: number
  readonly flag?: boolean
}

/** A BTF file, little-endian, with some bytes between header and types as a later version may have. */
function btfOf(types: readonly Type[], gap = 0): Buffer {
  const strings = ['', ...types.map(({name = ''}) => name)]
  const offsets = strings.map((_, index) =>
    Buffer.byteLength(
      strings
        .slice(0, index)
        .map((s) => `${s}\0`)
        .join(''),
    ),
  )
  const body = types.map(({kind, members = 0, extra = 0, flag = false}, index) => {
    const type = Buffer.alloc(12 + extra, 0xff)
    type.writeUInt32LE(offsets[index + 1] ?? 0, 0)
    type.writeUInt32LE(((flag ? 1 : 0) * 2 ** 31 + (kind << 24) + members) >>> 0, 4)
    return type
  })
  const typeBytes = Buffer.concat(body)
  const stringBytes = Buffer.from(strings.map((text) => `${text}\0`).join(''))
  const header = Buffer.alloc(24)
  header.writeUInt16LE(0xeb9f, 0)
  header.writeUInt8(1, 2)
  header.writeUInt32LE(24, 4)
  header.writeUInt32LE(gap, 8)
  header.writeUInt32LE(typeBytes.length, 12)
  header.writeUInt32LE(gap + typeBytes.length, 16)
  header.writeUInt32LE(stringBytes.length, 20)
  return Buffer.concat([header, Buffer.alloc(gap), typeBytes, stringBytes])
}

describe('functionTypeId', () => {
  const folder = temporaryFolder()
  const path = join(folder.path, 'btf')
  after(folder.remove)

  /** One type of every kind, with the size that the kernel's documentation gives. */
  const everyKind: Type[] = [
    {kind: 1, extra: 4}, // int
    {kind: 2}, // pointer
    {kind: 3, extra: 12}, // array
    {kind: 4, members: 3, extra: 36}, // struct
    {kind: 5, members: 2, extra: 24, flag: true}, // union
    {kind: 6, members: 2, extra: 16}, // enum
    {kind: 7}, // forward
    {kind: 8}, // typedef
    {kind: 9}, // volatile
    {kind: 10}, // const
    {kind: 11}, // restrict
    {kind: 13, members: 2, extra: 16}, // function prototype
    {kind: 14, extra: 4}, // variable
    {kind: 15, members: 1, extra: 12}, // data section
    {kind: 16}, // float
    {kind: 17, extra: 4}, // declaration tag
    {kind: 18}, // type tag
    {kind: 19, members: 2, extra: 24}, // 64-bit enum
  ]

  it('counts types of every kind', () => {
    const types = [...everyKind, {kind: 12, name: 'vfs_read'}, {kind: 12, name: 'vfs_write'}]
    for (const gap of [0, 8]) {
      writeFileSync(path, btfOf(types, gap))
      assert.equal(functionTypeId('vfs_read', path), 19)
      assert.equal(functionTypeId('vfs_write', path), 20)
    }
  })

  it('takes functions only, and whole names', () => {
    writeFileSync(
      path,
      btfOf([
        {kind: 4, name: 'vfs_read'},
        {kind: 12, name: 'vfs_readv'},
        {kind: 12, name: 'do_vfs_read'},
      ]),
    )
    assert.equal(functionTypeId('vfs_read', path), undefined)
    assert.equal(functionTypeId('vfs_readv', path), 2)
    assert.equal(functionTypeId('', path), undefined)
  })

  it('finds nothing where there is no BTF', () => {
    assert.equal(functionTypeId('vfs_read', join(folder.path, 'missing')), undefined)
    writeFileSync(path, btfOf([]))
    assert.equal(functionTypeId('vfs_read', path), undefined)
  })

  it('reads that of this kernel', function () {
    skipWithout(this, 'kernel types', existsSync('/sys/kernel/btf/vmlinux'))
    const ids = ['vfs_read', 'vfs_write', 'do_sys_openat2'].map((name) => functionTypeId(name))
    for (const id of ids) assert.ok(id !== undefined && id > 1, String(id))
    assert.equal(new Set(ids).size, 3)
    assert.equal(functionTypeId('no_such_function_anywhere'), undefined)
  })
})
