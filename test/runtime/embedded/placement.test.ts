import assert from 'node:assert/strict'
import {copyFileSync} from 'node:fs'
import {join} from 'node:path'
import koffi from 'koffi'
import {readElf} from '#src/engine/kernel/elf.js'
import {instructionLength} from '#src/engine/kernel/probes/instructionlength.js'
import {copyWithoutNames, functionOffset, libraryPath} from '../../support/library.js'
import {type Outcome, tstrace} from '../../support/processes.js'
import {skipWithout} from '../../support/skip.js'
import {temporaryFolder} from '../../support/temporary.js'

const many = 23
const getppid = koffi.load('libc.so.6').func('int getppid()') as () => number
const libc = libraryPath('libc.so.6')

/** Where the instructions of getppid() are in it: the number of the system call, the call, and the return. */
function instructions(): {number: number; call: number; back: number} {
  const elf = readElf(libc)
  const begin = functionOffset(libc, 'getppid')
  const code = Buffer.from(elf.code(begin, begin + 64))
  elf.close()
  const starts = [0]
  for (let at = 0; code[at] !== 0xc3;) starts.push((at += instructionLength(code, at) ?? assert.fail()))
  const [number = 0, call = 0, back = 0] = starts.slice(-3)
  assert.equal(code.toString('hex', call, back), '0f05')
  return {number, call, back}
}

/** What a probe that counts the calls of this process does, and what of it was said. */
function traced(
  probe: string,
  ...more: string[]
): {tool: ReturnType<typeof tstrace>; outcome: Promise<Outcome>} {
  const program = `${probe} /pid == ${process.pid}/ { @ = count() }`
  const tool = tstrace(['run', '-q', '-v', '--engine', 'embedded', ...more, '-e', program])
  return {tool, outcome: tool.outcome}
}

async function counts(probe: string, ...more: string[]): Promise<Outcome> {
  const {tool, outcome} = traced(probe, ...more)
  await tool.written('tstrace: attached\n')
  for (let n = 0; n < many; n++) getppid()
  tool.signal('SIGINT')
  return outcome
}

describe('a probe inside a function, with the embedded engine,', () => {
  const folder = temporaryFolder()
  after(folder.remove)
  const {number, call, back} = process.arch === 'x64' ? instructions() : {number: 0, call: 0, back: 0}
  const address = (by: number): string => `0x${(functionAddress() + by).toString(16)}`
  // No process has them, and so none is harmed.
  const [copy, bare] = [join(folder.path, 'copy.so'), join(folder.path, 'bare.so')]

  before(function () {
    skipWithout(this, 'a processor of x86-64', process.arch === 'x64')
    copyFileSync(libc, copy)
    copyWithoutNames(libc, bare)
  })

  for (const [what, place] of [
    ['an offset', `getppid+${back}`],
    ['an address', address(back)],
  ] as const) {
    it(`sees each time an instruction is executed, told by ${what}`, async () => {
      const {code, stdout} = await counts(`uprobe:${libc}:${place}`)
      assert.equal(stdout.trim(), `@: ${many}`)
      assert.equal(code, 0)
    })
  }

  it('is refused in the middle of an instruction, and nothing is attached', async () => {
    const begins = number === 0 ? 'getppid' : `getppid+${number}`
    for (const [place, start, next] of [
      [`getppid+${number + 2}`, begins, `getppid+${call}`],
      [address(number + 2), address(number), address(call)],
    ] as const) {
      const {code, stderr} = await traced(`uprobe:${libc}:${place}`).outcome
      assert.equal(
        stderr,
        `tstrace: cannot attach uprobe:${libc}:${place}: ${place} of ${libc} is in the middle of an instruction, ` +
          `which begins at ${start}; a uprobe there would make programs crash or compute nonsense\n` +
          `HINT: instructions begin at ${start} and ${next}; if you know better, allow it with --unsafe\n`,
      )
      assert.equal(code, 2)
    }
    assert.equal(getppid(), process.ppid)
  })

  it('is refused where nothing tells what is there, at a system call, and where no function begins that could return', async () => {
    for (const [probe, message] of [
      [`uprobe:${bare}:${address(0)}`, /nothing tells whether an instruction begins at 0x[\da-f]+ of /],
      [`uretprobe:${bare}:${address(0)}`, /nothing tells whether a function begins at 0x[\da-f]+ of /],
      [`uprobe:${copy}:getppid+${call}`, /kernels were seen to execute the instruction at getppid\+\d+ of /],
      [`uretprobe:${copy}:getppid+${back}`, /no function begins at getppid\+\d+ of /],
    ] as const) {
      const {code, stderr} = await traced(probe).outcome
      assert.match(stderr, message)
      assert.match(stderr, /^HINT: .*--unsafe$/m)
      assert.doesNotMatch(stderr, /attached/)
      assert.equal(code, 2)
    }
  })

  it('is attached with --unsafe all the same', async () => {
    for (const probe of [
      `uprobe:${copy}:getppid+${number + 2}`,
      `uprobe:${bare}:${address(0)}`,
      `uretprobe:${copy}:getppid+${back}`,
    ])
      assert.equal((await counts(probe, '--unsafe')).code, 0)
  })
})

/** The address of getppid() in the file. */
function functionAddress(): number {
  const elf = readElf(libc)
  const address = elf.addressOf(functionOffset(libc, 'getppid'))
  elf.close()
  assert.ok(address !== undefined)
  return address
}
