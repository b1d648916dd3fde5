import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {readElf} from '#src/engine/kernel/elf.js'
import {instructionLength} from '#src/engine/kernel/probes/instructionlength.js'
import {libraryPath} from '../../../../support/library.js'
import {skipWithout} from '../../../../support/skip.js'

/** Instructions as an assembler writes them. */
const known = {
  nop: '90',
  'push %rbp': '55',
  endbr64: 'f3 0f 1e fa',
  'repz ret': 'f3 c3',
  syscall: '0f 05',
  'mov %rsp,%rbp': '48 89 e5',
  'mov (%rsp),%eax': '8b 04 24',
  'mov 8(%rbp),%eax': '8b 45 08',
  'mov 0x1000(%rbp),%eax': '8b 85 00 10 00 00',
  'mov 0x1000(%r12),%eax': '41 8b 84 24 00 10 00 00',
  'mov 0x1000(,%rax,8),%eax': '8b 04 c5 00 10 00 00',
  'mov 0x1000(%rip),%rax': '48 8b 05 00 10 00 00',
  'mov (%eax),%eax': '67 8b 00',
  'mov $1,%eax': 'b8 01 00 00 00',
  'mov $1,%ax': '66 b8 01 00',
  'movabs $1,%rax': '48 b8 01 00 00 00 00 00 00 00',
  'movabs 0x1,%al': 'a0 01 00 00 00 00 00 00 00',
  'addr32 mov 0x1,%al': '67 a0 01 00 00 00',
  'add $8,%rsp': '48 83 c4 08',
  'add $0x1000,%rsp': '48 81 c4 00 10 00 00',
  'add $0x1000,%ax': '66 05 00 10',
  'movw $1,8(%rax)': '66 c7 40 08 01 00',
  'movl $1,0x1000(%rip)': 'c7 05 00 10 00 00 01 00 00 00',
  'imul $0x1000,%eax,%eax': '69 c0 00 10 00 00',
  'test $1,%al': 'f6 c0 01',
  'not %al': 'f6 d0',
  'test $1,%eax': 'f7 c0 01 00 00 00',
  'test $1,%ax': '66 f7 c0 01 00',
  'neg %eax': 'f7 d8',
  'enter $16,$1': 'c8 10 00 01',
  'ret $8': 'c2 08 00',
  'je .+2': '74 00',
  'je .+6': '0f 84 00 00 00 00',
  'call .+5': 'e8 00 00 00 00',
  'data16 data16 rex.W call .+8': '66 66 48 e8 00 00 00 00',
  'jmp *%rax': 'ff e0',
  'notrack jmp *%rax': '3e ff e0',
  'lock cmpxchg %edx,(%rdi)': 'f0 0f b1 17',
  'mov %fs:0,%rax': '64 48 8b 04 25 00 00 00 00',
  'nopw %cs:0x0(%rax,%rax,1)': '66 2e 0f 1f 84 00 00 00 00 00',
  'pshufd $0,%xmm0,%xmm0': '66 0f 70 c0 00',
  'pshufb %xmm1,%xmm0': '66 0f 38 00 c1',
  'palignr $1,%xmm1,%xmm0': '66 0f 3a 0f c1 01',
  fldcw: 'd9 6c 24 08',
  vzeroupper: 'c5 f8 77',
  'vmovdqu (%rsi),%ymm0': 'c5 fe 6f 06',
  'vpshufd $1,%ymm0,%ymm0': 'c5 fd 70 c0 01',
  'vpbroadcastb %xmm0,%ymm0': 'c4 e2 7d 78 c0',
  'rorx $1,%rax,%rax': 'c4 e3 fb f0 c0 01',
  'vpbroadcastb %esi,%zmm16': '62 e2 7d 48 7a c6',
  'vmovdqu64 0x40(%rdi),%zmm16': '62 e1 fe 48 6f 47 01',
  'vpternlogd $0xff,%zmm16,%zmm16,%zmm16': '62 a3 7d 40 25 c0 ff',
  'vprotd $1,%xmm0,%xmm0': '8f e8 78 c2 c0 01',
  'pop (%rax)': '8f 00',
}

/** What is no instruction of 64 bits, or does not say its length. */
const refused = {
  'push %es': '06',
  'an opcode of APX': 'd5 08 01 c0',
  'a jump whose length Intel and AMD do not agree on': '66 e8 00 00 00 00',
  'VEX behind REX': '48 c5 f8 77',
  'nothing but prefixes': '66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90',
  'half an instruction': 'b8 01 00',
  'half an operand': '8b 84',
  'no code': '',
}

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** The bytes of each instruction that objdump sees, by address; without those that it does not know. */
function disassembled(path: string): Map<number, Uint8Array> {
  const text = execFileSync('objdump', ['-d', '-w', path], {encoding: 'latin1', maxBuffer: 2 ** 29})
  return new Map(
    [...text.matchAll(/^ +([\da-f]+):\t([\da-f ]+)\t(?!.*\(bad\))/gm)].map(([, address = '', hex = '']) => [
      parseInt(address, 16),
      bytes(hex),
    ]),
  )
}

describe('the length of an instruction of x86-64', () => {
  for (const [text, hex] of Object.entries(known)) {
    it(`is known of ${text}`, () => {
      const code = bytes(hex)
      assert.equal(instructionLength(Buffer.concat([code, Buffer.alloc(16, 0xff)])), code.length)
      // Not of a part of it; behind the prefixes, a part may be another instruction.
      assert.equal(instructionLength(code), code.length)
      assert.equal(instructionLength(code.subarray(0, -1)), undefined)
    })
  }

  for (const [text, hex] of Object.entries(refused)) {
    it(`is not known of ${text}`, () => {
      assert.equal(instructionLength(bytes(hex)), undefined)
    })
  }

  for (const name of ['libc.so.6', 'libm.so.6']) {
    it(`is as objdump has it, in all functions of ${name}`, function () {
      skipWithout(this, 'a processor of x86-64', process.arch === 'x64')
      skipWithout(this, 'missing: objdump', spawnSync('objdump', ['--version']).status === 0)
      this.timeout(120_000)
      const path = libraryPath(name)
      const expected = disassembled(path)
      const elf = readElf(path)
      let count = 0
      try {
        for (const {name: called, address, offset, size} of elf.functions) {
          const code = elf.code(offset, offset + size)
          for (let at = 0; at < size;) {
            const there = expected.get(address + at)
            // Functions that only a debug file names may be where objdump lost its step.
            if (there === undefined) break
            // The processor executes FWAIT by itself, which objdump shows with what follows.
            const length = there[0] === 0x9b ? 1 : there.length
            const where = `${called}+${at}: ${Buffer.from(there).toString('hex')}`
            assert.equal(instructionLength(code, at), length, where)
            at += there.length
            count++
          }
        }
      } finally {
        elf.close()
      }
      assert.ok(count > 100_000, `${count} instructions`)
    })
  }
})
