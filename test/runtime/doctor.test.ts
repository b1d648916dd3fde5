import assert from 'node:assert/strict'
import {join} from 'node:path'
import {root} from '../../scripts/root.js'
import {type Outcome, Running, tstrace} from '../support/processes.js'
import {inGuestsOnly} from '../support/skip.js'

interface Found {
  readonly machine: {
    readonly kernel: string
    readonly tracepoints: number
    readonly bpftrace: {version: string}
  }
  readonly tools: readonly {
    tool: string
    source: string | null
    sources: {source: string; missing: string[]}[]
  }[]
}

describe('doctor', () => {
  inGuestsOnly('knows which source')

  it('knows which source a tool would use, and the tool uses it', async () => {
    const {code, stdout} = await tstrace(['doctor', 'opensnoop', '--json']).outcome
    assert.equal(code, 0)
    const {machine, tools} = JSON.parse(stdout) as Found
    assert.match(machine.bpftrace.version, /^0\.\d+\.\d+$/)
    assert.ok(machine.tracepoints > 1000)
    assert.deepEqual(
      tools.map(({tool, source}) => [tool, source]),
      [['opensnoop', 'tracepoint']],
    )
    for (const {source, missing} of tools[0]?.sources ?? []) {
      const run = tstrace(['opensnoop', '--source', source, '-d', '0.1', '--json'])
      const outcome = await run.outcome
      assert.equal(outcome.code, missing.length === 0 ? 0 : 3, outcome.stderr)
      if (missing.length > 0) assert.match(outcome.stderr, new RegExp(`^  ${source}: `, 'm'))
    }
  })

  it('exits with 3 when a named tool cannot run, and says why', async () => {
    const {code, stdout} = await tstrace(['doctor', 'opensnoop'], {
      env: {...process.env, TSTRACE_ENGINE: 'bpftrace', TSTRACE_BPFTRACE: '/bin/false'},
    }).outcome
    assert.equal(code, 3)
    assert.match(stdout, /opensnoop +cannot run\n +asked \/bin\/false for its version and got none/)
  })

  it('names no engine to others than root', async () => {
    const other = {uid: 65534, gid: 65534, cwd: '/', env: {PATH: process.env['PATH'], HOME: '/nonexistent'}}
    const {code, stdout} = await tstrace(['doctor', 'opensnoop'], other).outcome
    assert.equal(code, 3)
    assert.match(stdout, /^engine +none$/m)
    assert.match(
      stdout,
      /^opensnoop +cannot run\n +tracing the kernel needs root, and this is user 65534 without\n +CAP_BPF, CAP_PERFMON and CAP_DAC_READ_SEARCH\n/m,
    )
  })

  for (const call of ['bpf', 'perf_event_open']) {
    it(`sees that a sandbox forbids ${call}(2), and so does the tool`, async () => {
      const forbidding = (...args: string[]): Promise<Outcome> =>
        new Running(process.execPath, [
          join(import.meta.dirname, '..', 'support', 'forbid.js'),
          call,
          process.execPath,
          join(root, 'bin', 'run.js'),
          ...args,
        ]).outcome
      const {code, stdout} = await forbidding('doctor', 'opensnoop')
      assert.equal(code, 3)
      assert.match(stdout, new RegExp(`^opensnoop +cannot run\\n[^]*the kernel refuses ${call}\\(2\\)`, 'm'))
      assert.equal((await forbidding('opensnoop', '-d', '1')).code, 3)
    })
  }

  it('says that tracefs is read-only, as in many containers', async () => {
    const script = 'mount --bind -o ro "$0" "$0"; mount -o remount,bind,ro "$0"; exec "$@"'
    const command = [process.execPath, join(root, 'bin', 'run.js'), 'doctor', 'opensnoop']
    const folder = '/sys/kernel/tracing'
    const {code, stdout} = await new Running('unshare', ['-m', 'sh', '-c', script, folder, ...command])
      .outcome
    assert.match(stdout, /^tracefs +\S+ \(read-only\)$/m)
    assert.equal(code, 0)
  })
})
