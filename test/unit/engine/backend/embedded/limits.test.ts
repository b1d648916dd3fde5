import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {compile} from '#src/engine/backend/embedded/compile.js'
import {limitBehind, limits} from '#src/engine/backend/embedded/limits.js'
import {VerifierError} from '#src/engine/backend/embedded/verifier.js'
import {root} from '../../../../../scripts/root.js'
import {fixedContext} from '../../../../support/compiling.js'

const log = (reason: string): string =>
  `210: (07) r1 += 1\n${reason}\nprocessed 1000001 insns (limit 1000000)\n`
const [program] = compile('BEGIN { exit(); }', fixedContext).programs
assert.ok(program !== undefined)

describe('limits of the kernel that a program can meet', () => {
  it('are known by what the verifier of Linux 5.10 to 6.18 says', () => {
    const known = [
      'BPF program is too large. Processed 1000001 insn',
      'The sequence of 8193 jumps is too complex.',
      'the call stack of 9 frames is too deep !',
      'combined stack size of 2 calls is 544. Too large',
      'infinite loop detected at insn 17',
      'The total number of maps per program has reached the limit of 64',
      'insn 40 cannot be patched due to 16-bit range',
    ].map((reason) => limitBehind(reason))
    assert.deepEqual(new Set(known), new Set(limits))
  })

  it('are said in words, with the reason', () => {
    const {message, limit} = new VerifierError(
      program,
      log('combined stack size of 2 calls is 544. Too large'),
      {},
    )
    assert.equal(
      message,
      'the kernel refused the program of BEGIN: a stack of more than 512 bytes (combined stack size of 2 calls is 544. Too large)',
    )
    assert.equal(limit?.words, 'a stack of more than 512 bytes')
  })

  it('are not behind what the verifier finds unsafe', () => {
    const {message, limit} = new VerifierError(program, log("R1 invalid mem access 'scalar'"), {})
    assert.equal(message, "the kernel refused the program of BEGIN: R1 invalid mem access 'scalar'")
    assert.equal(limit, undefined)
  })

  it('are in the page of the engine', () => {
    const page = readFileSync(join(root, 'docs', 'embedded-engine.md'), 'utf8')
    for (const {words} of limits) assert.ok(page.includes(`- ${words}\n`), words)
  })
})
