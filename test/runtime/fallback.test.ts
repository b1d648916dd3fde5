import assert from 'node:assert/strict'
import {join} from 'node:path'
import {temporaryFolder} from '../support/temporary.js'
import {PluginFolder, workingTool} from '../support/plugins.js'
import {type Outcome, type Running, tstrace} from '../support/processes.js'
import {skipWithout} from '../support/skip.js'
import {bpftraces} from '../support/bpftraces.js'

/** What bpftrace takes and the embedded engine refuses by name. */
const refused = '@odd = hist(1); delete(@odd);'

const auto = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Running =>
  tstrace(args, {env: {...process.env, TSTRACE_ENGINE: 'auto', ...env}})

const run = (program: string, env?: NodeJS.ProcessEnv): Promise<Outcome> =>
  auto(['run', '-v', '-e', program], env).outcome

/** Where no bpftrace is. */
const without = {TSTRACE_BPFTRACE: '/nx/bpftrace'}

describe('--engine auto', () => {
  it('does not look for bpftrace where the embedded engine takes the program', async () => {
    const {stdout, stderr, code} = await run('BEGIN { printf("begun\\n"); exit(); }', without)
    assert.deepEqual([stdout, code], ['begun\n', 0])
    assert.match(stderr, /^tstrace: engine: embedded$/m)
    assert.doesNotMatch(stderr, /not engine/)
  })

  it('ends with what the embedded engine says where there is nothing else', async () => {
    const {stderr, code} = await run(`BEGIN { ${refused} exit(); }`, without)
    assert.equal(code, 2)
    assert.match(stderr, /^tstrace: not engine bpftrace: .*\/nx\/bpftrace/m)
    assert.match(stderr, /^tstrace: line 1, column \d+: delete\(\) of @odd.* is not in this engine yet$/m)
  })

  describe('where there is bpftrace', () => {
    before(async function () {
      skipWithout(this, 'bpftrace', (await bpftraces()).length > 0)
    })

    it('runs a program with it that the embedded engine refuses, and says why', async () => {
      const {stdout, stderr, code} = await run(`BEGIN { ${refused} printf("begun\\n"); exit(); }`)
      assert.match(stdout, /^begun$/m)
      assert.equal(code, 0)
      assert.match(stderr, /^tstrace: not engine embedded: line 1, column \d+: delete\(\) of @odd/m)
      assert.match(stderr, /^tstrace: engine: bpftrace$/m)
    })

    it("runs a tool's program with it, and says why in the header", async () => {
      const temporary = temporaryFolder()
      try {
        const folder = new PluginFolder(join(temporary.path, 'data'))
        folder.install('odds', {oddsyncs: workingTool.replace('${emit}', `${refused} $&`)})
        const tool = auto(['oddsyncs', '--json', '--verbose'], {TSTRACE_DATA_DIR: folder.path})
        await tool.until((stdout) => stdout.includes('\n'))
        const start = JSON.parse(tool.stdout) as Record<string, unknown>
        tool.signal('SIGINT')
        const {stderr, code} = await tool.outcome
        assert.equal(code, 0, stderr)
        assert.match(String(start['engine']), /^bpftrace 0\./)
        const [first, ...others] = start['engines_refused'] as [{engine: string; reason: string}]
        assert.equal(first.engine, 'embedded')
        assert.match(first.reason, /delete\(\) of @odd.* is not in this engine yet$/)
        assert.deepEqual(others, [])
        assert.match(stderr, /^tstrace: not engine embedded: .*delete\(\) of @odd/m)
      } finally {
        temporary.remove()
      }
    })
  })
})
