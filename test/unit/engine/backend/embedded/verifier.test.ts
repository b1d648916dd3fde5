import assert from 'node:assert/strict'
import {endsWithFigures, verdict} from '#src/engine/backend/embedded/verifier.js'

/** What Linux 6.18 wrote. */
const wrongAddress = `0: R1=ctx() R10=fp0
0: (bf) r6 = r1                       ; R1=ctx() R6=ctx()
1: (18) r1 = 0xffff8882a7c89f38       ; R1=map_value(map=globals,ks=4,vs=4)
3: (61) r1 = *(u32 *)(r1 +0)          ; R1=scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))
4: (55) if r1 != 0x0 goto pc+2        ; R1=0
5: (b7) r1 = 0                        ; R1=0
6: (79) r1 = *(u64 *)(r1 +0)
R1 invalid mem access 'scalar'
processed 6 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

`

describe('verdict', () => {
  it('is what the verifier says last, and about which instruction', () => {
    assert.deepEqual(verdict(wrongAddress), {reason: "R1 invalid mem access 'scalar'", slot: 6})
  })

  it('may stand behind the instruction', () => {
    const large = 'BPF program is too large. Processed 1000001 insn'
    const log = `210: (07) r1 += 1\n211: (15) if r4 == 0x0 goto pc+4 ${large}\nprocessed 1000001 insns (limit 1000000)\n`
    assert.deepEqual(verdict(log), {reason: large, slot: 211})
    assert.equal(endsWithFigures(log), true)
    assert.equal(endsWithFigures(log.slice(0, -50)), false)
  })

  it('leaves out the states of registers', () => {
    const log = wrongAddress.replace('R1 invalid', 'from 4 to 7: R0=0 R10=fp0\nR1 invalid')
    assert.equal(verdict(log).reason, "R1 invalid mem access 'scalar'")
  })

  it('may be about the whole program', () => {
    assert.deepEqual(verdict('unreachable insn 3\nprocessed 0 insns (limit 1000000)\n'), {
      reason: 'unreachable insn 3',
      slot: undefined,
    })
  })

  it('can be missing', () => {
    assert.deepEqual(verdict(''), {reason: 'it does not say why', slot: undefined})
  })
})
