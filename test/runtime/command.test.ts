import assert from 'node:assert/strict'
import {gone, isAlive, tstrace} from '../support/processes.js'
import {records} from '../support/trace.js'
import {inGuestsOnly} from '../support/skip.js'

describe('a traced command', () => {
  inGuestsOnly('is traced from')

  it('is traced from its first instruction, and the run ends with it', async () => {
    const {code, stdout, stderr} = await tstrace([
      'opensnoop',
      '--json',
      '--',
      'cat',
      '/etc/hostname',
      '/nx/missing',
    ]).outcome
    const {events, records: others} = records(stdout)
    assert.equal(code, 0)
    assert.equal(others['end']?.['reason'], 'command exited')
    assert.equal(others['end']['lost'], 0)
    const paths = events.map(({path}) => path)
    assert.equal(paths[0], '/etc/ld.so.cache')
    assert.deepEqual(
      paths.filter((path) => ['/etc/hostname', '/nx/missing'].includes(String(path))),
      ['/etc/hostname', '/nx/missing'],
    )
    assert.deepEqual(new Set(events.map(({comm}) => comm)), new Set(['cat']))
    // Its own words go to stderr, so that stdout stays ours.
    assert.match(stderr, /\S+\n.*\/nx\/missing/)
  })

  it('is traced without the shell that waits for tracing to begin', async () => {
    const args = [
      'argdist',
      '--json',
      '-C',
      't:raw_syscalls:sys_enter():char*:$COMM',
      '--',
      'cat',
      '/etc/hostname',
    ]
    const {code, stdout, stderr} = await tstrace(args).outcome
    assert.equal(code, 0, stderr)
    const names = records(stdout).all.flatMap(({type, event}) => (type === 'count' ? [event] : []))
    assert.deepEqual(names, ['$COMM = "cat"'])
  })

  it('gets its arguments as they are', async () => {
    const odd = ["a'b", '$(x) "y"', '-x', '--', 'new\nline']
    const {stderr} = await tstrace(['opensnoop', '--quiet', '--', 'printf', '[%s]', ...odd]).outcome
    assert.equal(stderr, odd.map((word) => `[${word}]`).join(''))
  })

  it('goes on without us when the run ends first', async () => {
    const tool = tstrace(['opensnoop', '--json', '-d', '0.5', '--', 'sleep', '1000'])
    await tool.written('still runs (process ')
    await tool.written(')\n')
    const pid = Number(/still runs \(process (\d+)\)/.exec(tool.stderr)?.[1])
    await gone(tool.pid)
    assert.equal(isAlive(pid), true)
    process.kill(pid) // it holds the stderr it got, and so the outcome
    const {code, stdout} = await tool.outcome
    assert.equal(code, 0)
    assert.equal(records(stdout).records['end']?.['reason'], 'duration')
  })

  it('does not run at all when tracing cannot begin', async () => {
    const tool = tstrace(['opensnoop', '--', 'echo', 'ran'], {
      env: {...process.env, TSTRACE_ENGINE: 'bpftrace', TSTRACE_BPFTRACE: '/bin/false'},
    })
    const {code, stdout, stderr} = await tool.outcome
    assert.equal(code, 3)
    assert.doesNotMatch(stdout + stderr, /^ran$/m)
  })

  it('that does not exist is a usage error', async () => {
    const {code, stderr} = await tstrace(['opensnoop', '--', 'no-such-command']).outcome
    assert.deepEqual(
      [code, stderr],
      [2, "tstrace: cannot trace 'no-such-command': there is no such program in PATH\n"],
    )
  })
})
