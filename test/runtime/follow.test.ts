import assert from 'node:assert/strict'
import {Running, tstrace} from '../support/processes.js'
import {records} from '../support/trace.js'
import {inGuestsOnly} from '../support/skip.js'

/** Prime, so that no multiple of something else looks right. */
const many = 7

/** Opens a file as often from itself, from a child, and from a child of that one. */
const generations = `
open() { n=0; while [ $n -lt ${many} ]; do : < /etc/passwd; n=$((n + 1)); done; }
family() { open; (open; (open)); }`
const paths = (stdout: string): number =>
  records(stdout).events.filter(({path}) => path === '/etc/passwd').length

describe('--follow', () => {
  inGuestsOnly('takes what')

  for (const [flags, generationsSeen] of [
    [[], 1],
    [['--follow'], 3],
  ] as const)
    it(`takes what a process starts from now on: ${flags.join(' ') || 'not without it'}`, async () => {
      // A child that is there before is not its concern.
      const script = `${generations}\n{ read -r go; open; } < /dev/fd/3 & echo ready; read -r go; family; echo done >&2; wait`
      const shell = new Running('sh', ['-c', `exec 3<&0; ${script}`])
      await shell.firstLine
      const tool = tstrace(['opensnoop', '--json', '-p', `${shell.pid}`, ...flags])
      await Promise.race([tool.firstLine, tool.outcome])
      shell.send('go\ngo\n')
      shell.closeInput()
      await shell.outcome
      tool.signal('SIGINT')
      const {code, stdout, stderr} = await tool.outcome
      assert.equal(code, 0, stderr)
      assert.equal(paths(stdout), generationsSeen * many)
    })

  it('takes what a command starts', async () => {
    const run = (...flags: string[]) =>
      tstrace(['opensnoop', '--json', ...flags, '--', 'sh', '-c', `${generations}\nfamily`]).outcome
    assert.equal(paths((await run()).stdout), many)
    const {stdout} = await run('--follow')
    assert.equal(paths(stdout), 3 * many)
    // The launcher is not among them.
    assert.deepEqual(new Set(records(stdout).events.map(({comm}) => comm)), new Set(['sh']))
  })

  it('is for tools that count, too', async () => {
    const probe = 't:syscalls:sys_enter_openat'
    const run = (...flags: string[]) =>
      tstrace(['funccount', '--json', ...flags, probe, '--', 'sh', '-c', `${generations}\nfamily`]).outcome
    const count = (stdout: string): number =>
      Number(records(stdout).all.find(({type}) => type === 'count')?.['count'])
    const [alone, all] = [count((await run()).stdout), count((await run('--follow')).stdout)]
    assert.equal(all - alone, 2 * many)
  })

  it('wants somebody to follow', async () => {
    const {code, stderr} = await tstrace(['opensnoop', '--follow']).outcome
    assert.deepEqual(
      [code, stderr],
      [2, 'tstrace: --follow: there is nobody to follow\nHINT: add -p PID, or -- COMMAND\n'],
    )
  })
})
