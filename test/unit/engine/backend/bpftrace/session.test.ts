import assert from 'node:assert/strict'
import {readdirSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import sinon from 'sinon'
import type {Job, Message} from '#src/engine/backend/backend.js'
import {dialectOf} from '#src/engine/backend/bpftrace/dialect.js'
import {BpftraceSession} from '#src/engine/backend/bpftrace/session.js'
import {TstraceError} from '#src/engine/errors.js'
import {readable} from '#src/engine/event/text.js'
import {root} from '../../../../../scripts/root.js'
import {setEnvironment, temporaryFolder} from '../../../../support/temporary.js'

const fakes = join(root, 'test', 'support', 'fakes')
const program = 'tracepoint:a:b\n{\n\tprint((0, "text"));\n}\n'
const job: Job = {
  program,
  parameters: [11, 22],
  row: {numbers: 1, texts: 1},
  bufferPages: undefined,
}
const row = (number: number): Message => ({kind: 'row', values: [0, number, `text ${number}`]})
const ready: Message = {kind: 'ready'}
const sent: Message = {kind: 'map', name: '@sent', entries: [['', 2]]}

describe('BpftraceSession', () => {
  const folder = temporaryFolder()
  const pidFile = join(folder.path, 'pid')
  let restore: () => void
  before(() => (restore = setEnvironment({FAKE_PID_FILE: pidFile})))
  after(() => {
    restore()
    folder.remove()
  })

  function start(fake: string, version = '0.23.2', what: Partial<Job> = {}): BpftraceSession {
    rmSync(pidFile, {force: true})
    const path = fake.startsWith('/') ? fake : join(fakes, fake)
    return new BpftraceSession({path, version}, dialectOf(version), {...job, ...what})
  }

  /** Takes messages until the session ends; does something at the n-th. */
  async function take(
    session: BpftraceSession,
    at = Infinity,
    act: () => void = () => {},
  ): Promise<{messages: Message[]; error?: TstraceError}> {
    const messages: Message[] = []
    try {
      for await (const batch of session.messages) {
        const before = messages.length
        messages.push(...batch)
        if (before < at && messages.length >= at) act()
      }
      return {messages}
    } catch (error) {
      assert.ok(error instanceof TstraceError, String(error))
      return {messages, error}
    } finally {
      await session.kill()
      await assertNothingLeft(pidFile)
    }
  }

  for (const [fake, version] of [
    ['ready-on-stderr', '0.17.0'],
    ['ready-on-stdout', '0.23.2'],
  ] as const) {
    it(`runs a program: ${fake}`, async () => {
      const session = start(fake, version)
      const {messages, error} = await take(session, 3, () => session.stop())
      assert.equal(error, undefined)
      // Two pipes have no order between them.
      const isReady = ({kind}: Message): boolean => kind === 'ready'
      assert.deepEqual(messages.filter(isReady), [ready])
      assert.deepEqual(
        messages.filter((message) => !isReady(message)),
        [row(1), row(2), sent],
      )
    })
  }

  it('passes program, options, parameters and environment, in a process group of its own', async () => {
    for (const [version, options, environment] of [
      ['0.17.0', '-k', '176||256'],
      ['0.20.2', '-k', '|176|4096'],
      ['0.25.0', '--no-warnings', '|1024|'],
    ] as const) {
      const {messages} = await take(start('arguments', version))
      const texts = messages.flatMap((message) => (message.kind === 'text' ? [message.text] : []))
      const pid = Number(texts[3])
      assert.deepEqual(texts.slice(0, 3), [
        `-f json ${options} - 11 22 ${pid}`,
        Buffer.from(program).toString('base64'),
        `${environment}|${pid}`,
      ])
    }
  })

  it('passes the size of the buffer', async () => {
    const {messages} = await take(start('arguments', '0.27.1', {bufferPages: 7}))
    assert.match(JSON.stringify(messages), /"\|1024\|7\|\d+"/)
  })

  it('lets it attach as many probes as the program has', async () => {
    const clauses = (count: number): string =>
      `${Array.from({length: count}, (_, index) => `kprobe:f${index}`).join(',\n')}\n{\n\tx;\n}\n`
    for (const [count, limits] of [
      [20, '|'],
      [700, '1400|1400'],
    ] as const) {
      const {messages} = await take(start('arguments', '0.17.0', {program: clauses(count)}))
      const texts = messages.flatMap((message) => (message.kind === 'text' ? [message.text] : []))
      assert.equal(texts.at(-1), limits)
    }
  })

  it('passes the program with a clause that prints its maps', async () => {
    const maps = [{name: '@a', key: ['int']}] as const
    const {messages} = await take(start('arguments', '0.27.1', {maps}))
    const texts = messages.flatMap((message) => (message.kind === 'text' ? [readable(message.text)] : []))
    const passed = Buffer.from(texts[1] ?? '', 'base64').toString()
    assert.ok(passed.startsWith(`${program}\ntracepoint:task:task_rename\n`), passed)
    assert.match(passed, /\tprint\(@a\);\n/)
  })

  it('ends when the program ends', async () => {
    assert.deepEqual(await take(start('ends')), {messages: [ready, row(1)]})
  })

  describe('tells how a start failed', () => {
    const cases = [
      {
        fake: 'crashes',
        name: 'RunError',
        exitCode: 1,
        message: 'bpftrace 0.23.2 crashed while starting (SIGSEGV)',
        context: ['a word before the end'],
      },
      {
        fake: 'refuses',
        name: 'ProgramError',
        exitCode: 4,
        message: 'bpftrace 0.23.2 refused the program',
        context: ['stdin:1:1-5: ERROR: syntax error, unexpected identifier', 'nonsense', '~~~~'],
      },
      {
        fake: 'exits-9',
        name: 'RunError',
        exitCode: 1,
        message: 'bpftrace 0.23.2 ended while starting, with exit code 9',
        context: ['no luck'],
      },
      {
        fake: 'quits',
        name: 'RunError',
        exitCode: 1,
        message: 'bpftrace 0.23.2 ended while starting, with exit code 0',
        context: [],
      },
    ]
    for (const {fake, ...expected} of cases) {
      it(fake, async () => {
        const {messages, error} = await take(start(fake))
        assert.deepEqual(messages, [])
        const {name, exitCode, message, context} = error ?? {}
        assert.deepEqual({name, exitCode, message, context}, expected)
      })
    }

    it('there is no such bpftrace', async () => {
      const {error} = await take(start('/no/such/bpftrace'))
      assert.equal(error?.message, 'bpftrace 0.23.2 ended while starting, with exit code 127')
      assert.equal(error.exitCode, 1)
      assert.match(error.context.join('\n'), /\/no\/such\/bpftrace/)
    })

    it('there is no setpriv', async () => {
      const undo = setEnvironment({PATH: '/no/such/folder'})
      try {
        const {messages, error} = await take(start('silent'))
        assert.deepEqual(messages, [])
        assert.match(error?.message ?? '', /^could not start bpftrace through setpriv: /)
        assert.equal(error?.exitCode, 1)
        assert.equal(error.hint, 'setpriv is part of util-linux; install it')
      } finally {
        undo()
      }
    })
  })

  describe('tells how a run failed, after what had come', () => {
    it('by a signal', async () => {
      const {messages, error} = await take(start('dies-running'))
      assert.deepEqual(
        messages.filter(({kind}) => kind !== 'trouble'),
        [ready, row(1)],
      )
      assert.equal(
        error?.message,
        'bpftrace 0.23.2 died in the middle of the run, by SIGABRT; what it had not sent is lost',
      )
      assert.equal(error.exitCode, 1)
      assert.deepEqual(error.context, ['out of something'])
    })

    it('with an exit code', async () => {
      const {messages, error} = await take(start('fails-running'))
      assert.deepEqual(messages, [ready, row(1)])
      assert.equal(
        error?.message,
        'bpftrace 0.23.2 died in the middle of the run, with exit code 5; what it had not sent is lost',
      )
    })
  })

  it('keeps words on stdout apart while it starts', async () => {
    const session = start('warns-first')
    const {messages, error} = await take(session, 2, () => session.stop())
    assert.equal(error, undefined)
    assert.deepEqual(messages, [ready, row(1), sent])
  })

  it('ends at words on stdout in the middle of a run', async () => {
    const {messages, error} = await take(start('speaks-late'))
    assert.deepEqual(messages, [ready, row(1)])
    assert.equal(error?.message, 'bpftrace wrote a line that is not its JSON: "what is this"')
    assert.equal(error.exitCode, 1)
  })

  it('ends at words on stdout that do not end', async () => {
    const {messages, error} = await take(start('endless-garbage'))
    assert.deepEqual(messages, [])
    assert.equal(error?.message, 'bpftrace wrote a line that is not its JSON: "rubbish"')
  })

  it('passes on what it says on stderr in the middle of a run', async () => {
    const session = start('complains')
    const {messages, error} = await take(session, 3, () => session.stop())
    assert.equal(error, undefined)
    assert.deepEqual(
      messages.filter(({kind}) => kind === 'trouble'),
      [{kind: 'trouble', text: 'bpftrace says: WARNING: something is odd'}],
    )
  })

  it('says which probes it could not attach, when it is ready', async () => {
    const session = start('skips-probes')
    const {messages} = await take(session, 3, () => session.stop())
    assert.deepEqual(messages.slice(0, 2), [
      {kind: 'ready'},
      {
        kind: 'trouble',
        text: '4 probes could not be attached, so their events are missing: kprobe:vfs_a, kprobe:vfs_b, kprobe:vfs_c ...',
      },
    ])
  })

  it('waits when nobody takes the messages, and loses none', async () => {
    const session = start('floods')
    const pid = await started(pidFile)
    const written = (): number => Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
    let last = -1
    while (written() !== last || last === 0) {
      last = written()
      await delay(100)
    }
    assert.ok(last < 64 * 2 ** 20, `${last} bytes were taken`)
    let rows = 0
    const {messages, error} = await take(session, 300_000, () => void session.kill())
    for (const message of messages) if (message.kind === 'row') rows++
    assert.equal(error, undefined)
    assert.ok(rows >= 300_000 - 1, `${rows} rows`)
    assert.deepEqual(new Set(messages.map((message) => JSON.stringify(message))).size, 2)
  })

  describe('stops', () => {
    it('one that is not ready', async () => {
      const session = start('silent')
      await started(pidFile)
      session.stop()
      assert.deepEqual(await take(session), {messages: []})
    })

    it('one that loses the first SIGTERM while it starts', async () => {
      const session = start('deaf-once')
      await started(pidFile)
      await delay(100) // its trap is set by then, and if not, the test passes all the same
      session.stop()
      assert.deepEqual(await take(session), {messages: []})
    })

    it('one that does not listen, by force, when its time is over', async () => {
      const session = start('deaf')
      const pid = await started(pidFile)
      const clock = sinon.useFakeTimers({
        toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
      })
      try {
        const taken = take(session, 1, () => {
          session.stop()
          session.stop()
          clock.tick(10_199)
          assert.ok(isThere(pid))
          clock.tick(1)
        })
        assert.deepEqual(await taken, {messages: [ready]})
        assert.equal(clock.countTimers(), 0)
      } finally {
        clock.restore()
      }
    })

    it('one that does not answer with a last snapshot, whose maps at its end then are the last one', async () => {
      const session = start('ready-on-stdout', '0.23.2', {maps: [{name: '@sent', key: []}]})
      const clock = sinon.useFakeTimers({
        toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
      })
      try {
        const {messages, error} = await take(session, 3, () => {
          session.stop()
          clock.tick(2999)
          assert.ok(isThere(pidIn(pidFile) ?? 0))
          clock.tick(1)
        })
        assert.equal(error, undefined)
        assert.deepEqual(messages.at(-1), {
          kind: 'snapshot',
          time: undefined,
          maps: new Map([['@sent', [{id: '[]', key: [], count: 2}]]]),
          last: true,
        })
        assert.equal(messages.length, 4)
      } finally {
        clock.restore()
      }
    })

    it('one that has children', async () => {
      const session = start('parent')
      const {messages, error} = await take(session, 2, () => void session.kill())
      assert.equal(error, undefined)
      assert.deepEqual(messages, [ready, row(1)])
    })

    it('one that has ended', async () => {
      const session = start('ends')
      await take(session)
      session.stop()
      await session.kill()
    })
  })
})

async function started(pidFile: string): Promise<number> {
  for (;;) {
    const pid = pidIn(pidFile)
    if (pid !== undefined && isThere(pid)) return pid
    await delay(10)
  }
}

function pidIn(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8').trim() || undefined) || undefined
  } catch {
    return undefined
  }
}

/**
 * No process of the group that the fake began, zombies aside, which their parent is yet to see. One that was killed is
 * gone when the kernel comes to it.
 */
async function assertNothingLeft(pidFile: string): Promise<void> {
  const group = pidIn(pidFile)
  if (group === undefined) return
  const left = (): string[] =>
    readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && groupOf(pid) === group)
  const end = performance.now() + 5000
  // Not by a timer: those are the test's.
  while (left().length > 0 && performance.now() < end) await new Promise(setImmediate)
  assert.deepEqual(left(), [])
}

function isThere(pid: number): boolean {
  return groupOf(pid.toString()) !== undefined
}

/** The process group; undefined for a process that is gone or a zombie. */
function groupOf(pid: string): number | undefined {
  try {
    const [state, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return state === 'Z' || state === 'X' ? undefined : Number(group)
  } catch {
    return undefined
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
