import assert from 'node:assert/strict'
import {join} from 'node:path'
import {runWithBpftrace, withChild} from '#src/engine/backend/bpftrace/script.js'
import {setEnvironment} from '../../../../support/temporary.js'

describe('withChild', () => {
  it('puts the number in the place of cpid, and of nothing else', () => {
    const program =
      'BEGIN { printf("cpid \\" %d", cpid); /* cpid */ @cpid = $cpid; } // cpid\nuprobe:/bin/cpid:main'
    assert.equal(withChild(program, 23), program.replace(', cpid)', ', 23)'))
  })

  it('leaves a program without a command as it is', () => {
    assert.equal(withChild('BEGIN { print(cpid); }', 0), 'BEGIN { print(cpid); }')
  })
})

describe('a script that bpftrace has run', () => {
  it('can be stopped again, which leaves nothing that waits', async () => {
    const fakes = join(import.meta.dirname, '../../../../../../test/support/fakes')
    const undo = setEnvironment({TSTRACE_BPFTRACE: join(fakes, 'version'), FAKE_VERSION: 'bpftrace v0.23.2'})
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const script = {
      ...{
        path: undefined,
        text: 'BEGIN {}',
        parameters: [],
        child: 0,
        process: 0,
        unsafe: false,
        quiet: true,
      },
      bufferPages: undefined,
    }
    const output = {closed: false, write: () => Promise.resolve(), complain: () => {}, say: () => {}}
    try {
      const {ended, stop} = runWithBpftrace(script, output, () => {})
      await ended
      const before = timers()
      stop()
      assert.equal(timers(), before)
    } finally {
      undo()
    }
  })
})
