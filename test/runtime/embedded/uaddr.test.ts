import assert from 'node:assert/strict'
import koffi from 'koffi'
import {libraryPath} from '../../support/library.js'
import {tstrace} from '../../support/processes.js'
import {kernelIsSince} from '../../support/release.js'

const many = 23
const library = koffi.load('libc.so.6')
const getppid = library.func('int getppid()') as () => number
const path = libraryPath('libc.so.6')
/** Whether the kernel tells where a function of a process begins when it returns. */
const tellsBeginning = kernelIsSince('6.6')

const programOf = (kind: string): string =>
  `${kind}:${path}:getppid /pid == ${process.pid}/ { printf("%llx %d %s\\n", uaddr("opterr"), *uaddr("opterr"), func); }`

describe('uaddr() and func of a library that may be anywhere, with the embedded engine,', () => {
  for (const kind of ['uprobe', 'uretprobe']) {
    it(`are as the process has them: ${kind}`, async () => {
      const tool = tstrace(['run', '-q', '-v', '--engine', 'embedded', '-e', programOf(kind)])
      if (kind === 'uretprobe' && !tellsBeginning) {
        const {code, stderr} = await tool.outcome
        assert.match(
          stderr,
          /func or uaddr\(\) where a function of a process returns, before Linux 6\.6, is not in this engine/,
        )
        assert.equal(code, 2)
        return
      }
      await tool.written('tstrace: attached\n')
      for (let n = 0; n < many; n++) getppid()
      tool.signal('SIGINT')
      const {stdout} = await tool.outcome
      const address = koffi.address(library.symbol('opterr')).toString(16)
      assert.deepEqual(stdout.trim().split('\n'), Array<string>(many).fill(`${address} 1 getppid`))
    })
  }
})
