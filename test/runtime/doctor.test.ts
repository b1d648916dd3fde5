import assert from 'node:assert/strict'
import {tstrace} from '../support/processes.js'

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
})
