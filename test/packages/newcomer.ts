import assert from 'node:assert/strict'
import {records} from '../support/trace.js'
import type {Sandbox} from './sandbox.js'

/** Where tstrace was installed, and the variables of who uses it. */
export interface Installed {
  readonly sandbox: Sandbox
  readonly env: Readonly<Record<string, string>>
}

/** What somebody does who has just installed tstrace, as tests; the same however it was installed. */
export function newcomersPath(installed: () => Installed): void {
  const out = (...args: string[]): Promise<string> => installed().sandbox.out(args, installed().env)

  it('tstrace doctor says what this machine can do', async () => {
    const text = await out('tstrace', 'doctor')
    assert.match(text, /^MACHINE\nkernel +\d+\.\d+/)
    assert.match(text, /^opensnoop +runs with source \w+$/m)
  })

  it('tstrace opensnoop -d 2 shows who opens which files', async () => {
    const {sandbox, env} = installed()
    const tool = sandbox.start(['tstrace', 'opensnoop', '-d', '2'], env)
    await tool.firstLine
    // Until the tool ends, so that it does not matter when its two seconds are.
    const work = sandbox.start(['sh', '-c', 'while :; do cat /etc/debian_version; done'])
    const {code, stdout, stderr} = await tool.outcome
    work.signal('SIGKILL')
    await work.outcome
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^PID +COMM +FD +ERR +PATH\n/)
    assert.match(stdout, /^\d+ +cat +3 +0 \/etc\/debian_version$/m)
  })

  it('every open of a command is traced, and no other', async () => {
    const command = 'i=0; while [ $i -lt 23 ]; do : </etc/debian_version; i=$((i+1)); done'
    const args = ['opensnoop', '--json', '--path', '/etc/debian_version', '--', 'sh', '-c', command]
    const {events, records: others} = records(await out('tstrace', ...args))
    assert.deepEqual(
      events.map(({comm, path, errno}) => ({comm, path, errno})),
      Array.from({length: 23}, () => ({comm: 'sh', path: '/etc/debian_version', errno: 0})),
    )
    assert.equal(others['end']?.['lost'], 0)
  })

  it('man tstrace-opensnoop shows its page', async () => {
    const page = await out('man', 'tstrace-opensnoop')
    assert.match(page, /^TSTRACE-OPENSNOOP\(8\) +tstrace manual +TSTRACE-OPENSNOOP\(8\)$/m)
    assert.match(page, /^DIFFERENCES FROM BCC$/m)
    assert.equal(await out('tstrace', 'man', 'opensnoop'), page)
  })
}
