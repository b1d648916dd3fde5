import assert from 'node:assert/strict'
import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {Console} from '../../guest/console.js'

describe('the console of a guest', () => {
  let machine: ChildProcess
  /** A machine that says this and runs on, until its stdin is closed. */
  const saying = (words: string) => (machine = spawn('sh', ['-c', 'printf %s "$1"; cat', 'sh', words]))
  afterEach(() => machine.kill('SIGKILL'))

  for (const words of [
    'watchdog: BUG: soft lockup - CPU#0 stuck for 67s! [node:1765]',
    'rcu: INFO: rcu_preempt self-detected stall on CPU',
    'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
  ]) {
    it(`ends a run that says: ${words}`, async () => {
      const console = new Console(saying(`[   52.47] ${words}\r\n[   52.48] more\n`), false, 0)
      await assert.rejects(console.lockedUp, (error: Error) => {
        assert.ok(
          error.message.startsWith(`the guest's kernel locked up: ${words.replace(/^watchdog: |:$/g, '')}. `),
        )
        assert.match(error.message, /\| \[ {3}52\.48\] more$/)
        return true
      })
    })
  }

  it('gives the lockup as the reason when the kernel then ends itself', async () => {
    const console = new Console(
      saying('BUG: soft lockup - CPU#0 stuck for 67s!\nKernel panic - not syncing: softlockup: hung tasks\n'),
      false,
    )
    machine.stdin?.end()
    await once(machine, 'close')
    assert.match(console.verdict().message, /^the guest's kernel locked up: BUG: soft lockup - CPU#0 stuck/)
  })

  it('gives a panic as the reason, and the end of what was said', async () => {
    const console = new Console(saying('one\nKernel panic - not syncing: Fatal exception\n'), false)
    machine.stdin?.end()
    await once(machine, 'close')
    assert.match(
      console.verdict().message,
      /^the guest's kernel panicked: Fatal exception\. .*\n {2}\| one\n/,
    )
  })
})
