import assert from 'node:assert/strict'
import {randomUUID} from 'node:crypto'
import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {type Engine, engines} from '#src/engine/engines.js'
import {gone, isAlive, Running, tstrace, Workload} from '../support/processes.js'
import {records} from '../support/trace.js'
import {inGuest, inGuestsOnly} from '../support/skip.js'

const root = join(import.meta.dirname, '..', '..', '..')
const idle = ['opensnoop', '--json', '-p', `${process.pid}`]
const onEngine = (engine: Engine): {env: NodeJS.ProcessEnv} => ({
  env: {...process.env, TSTRACE_ENGINE: engine},
})

/** An environment for a run, and the names of the processes that have it. */
function marked(engine: Engine): {env: NodeJS.ProcessEnv; left: () => string[]} {
  const mark = `TSTRACE_TEST_RUN=${randomUUID()}`
  const [name = '', value] = mark.split('=')
  const has = (pid: string): boolean => isAlive(Number(pid)) && read(`/proc/${pid}/environ`).includes(mark)
  return {
    env: {...onEngine(engine).env, [name]: value},
    left: () =>
      readdirSync('/proc')
        .filter((pid) => /^\d+$/.test(pid) && has(pid))
        .map((pid) => read(`/proc/${pid}/comm`).trim()),
  }
}

