import assert from 'node:assert/strict'
import {Assembler} from '#src/engine/backend/embedded/assembler.js'
import {disassemble} from '#src/engine/backend/embedded/disassembler.js'
import {helpers, mapTypes, programTypes} from '#src/engine/backend/embedded/helpers.js'
import type {KernelMap, KernelProgram} from '#src/engine/backend/embedded/object.js'

const counts: KernelMap = {
  name: 'counts',
  type: mapTypes.hash,
  keySize: 8,
  valueSize: 8,
  entries: 1,
  flags: 0,
}

function program(write: (a: Assembler) => void): KernelProgram {
  const a = new Assembler()
  write(a)
  return {
    probe: 'BEGIN',
    type: programTypes.rawTracepoint,
    attachment: {kind: 'begin'},
    instructions: a.finish(),
  }
}

describe('disassemble', () => {
  it('writes each instruction as the kernel does', () => {
    const written = program((a) => {
      const [end, each] = [a.label('end'), a.label('each')]
      a.move('r6', 'r1')
      a.move32('r1', -1)
      a.alu64('s>>', 'r1', 3)
      a.alu32('^', 'r1', 'r2')
      a.negate('r1')
      a.fromBigEndian('r1', 16)
      a.constant('r2', -(2n ** 63n))
      a.map('r1', 0)
      a.mapValue('r3', 0, 16)
      a.functionAddress('r2', each)
      a.load(1, 'r1', 'r6', -3)
      a.store(8, 'r10', -8, 'r6')
      a.store(4, 'r10', -4, 7)
      a.atomicAdd(8, 'r0', 0, 'r1')
      a.fetchAdd(4, 'r0', 4, 'r1')
      a.call(helpers.get_current_pid_tgid)
      a.callFunction(each)
      a.jumpIf('r1', 's<', -1, end)
      a.jumpIf32('r1', '!=', 'r2', end)
      a.jump(end)
      a.here(end)
      a.exit()
      a.here(each)
      a.exit()
    })
    assert.deepEqual(disassemble(written, [counts]), [
      '   0: (bf) r6 = r1',
      '   1: (b4) w1 = -1',
      '   2: (c7) r1 s>>= 3',
      '   3: (ac) w1 ^= w2',
      '   4: (87) r1 = -r1',
      '   5: (dc) r1 = be16 r1',
      '   6: (18) r2 = 0x8000000000000000',
      '   8: (18) r1 = map[name:counts]',
      '  10: (18) r3 = map[name:counts][0]+16',
      '  12: (18) r2 = subprog[+12]',
      '  14: (71) r1 = *(u8 *)(r6 -3)',
      '  15: (7b) *(u64 *)(r10 -8) = r6',
      '  16: (62) *(u32 *)(r10 -4) = 7',
      '  17: (db) lock *(u64 *)(r0 +0) += r1',
      '  18: (c3) r1 = atomic_fetch_add((u32 *)(r0 +4), r1)',
      '  19: (85) call bpf_get_current_pid_tgid#14',
      '  20: (85) call pc+4',
      '  21: (c5) if r1 s< 0xffffffff goto pc+2',
      '  22: (5e) if w1 != w2 goto pc+1',
      '  23: (05) goto pc+0',
      '  24: (95) exit',
      '  25: (95) exit',
    ])
  })

  it('shows the line of the text above what comes from it', () => {
    const text = 'BEGIN {\n  $a = 1;\n  exit()\n}\n'
    const written = program((a) => {
      a.move('r6', 'r1')
      a.place(text.indexOf('$a'))
      a.move('r1', 1)
      a.place(text.indexOf('1;'))
      a.move('r7', 'r1')
      a.place(text.indexOf('exit'))
      a.move('r0', 0)
      a.exit()
    })
    assert.deepEqual(disassemble(written, [], text), [
      '   0: (bf) r6 = r1',
      '; 2: $a = 1;',
      '   1: (b7) r1 = 1',
      '   2: (bf) r7 = r1',
      '; 3: exit()',
      '   3: (b7) r0 = 0',
      '   4: (95) exit',
    ])
  })
})
