import assert from 'node:assert/strict'
import {copyFileSync} from 'node:fs'
import {join} from 'node:path'
import {runWithBpftrace, withChild} from '#src/engine/backend/bpftrace/script.js'
import {setEnvironment, temporaryFolder} from '../../../../support/temporary.js'

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
  const folder = temporaryFolder()
  after(() => folder.remove())

  /** A bpftrace that ends at once; each is another file, as a file is asked for its version once. */
  function pretend(version: string): () => void {
    const path = join(folder.path, `bpftrace-${version}`)
    copyFileSync(join(import.meta.dirname, '../../../../../../test/support/fakes/version'), path)
    return setEnvironment({TSTRACE_BPFTRACE: path, FAKE_VERSION: `bpftrace v${version}`})
  }

  const script = {
    ...{path: undefined, text: 'BEGIN {}', parameters: [], child: 0, process: 0, unsafe: false, quiet: true},
    bufferPages: undefined,
  }
  const output = {closed: false, write: () => Promise.resolve(), complain: () => {}, say: () => {}}

  it('can be stopped again, which leaves nothing that waits', async () => {
    const undo = pretend('0.23.2')
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
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

  for (const [version, warns] of [
    ['0.17.0', true],
    ['0.23.2', false],
  ] as const) {
    it(`${warns ? 'warns' : 'does not warn'} with ${version} that other processes may be traced`, async () => {
      const undo = pretend(version)
      const said: string[] = []
      try {
        const one = {...script, process: 23}
        await runWithBpftrace(one, {...output, say: (text) => said.push(text)}, () => {}).ended
        assert.equal(said.join().includes('/pid == 23/'), warns)
      } finally {
        undo()
      }
    })
  }
})
