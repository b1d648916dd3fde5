import assert from 'node:assert/strict'
import {Assembler} from '#src/engine/backend/embedded/assembler.js'
import {encode} from '#src/engine/backend/embedded/encode.js'

describe('encode', () => {
  const encoded = (write: (a: Assembler) => void, descriptors: number[] = []): string[] => {
    const a = new Assembler()
    write(a)
    a.exit()
    const hex = encode(a.finish(), descriptors).toString('hex')
    return hex.match(/.{16}/g)?.slice(0, -1) ?? []
  }

  it('puts the operands where the kernel wants them', () => {
    assert.deepEqual(
      encoded((a) => a.store(8, 'r10', -8, 'r6')),
      ['7b6af8ff00000000'],
    )
    assert.deepEqual(
      encoded((a) => a.move('r1', -2)),
      ['b7010000feffffff'],
    )
  })

  it('puts 64-bit constants into two slots', () => {
    assert.deepEqual(
      encoded((a) => a.constant('r2', 0x1122_3344_5566_7788n)),
      ['1802000088776655', '0000000044332211'],
    )
    assert.deepEqual(
      encoded((a) => a.constant('r2', -(2n ** 40n))),
      ['1802000000000000', '0000000000ffffff'],
    )
  })

  it('puts in the file descriptors of maps', () => {
    assert.deepEqual(
      encoded((a) => a.map('r1', 1), [5, 7]),
      ['1811000007000000', '0000000000000000'],
    )
    assert.deepEqual(
      encoded((a) => a.mapValue('r1', 0, 16), [5, 7]),
      ['1821000005000000', '0000000010000000'],
    )
  })

  it('gives the distance to a function in the lower half', () => {
    assert.deepEqual(
      encoded((a) => {
        const back = a.label('back')
        a.here(back)
        a.functionAddress('r2', back)
      }),
      ['18420000ffffffff', '0000000000000000'],
    )
  })
})
