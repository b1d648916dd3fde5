import assert from 'node:assert/strict'
import {join} from 'node:path'
import {root} from '../../../scripts/root.js'
import {forgotten, idsOf} from '../../support/held.js'
import {childrenOf, Running, tstrace, Workload} from '../../support/processes.js'
import {inGuestsOnly} from '../../support/skip.js'
import {temporaryFolder} from '../../support/temporary.js'
import {semaphoreProgram} from '../../support/usdt.js'

/** Prime, so that no multiple of something else looks right. */
const many = 23
const ownEngine = {env: {...process.env, TSTRACE_ENGINE: 'embedded'}}
const open = {call: 'openat', path: '/nx/left'} as const
const opens = {opens: [{...open, times: many}]}

/** What a process has in the kernel, which must be something. */
function held(pid: number): ReturnType<typeof idsOf> {
  const ids = idsOf(pid)
  assert.ok(ids.program.length > 0 && ids.map.length > 2, JSON.stringify(ids))
  return ids
}

/** A way to trace opens of a path, and what shows that all is attached. */
interface Kind {
  readonly start: (args?: readonly string[]) => Running
  readonly ready: (tool: Running) => Promise<unknown>
}

const program = (body: string): string =>
  `tracepoint:syscalls:sys_enter_openat /str(args->filename) == "/nx/left"/ { ${body} }`
const kinds: Record<string, Kind> = {
  opensnoop: {
    start: (args = []) => tstrace(['opensnoop', '--json', '--path', '/nx/left', ...args], ownEngine),
    ready: (tool) => tool.firstLine,
  },
  run: {
    start: (args = []) => tstrace(['run', '-e', program('print(comm); @ = count();'), ...args], ownEngine),
    ready: (tool) => tool.written('attached 1 probe\n'),
  },
}

/** Starts it, finds out what it has in the kernel, lets it end, and sees that nothing of that is there any more. */
async function leavesNothing(
  {start, ready}: Kind,
  args: readonly string[],
  end: (tool: Running) => unknown,
): Promise<Running> {
  const tool = start(args)
  await ready(tool)
  const ids = held(tool.pid)
  await end(tool)
  await tool.outcome
  await forgotten(ids)
  return tool
}

describe('nothing of a run with the embedded engine stays in the kernel', () => {
  inGuestsOnly('after SIGKILL of opensnoop', 'after SIGKILL, nor')
  const folder = temporaryFolder()
  after(folder.remove)

  for (const [name, kind] of Object.entries(kinds)) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
      it(`after ${signal} of ${name}`, async () => {
        const tool = await leavesNothing(kind, [], (tool) => tool.signal(signal))
        const {code, signal: endedBy} = await tool.outcome
        assert.deepEqual([code, endedBy], signal === 'SIGKILL' ? [null, signal] : [0, null])
      })
    }

    it(`after a second Ctrl-C for ${name}, which forces`, async () => {
      const tool = await leavesNothing(kind, [], (tool) => {
        // Both are there before it can act upon the first.
        for (const signal of ['SIGSTOP', 'SIGINT', 'SIGTERM', 'SIGCONT'] as const) tool.signal(signal)
      })
      assert.equal((await tool.outcome).code, 1)
    })

    it(`after the reader of ${name} is gone`, async () => {
      const workload = await Workload.start(opens)
      // As `head -1`, which ends when it is told.
      const reader = '{ IFS= read -r line; echo "$line"; read -r go <&3; }'
      const script = `exec 3<&0; "$@" </dev/null | ${reader}; echo "\${PIPESTATUS[0]}"`
      const args = {
        opensnoop: ['opensnoop', '--path', '/nx/left'],
        run: ['run', '-e', program('print(comm);')],
      }[name]
      const command = [process.execPath, join(root, 'bin', 'run.js'), ...(args ?? [])]
      const pipe = new Running('bash', ['-c', script, 'bash', ...command], ownEngine)
      await pipe.written(name === 'run' ? 'attached 1 probe\n' : 'PATH\n')
      const holders = childrenOf(pipe.pid).filter((pid) => idsOf(pid).program.length > 0)
      assert.equal(holders.length, 1)
      const ids = held(holders[0] ?? 0)
      await workload.go()
      await pipe.firstLine
      pipe.send('go\n')
      assert.match((await pipe.outcome).stdout, /\n0\n$/)
      await workload.end()
      await forgotten(ids)
    })
  }

  it('after the duration', async () => {
    const {outcome} = await leavesNothing(kinds['opensnoop'] as Kind, ['-d', '3'], () => {})
    assert.match((await outcome).stdout, /"reason":"duration"/)
  })

  it('after the last event that was asked for', async () => {
    const workload = await Workload.start(opens)
    const args = ['--limit', `${many}`]
    const {outcome} = await leavesNothing(kinds['opensnoop'] as Kind, args, () => workload.go())
    await workload.end()
    assert.match((await outcome).stdout, /"reason":"limit"/)
  })

  it('after the end of a traced command', async () => {
    const args = ['--', 'sh', '-c', 'read -r line']
    const {outcome} = await leavesNothing(kinds['opensnoop'] as Kind, args, (tool) => tool.send('\n'))
    assert.match((await outcome).stdout, /"reason":"command exited"/)
    const run = await leavesNothing(kinds['run'] as Kind, ['-c', 'head -1'], (tool) => tool.send('\n'))
    assert.equal((await run.outcome).code, 0)
  })

  it('after exit() in the program', async () => {
    const workload = await Workload.start(opens)
    const start = (): Running => tstrace(['run', '-e', program('exit(3);')], ownEngine)
    const {outcome} = await leavesNothing({...(kinds['run'] as Kind), start}, [], () => workload.go())
    await workload.end()
    assert.equal((await outcome).code, 3)
  })

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`after ${signal}, nor is a probe of a program left switched on`, async function () {
      const path = semaphoreProgram(this, folder.path)
      const shop = new Running(path, [])
      await shop.firstLine
      let asked = 0
      const semaphore = async (): Promise<number> => {
        shop.send('\n')
        asked++
        await shop.until((stdout) => stdout.split('\n').length > asked + 1)
        return Number(shop.stdout.trimEnd().split(' ').at(-1))
      }
      assert.equal(await semaphore(), 0)
      const start = (): Running =>
        tstrace(['run', '-e', `usdt:${path}:shop:sold { @ = count(); }`], ownEngine)
      await leavesNothing({...(kinds['run'] as Kind), start}, [], async (tool) => {
        assert.equal(await semaphore(), 1)
        tool.signal(signal)
      })
      // What the kernel does when the last descriptor is closed may come a moment later.
      const end = performance.now() + 20_000
      while ((await semaphore()) !== 0) assert.ok(performance.now() < end, 'the semaphore is still up')
      shop.closeInput()
      await shop.outcome
    })
  }

  it('after a run that failed, as for lost events', async () => {
    const workload = await Workload.start({opens: [{...open, times: 20_011}]})
    const args = ['--strict', '--buffer-pages', '1', '-p', `${workload.pid}`]
    const {outcome} = await leavesNothing(kinds['opensnoop'] as Kind, args, async (tool) => {
      tool.signal('SIGSTOP')
      await workload.go()
      tool.signal('SIGCONT')
      tool.signal('SIGINT')
    })
    await workload.end()
    assert.equal((await outcome).code, 1)
  })
})