/** Empty for a process that has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

describe('a run ends', () => {
  inGuestsOnly('on SIGINT', 'when tstrace is killed', 'within', 'when the reader')

  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const [engine, signal] of engines.flatMap((each) =>
    signals.map((signal) => [each, signal] as const),
  )) {
    it(`on ${signal}, with exit code 0 and no tracer left, on engine ${engine}`, async () => {
      const tool = tstrace(idle, onEngine(engine))
      await tool.firstLine
      const tracer = tool.tracer()
      tool.signal(signal)
      const {code, stdout} = await tool.outcome
      assert.equal(code, 0)
      assert.equal(records(stdout).records['end']?.['reason'], 'interrupt')
      assert.equal(isAlive(tracer), false)
    })
  }

  it('on a signal while bpftrace still starts', async () => {
    const tool = tstrace(idle, onEngine('bpftrace'))
    let tracer: number | undefined
    while (tracer === undefined) {
      await new Promise((resolve) => setImmediate(resolve))
      try {
        tracer = tool.tracer()
      } catch {
        // it has not been started yet
      }
    }
    tool.signal('SIGTERM')
    const {code, stdout} = await tool.outcome
    assert.deepEqual([code, stdout], [0, ''])
    assert.equal(isAlive(tracer), false)
  })

  it('when tstrace is killed: bpftrace does not outlive it', async () => {
    const tool = tstrace(idle, onEngine('bpftrace'))
    await tool.firstLine
    const tracer = tool.tracer()
    assert.equal(isAlive(tracer), true)
    tool.signal('SIGKILL')
    await tool.outcome
    await gone(tracer)
  })

  it('with 0 where nobody reads what a command prints', async () => {
    const script = 'for i in {1..5}; do "$0" bin/run.js $1 | true; echo "${PIPESTATUS[0]}"; done'
    for (const command of ['list', 'help', '--version']) {
      const {stdout, stderr} = await new Running('bash', ['-c', script, process.execPath, command], {
        cwd: root,
      }).outcome
      assert.equal(stdout, '0\n'.repeat(5), stderr)
      assert.equal(stderr, '')
    }
  })

  it('not with SIGUSR1, which opens no debugger', async () => {
    const tool = tstrace(idle)
    await tool.firstLine
    tool.signal('SIGUSR1')
    read(import.meta.filename)
    await tool.until((shown) => shown.includes(import.meta.filename))
    tool.signal('SIGINT')
    const {code, stderr} = await tool.outcome
    assert.equal(code, 0, stderr)
    assert.doesNotMatch(stderr, /Debugger/)
  })

  for (const engine of engines) {
    // Each probe takes bpftrace up to 0.1 s to detach; more on a busy machine.
    const most = (engine === 'embedded' ? 3 : 9) * (inGuest ? 2 : 1)
    it(`within ${most} s when the reader goes away, as with | head -1, while nothing happens, on engine ${engine}`, async () => {
      const {env, left} = marked(engine)
      const script = '"$0" bin/run.js opensnoop -p $$ | head -1; echo "${PIPESTATUS[0]} $(date +%s%N)"'
      const pipe = new Running('bash', ['-c', script, process.execPath], {cwd: root, env})
      await pipe.written('PATH\n')
      const headEnded = Date.now()
      const {stdout, stderr} = await pipe.outcome
      const [header, end] = stdout.split('\n')
      assert.equal(header, 'PID    COMM               FD ERR PATH')
      assert.equal(stderr, '')
      const [code, time] = end?.split(' ') ?? []
      assert.equal(code, '0')
      const seconds = Number(time) / 1e9 - headEnded / 1000
      assert.ok(seconds < most, `${seconds} s`)
      assert.deepEqual(left(), [])
    })

    // `sed -u 3q` is `head -3` that writes its first line at once.
    it(`when the reader of a busy run goes away, on engine ${engine}`, async () => {
      const {env, left} = marked(engine)
      const workload = await Workload.start({opens: [{call: 'open', path: '/nx/x', times: 20_011}]})
      const script = '"$0" bin/run.js opensnoop -p "$1" | sed -u 3q; echo "${PIPESTATUS[0]}"'
      const pipe = new Running('bash', ['-c', script, process.execPath, `${workload.pid}`], {cwd: root, env})
      await pipe.firstLine
      assert.equal(left().includes('bpftrace'), engine === 'bpftrace')
      await workload.go()
      const {stdout, stderr} = await pipe.outcome
      await workload.end()
      assert.equal(stdout.split('\n').length, 5)
      assert.match(stdout, /\n0\n$/)
      assert.equal(stderr, '')
      assert.deepEqual(left(), [])
    })
  }

  it('with a hint and exit code 3 for others than root, and exit 0 for what needs no root', async () => {
    const other = {uid: 65534, gid: 65534, cwd: '/', env: {PATH: process.env['PATH'], HOME: '/nonexistent'}}
    const {code, stderr, stdout} = await tstrace(['opensnoop', '-d', '5'], other).outcome
    assert.deepEqual([code, stdout], [3, ''])
    assert.match(
      stderr,
      /^tstrace: tracing the kernel needs root, and this is user 65534 without CAP_BPF, CAP_PERFMON and CAP_DAC_READ_SEARCH\nHINT: type this: su(do| root -c) .*opensnoop -d 5"?\n$/,
    )
    for (const args of [['opensnoop', '--program'], ['opensnoop', '--help'], ['list'], ['--version']]) {
      const outcome = await tstrace(args, other).outcome
      assert.equal(outcome.code, 0, `${args.join(' ')}: ${outcome.stderr}`)
      assert.notEqual(outcome.stdout, '')
    }
  })

  describe('with a line for others than root that a shell reads as it was typed,', () => {
    const odd = ['opensnoop', '--path', `it's "$HOME" \`x\` \\ *`, '-n', 'a b']
    let folder: string
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'tstrace-'))
      chmodSync(folder, 0o755)
    })
    after(() => rmSync(folder, {recursive: true}))
    const program = (name: string, script: string): void =>
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, {mode: 0o755})
    /** The line that is offered to somebody who has only what is in the folder, and what a shell makes of it. */
    const offered = async (launcher: string): Promise<{line: string; words: string}> => {
      const env = {PATH: folder, HOME: '/nonexistent', TSTRACE_LAUNCHER: launcher}
      const {stderr} = await tstrace(odd, {uid: 65534, gid: 65534, cwd: '/', env}).outcome
      const line = /^HINT: type this: (.*)$/m.exec(stderr)?.[1] ?? ''
      const {stdout} = await new Running('/bin/sh', ['-c', line], {cwd: folder, env}).outcome
      return {line, words: stdout}
    }
    const shown = odd.map((word) => `[${word}]`).join('')

    it('by sudo', async () => {
      program('sudo', `printf '[%s]' "$@"`)
      const {line, words} = await offered('./tstrace')
      assert.match(line, /^sudo \.\/tstrace opensnoop /)
      assert.equal(words, `[./tstrace]${shown}`)
    })

    it('by su where there is no sudo', async () => {
      rmSync(join(folder, 'sudo'))
      // As su does: it becomes a user and hands the line to a shell.
      program('su', `[ "$1 $2" = 'root -c' ] && exec /bin/sh -c "$3"`)
      program('tstrace', `printf '[%s]' "$@"`)
      const {line, words} = await offered('./tstrace')
      assert.match(line, /^su root -c "\.\/tstrace opensnoop /)
      assert.equal(words, shown)
    })
  })
})
