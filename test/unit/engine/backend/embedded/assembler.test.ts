import assert from 'node:assert/strict'
import {Assembler, JumpTooFarError} from '#src/engine/backend/embedded/assembler.js'
import {helpers} from '#src/engine/backend/embedded/helpers.js'

describe('Assembler', () => {
  const written = (write: (a: Assembler) => void): string[] => {
    const a = new Assembler()
    write(a)
    return a.finish().map(({code, dst, src, off, imm}) => `${code.toString(16)} ${dst}${src} ${off} ${imm}`)
  }

  it('encodes as the kernel says', () => {
    assert.deepEqual(
      written((a) => {
        a.move('r0', 0)
        a.move('r1', 'r10')
        a.alu64('+', 'r1', -8)
        a.alu32('s>>', 'r2', 'r3')
        a.constant('r1', -1)
        a.constant('r1', 0xffff_ffffn)
        a.map('r1', 0)
        a.mapValue('r2', 0, 16)
        a.load(1, 'r1', 'r2', -3)
        a.store(8, 'r10', -8, 'r6')
        a.store(4, 'r10', -4, 7)
        a.atomicAdd(8, 'r0', 0, 'r1')
        a.fetchAdd(4, 'r0', 0, 'r1')
        a.fromBigEndian('r1', 16)
        a.negate('r1')
        a.call(helpers.get_current_pid_tgid)
        a.exit()
      }),
      [
        'b7 00 0 0',
        'bf 110 0 0',
        '7 10 0 -8',
        'cc 23 0 0',
        'b7 10 0 -1',
        '18 10 0 4294967295',
        '18 11 0 0',
        '18 22 0 68719476736',
        '71 12 -3 0',
        '7b 106 -8 0',
        '62 100 -4 7',
        'db 01 0 0',
        'c3 01 0 1',
        'dc 10 0 16',
        '87 10 0 0',
        '85 00 0 14',
        '95 00 0 0',
      ],
    )
  })

  it('counts jumps in slots, of which a 64-bit constant takes two', () => {
    assert.deepEqual(
      written((a) => {
        const [back, on] = [a.label('back'), a.label('on')]
        a.here(back)
        a.jumpIf('r1', 's<=', -1, on)
        a.constant('r2', 1n << 40n)
        a.jumpIf32('r1', '!=', 'r2', back)
        a.here(on)
        a.exit()
      }),
      ['d5 10 3 -1', '18 20 0 1099511627776', '5e 12 -4 0', '95 00 0 0'],
    )
  })

  it('leaves out what cannot be reached', () => {
    assert.deepEqual(
      written((a) => {
        const on = a.label('on')
        a.jump(on)
        a.constant('r2', 1n << 40n)
        a.exit()
        a.here(on)
        a.exit()
        a.move('r0', 0)
        a.exit()
      }),
      ['5 00 0 0', '95 00 0 0'],
    )
  })

  it('names functions by the distance in the constant', () => {
    assert.deepEqual(
      written((a) => {
        const each = a.label('each')
        a.functionAddress('r2', each)
        a.callFunction(each)
        a.exit()
        a.here(each)
        a.exit()
      }),
      ['18 24 0 3', '85 01 0 1', '95 00 0 0', '95 00 0 0'],
    )
  })

  it('cuts registers', () => {
    assert.deepEqual(
      written((a) => {
        a.narrow('r1', 8, true)
        a.narrow('r1', 4, false)
        a.narrow('r1', 2, true)
        a.exit()
      }),
      ['bc 11 0 0', '67 10 0 48', 'c7 10 0 48', '95 00 0 0'],
    )
  })

  it('says where in the text each instruction comes from', () => {
    const a = new Assembler()
    a.move('r0', 0)
    a.place(17)
    a.exit()
    assert.deepEqual(
      a.finish().map(({at}) => at),
      [undefined, 17],
    )
  })

  it('says which jump is too far', () => {
    const a = new Assembler()
    const end = a.label('the end')
    a.place(5)
    a.jumpIf('r1', '==', 0, end)
    for (let i = 0; i < 40_000; i++) a.move('r0', 0)
    a.here(end)
    a.exit()
    assert.throws(
      () => a.finish(),
      (error) =>
        error instanceof JumpTooFarError &&
        error.place.from === 5 &&
        error.message.includes('the end leads over 40000'),
    )
  })

  it('refuses what cannot be encoded', () => {
    const a = new Assembler()
    assert.throws(() => a.move('r0', 2 ** 31), /does not fit into 32 bits/)
    assert.throws(() => a.load(8, 'r0', 'r1', 40_000), /does not fit into 16 bits/)
    a.jump(a.label('nowhere'))
    assert.throws(() => a.finish(), /leads to nowhere, which is nowhere/)
  })
})
