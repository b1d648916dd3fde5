import assert from 'node:assert/strict'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {embeddedInGuests} from '../support/engines.js'
import {writeKnownCode} from '../support/knowncode.js'
import {Running, tstrace} from '../support/processes.js'
import {calls, type Counted, samples, stacksOf} from '../support/stacks.js'
import {temporaryFolder} from '../support/temporary.js'

const ticksPerSecond = 100

/** CPU time of a process, or what a CPU was idle, in seconds. */
const used = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
const idleOfFirstCpu = (): number => {
  const [, , , , idle, wait] = /^cpu0 .*$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[0].split(' ') ?? []
  return (Number(idle) + Number(wait)) / ticksPerSecond
}

/**
 * By the CPU time that was really used. Where many wait for a CPU, time comes in slices that samples may hit or miss in
 * step: three seconds are enough for this not to show.
 */
function assertRate(counted: number, hertz: number, seconds: number): void {
  const ratio = counted / (hertz * seconds)
  assert.ok(ratio > 0.7 && ratio < 1.4, `${counted} samples, ${hertz * seconds} expected`)
}

const inReader = (name: string | null): boolean => /^read\w*_zero$/.test(name ?? '')

// What a guest can run, too, which has no compiler; profile.test.ts has the rest.
for (const {name, env} of await embeddedInGuests()) {
  describe(`profile of known code with ${name}`, () => {
    const folder = temporaryFolder()
    after(folder.remove)
    const path = join(folder.path, 'known')
    let known: Running
    let rounds = 0
    before(() => writeKnownCode(path, {outer: 2, other: 1, reader: 20, spin: 3_000_000, size: 1 << 20}))
    beforeEach(async () => {
      known = new Running(path, [])
      rounds = 0
      await known.firstLine
    })
    afterEach(async () => {
      known.closeInput()
      await known.outcome
    })

    /** Uses so much CPU time, and says how much it was. */
    const work = async (seconds: number): Promise<number> => {
      const before = used(known.pid)
      while (used(known.pid) < before + seconds) {
        known.send('go\n')
        await known.written('done\n'.repeat(++rounds))
      }
      return used(known.pid) - before
    }

    for (const [args, hertz] of [
      [[], 49],
      [['-F', '99'], 99],
    ] as const) {
      it(`counts ${hertz} samples a second of CPU time, until Ctrl-C`, async () => {
        let seconds = 0
        const {stacks, others} = await stacksOf(
          ['profile', ...args, '-p', `${known.pid}`, '600'],
          async () => (seconds = await work(3)),
          env,
        )
        assertRate(samples(stacks), hertz, seconds)
        assert.deepEqual(
          new Set(stacks.map(({pid, comm}) => `${pid} ${comm}`)),
          new Set([`${known.pid} known`]),
        )
        const [outer, other] = ['outer', 'other'].map((from) =>
          samples(stacks, ({user}) => calls(user, 'inner', 'middle', from, '_start')),
        ) as [number, number]
        assert.ok(outer > other && other > 0, JSON.stringify(stacks))
        assert.ok(samples(stacks, ({kernel}) => kernel?.some(inReader) === true) > 0)
        assert.equal(others.at(-1)?.['reason'], 'interrupt')
      })
    }

    it('-K and -U show one half', async () => {
      const kernel = (
        await stacksOf(['profile', '-K', '-F', '299', '-p', `${known.pid}`], () => work(0.5), env)
      ).stacks
      assert.ok(samples(kernel, (stack) => stack.kernel?.some(inReader) === true) > 0)
      assert.ok(kernel.every(({user}) => user === undefined))
      const user = (
        await stacksOf(['profile', '-U', '-F', '299', '-p', `${known.pid}`], () => work(0.5), env)
      ).stacks
      assert.ok(samples(user, (stack) => calls(stack.user, 'inner', 'middle', 'outer')) > 0)
      assert.ok(user.every((stack) => stack.kernel === undefined))
    })

    it('-f writes the command, frames from the root, and the count; -a and -d mark the kernel', async () => {
      const input = join(folder.path, 'input')
      // It reads 16 bytes for each round.
      writeFileSync(input, 'go'.padEnd(16).repeat(60))
      const command = ['sh', '-c', `exec "$0" < ${input}`, path]
      const {stdout, stderr, code} = await tstrace(
        ['profile', '-f', '-a', '-d', '-F', '299', '--name', 'known', '--', ...command],
        {env: {...process.env, ...env}},
      ).outcome
      assert.equal(code, 0, stderr)
      for (const line of stdout.trimEnd().split('\n')) assert.match(line, /^known(;[^; ]+)+ \d+$/)
      assert.match(stdout, /^known;_start;outer;middle;inner \d+$/m)
      assert.match(stdout, /^known;_start;reader;-;([^;]+_\[k\];)*read\w*_zero_\[k\]/m)
    })

    it('-I shows what an idle CPU does, which is left out otherwise', async () => {
      const isIdle = ({pid, comm}: Counted): boolean => pid === 0 && comm === 'swapper/0'
      let idle = 0
      /** Until the CPU has been idle for a while, if it ever is: on a busy machine it may not. */
      const wait = async (): Promise<void> => {
        const [before, end] = [idleOfFirstCpu(), performance.now() + 20_000]
        do {
          await setTimeout(50)
          idle = idleOfFirstCpu() - before
        } while (idle < 1 && performance.now() < end)
      }
      const all = await stacksOf(['profile', '-I', '-C', '0', '-F', '299'], wait, env)
      const found = samples(all.stacks, isIdle)
      assert.ok(found >= 0.7 * 299 * idle, `${found} samples of ${idle} s`)
      assert.ok(all.stacks.filter(({pid}) => pid === 0).every(isIdle))
      const without = await stacksOf(['profile', '-C', '0', '-F', '299'], () => work(0.2), env)
      assert.equal(
        samples(without.stacks, ({pid}) => pid === 0),
        0,
      )
    })
  })
}
