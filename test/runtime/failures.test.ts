import assert from 'node:assert/strict'
import {chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {tstrace} from '../support/processes.js'
import {inGuestsOnly} from '../support/skip.js'

const ready = 'echo __BPFTRACE_NOTIFY_PROBES_ATTACHED >&2'

/** A bpftrace that goes wrong: its version, what it does when it is run, and what tstrace makes of it. */
const cases: readonly {what: string; version?: string; does: string; code: number; says: RegExp}[] = [
  {
    what: 'is too old',
    version: '0.14.0',
    does: 'exit 0',
    code: 3,
    says: /^tstrace: bpftrace 0\.14\.0 at \S+ is too old$/m,
  },
  {
    what: 'has no version',
    version: '',
    does: 'exit 0',
    code: 3,
    says: /^tstrace: asked \S+ for its version and got none/,
  },
  {what: 'crashes at the start', does: 'kill -SEGV $$', code: 1, says: /crashed while starting \(SIGSEGV\)/},
  {
    what: 'refuses the program',
    does: 'echo "stdin:1:1-3: ERROR: no" >&2; exit 1',
    code: 4,
    says: /refused the program\n {2}stdin:1:1-3: ERROR: no$/m,
  },
  {what: 'ends at the start', does: 'exit 9', code: 1, says: /ended while starting, with exit code 9/},
  {
    what: 'dies in the middle',
    does: `${ready}; kill -KILL $$`,
    code: 1,
    says: /died in the middle of the run, by SIGKILL/,
  },
  {
    what: 'writes garbage',
    does: `${ready}; echo '{"type'; sleep 60`,
    code: 1,
    says: /wrote a line that is not its JSON: "\{\\"type"/,
  },
]

describe('a bpftrace that', () => {
  inGuestsOnly('is not there')
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tstrace-'))))
  after(() => rmSync(folder, {recursive: true}))

  for (const {what, version = '0.23.2', does, code, says} of cases) {
    it(`${what}: exit code ${code}, and a hint`, async () => {
      const fake = join(folder, what.replaceAll(' ', '-'))
      writeFileSync(
        fake,
        `#!/bin/sh\nif [ "$1" = --version ]; then echo "bpftrace v${version}"; exit; fi\n${does}\n`,
      )
      chmodSync(fake, 0o755)
      const outcome = await tstrace(['opensnoop'], {
        env: {...process.env, TSTRACE_ENGINE: 'bpftrace', TSTRACE_BPFTRACE: fake},
      }).outcome
      assert.equal(outcome.code, code, outcome.stderr)
      assert.match(outcome.stderr, says)
      assert.match(outcome.stderr, /^HINT: /m)
    })
  }

  it('is not there: exit code 3, and how to install it', async () => {
    const env = {...process.env, PATH: '/nonexistent', TSTRACE_ENGINE: 'bpftrace'}
    delete (env as NodeJS.ProcessEnv)['TSTRACE_BPFTRACE']
    const {code, stderr} = await tstrace(['opensnoop'], {env}).outcome
    assert.equal(code, 3)
    assert.match(
      stderr,
      /^tstrace: bpftrace is not installed \(looked in PATH\)\nHINT: .*apt-get install bpftrace$/m,
    )
  })
})

describe('a disk that is full', () => {
  inGuestsOnly()
  for (const args of [['opensnoop', '-d', '1'], ['opensnoop', '--program'], ['list'], ['man', 'opensnoop']]) {
    it(`ends ${args.join(' ')} with an error`, async () => {
      const full = openSync('/dev/full', 'w')
      try {
        const {code, stderr} = await tstrace(args, {stdio: ['ignore', full, 'pipe']}).outcome
        assert.equal(stderr, 'tstrace: cannot write to stdout: ENOSPC: no space left on device, write\n')
        assert.equal(code, 1)
      } finally {
        closeSync(full)
      }
    })
  }
})
