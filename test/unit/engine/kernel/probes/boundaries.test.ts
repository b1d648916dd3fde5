import assert from 'node:assert/strict'
import {join} from 'node:path'
import {type Elf, readElf} from '#src/engine/kernel/elf.js'
import {standingOf} from '#src/engine/kernel/probes/boundaries.js'
import {copyWithoutNames, functionOffset, libraryPath} from '../../../../support/library.js'
import {skipWithout} from '../../../../support/skip.js'
import {temporaryFolder} from '../../../../support/temporary.js'

/** A file with one function of 16 bytes at 0x1000. */
function fileWith(code: readonly number[]): Elf {
  return {
    functionAt: (offset: number) => (offset < 0x1000 || offset >= 0x1010 ? undefined : {offset: 0x1000}),
    code: (from: number, to: number) => Uint8Array.from(code).subarray(from - 0x1000, to - 0x1000),
  } as unknown as Elf
}

describe('a place of a file', () => {
  const folder = temporaryFolder()
  after(folder.remove)

  // push %rbp; mov %rsp,%rbp; push %es, which is no more; ret
  const elf = fileWith([0x55, 0x48, 0x89, 0xe5, 0x06, 0xc3])
  const standings = (arch: string, ...places: number[]): unknown[] =>
    places.map((place) => standingOf(elf, place, arch))

  it('begins a function or an instruction, or is inside one', () => {
    assert.deepEqual(standings('x64', 0x1000, 0x1001, 0x1002, 0x1003, 0x1004), [
      {kind: 'function'},
      {kind: 'instruction'},
      {kind: 'middle', begins: 0x1001, next: 0x1004},
      {kind: 'middle', begins: 0x1001, next: 0x1004},
      {kind: 'instruction'},
    ])
  })

  it('begins an instruction that is executed wrongly for a probe: syscall, pushf', () => {
    const calls = fileWith([0x55, 0x0f, 0x05, 0x9c, 0x9d, 0xc3])
    assert.deepEqual(
      [0x1001, 0x1003, 0x1004, 0x1005].map((place) => standingOf(calls, place, 'x64').kind),
      ['misexecuted', 'misexecuted', 'instruction', 'instruction'],
    )
  })

  it('is not known behind what is not known, and outside of functions', () => {
    assert.deepEqual(
      standings('x64', 0x1005, 0x1006, 0x2000),
      Array.from({length: 3}, () => ({kind: 'unknown'})),
    )
  })

  it('needs no code where every instruction has 4 bytes', () => {
    assert.deepEqual(standings('arm64', 0x1000, 0x1004, 0x1006, 0x2000), [
      {kind: 'function'},
      {kind: 'instruction'},
      {kind: 'middle', begins: 0x1004, next: 0x1008},
      {kind: 'instruction'},
    ])
  })

  it('costs no code to be read where a function begins', () => {
    const unreadable = {functionAt: () => ({offset: 0x1000}), code: () => assert.fail()} as unknown as Elf
    assert.deepEqual(standingOf(unreadable, 0x1000, 'x64'), {kind: 'function'})
  })

  it('is known in a library, and not without its tables', function () {
    skipWithout(this, 'a processor of x86-64', process.arch === 'x64')
    const path = libraryPath('libc.so.6')
    const place = functionOffset(path, 'getppid')
    const libc = readElf(path)
    const kinds = (of: Elf): string[] => [0, 1].map((by) => standingOf(of, place + by, 'x64').kind)
    assert.deepEqual(kinds(libc), ['function', 'middle'])
    libc.close()
    copyWithoutNames(path, join(folder.path, 'bare.so'))
    const bare = readElf(join(folder.path, 'bare.so'))
    assert.deepEqual(kinds(bare), ['unknown', 'unknown'])
    bare.close()
  })
})
