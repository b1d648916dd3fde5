import assert from 'node:assert/strict'
import {join} from 'node:path'
import {root} from '../../scripts/root.js'
import {Running, tstrace} from '../support/processes.js'
import {inGuestsOnly} from '../support/skip.js'

const nobody = {uid: 65534, gid: 65534, cwd: '/', env: {PATH: process.env['PATH'], HOME: '/nonexistent'}}

describe('a tool tells', () => {
  inGuestsOnly()

  it('which columns there are, to everybody, and takes each of them', async () => {
    const {code, stdout} = await tstrace(['killsnoop', '--columns', 'help'], nobody).outcome
    assert.equal(code, 0)
    const [header, ...rows] = stdout.trimEnd().split('\n')
    assert.match(header ?? '', /^COLUMN +HEADER +MEANING$/)
    const columns = rows.flatMap((row) => /^(\w+) +(\S+) +\S/.exec(row)?.slice(1, 3) ?? [])
    const names = columns.filter((_, index) => index % 2 === 0)
    const headers = columns.filter((_, index) => index % 2 === 1)
    assert.ok(names.includes('pid') && names.includes('sig') && names.includes('time_ns'))
    const shown = await tstrace(['killsnoop', '-d', '0.1', '--columns', names.join(',')]).outcome
    assert.equal(shown.code, 0, shown.stderr)
    assert.deepEqual(shown.stdout.split('\n')[0]?.trim().split(/ +/), headers)
  })

  it('with --verbose which source it takes', async () => {
    const {code, stderr} = await tstrace(['killsnoop', '--verbose', '-d', '0.1']).outcome
    assert.equal(code, 0)
    assert.match(stderr, /^tstrace: source: tracepoint$/m)
    assert.doesNotMatch(stderr, /not source/)
    const quiet = await tstrace(['killsnoop', '-d', '0.1']).outcome
    assert.doesNotMatch(quiet.stderr, /source/)
  })

  it('with --verbose why it does not take a better one', async () => {
    const hidden = 'mount -t tmpfs none /sys/kernel/btf && exec "$@"'
    const command = [process.execPath, join(root, 'bin', 'run.js'), 'killsnoop', '--verbose', '-d', '0.1']
    const {code, stderr} = await new Running('unshare', ['-m', 'sh', '-c', hidden, 'sh', ...command]).outcome
    assert.equal(code, 0, stderr)
    assert.match(
      stderr,
      /^tstrace: not source tracepoint: the kernel does not describe its types \(CONFIG_DEBUG_INFO_BTF\)\ntstrace: source: tracepoint-untyped$/m,
    )
  })
})
