import assert from 'node:assert/strict'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Machine} from '#src/engine/kernel/machine.js'
import {native} from '#src/engine/kernel/native.js'
import {Running, tstrace} from '../../support/processes.js'
import {skipWithout} from '../../support/skip.js'
import {traceWorkload} from '../../support/trace.js'

/** What runs a command as nobody with some capabilities. */
function asNobody(capabilities: readonly string[]): string[] {
  const given = ['-all', ...capabilities.map((name) => `+${name}`)].join(',')
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups']
  return ['setpriv', ...user, `--inh-caps=${given}`, `--ambient-caps=${given}`]
}

const ownEngine = {TSTRACE_ENGINE: 'embedded'}

/**
 * Runs a script of `test/support` as nobody with some capabilities; says all that it wrote.
 * @param limits for prlimit
 */
async function runWith(
  capabilities: readonly string[],
  script: string,
  words: readonly string[] = [],
  limits: readonly string[] = [],
): Promise<string> {
  const running = new Running('prlimit', [
    ...[...limits, ...asNobody(capabilities)],
    ...[process.execPath, join(import.meta.dirname, '..', '..', 'support', script), ...words],
  ])
  running.closeInput()
  const {stdout, stderr} = await running.outcome
  return stdout + stderr
}

/** Which kinds of probes nobody attached with some capabilities, or why not. */
const attachWith = (capabilities: readonly string[], ...without: string[]): Promise<string> =>
  runWith(capabilities, 'holder.js', without)

// By number, as older programs do not know them by name: CAP_PERFMON, CAP_BPF.
const [perfmon, bpf] = ['cap_38', 'cap_39']

const paranoid = '/proc/sys/kernel/perf_event_paranoid'

describe('the embedded engine without root', () => {
  const level = readFileSync(paranoid, 'utf8').trim()
  const isStrict = Number(level) > 2
  before(async () => {
    // Kernels before 5.11 count maps and programs as locked memory; others than root cannot raise the limit.
    ;(await native()).liftMemoryLimit()
    if (isStrict) writeFileSync(paranoid, '2')
  })
  after(() => {
    if (isStrict) writeFileSync(paranoid, level)
  })

  it('attaches with CAP_BPF, CAP_PERFMON, and CAP_DAC_READ_SEARCH for tracefs', async () => {
    assert.match(
      await attachWith([bpf, perfmon, 'dac_read_search'], 'uprobe', 'uretprobe'),
      /^begin tracepoint rawtracepoint profile interval .*end\n$/,
    )
  })

  const capabilities = {CAP_BPF: bpf, CAP_PERFMON: perfmon, CAP_DAC_READ_SEARCH: 'dac_read_search'}
  const opens = {opens: [{call: 'openat', path: '/nx/nobody', times: 23} as const]}

  it('traces with these, as the command itself', async () => {
    const {events, outcome, workload} = await traceWorkload(
      opens,
      ({pid}) => ['opensnoop', '--json', '-p', `${pid}`],
      ownEngine,
      {user: asNobody(Object.values(capabilities))},
    )
    assert.equal(outcome.code, 0, outcome.stderr)
    assert.deepEqual(
      events.map(({pid, path}) => [pid, path]),
      Array(23).fill([workload.pid, '/nx/nobody']),
    )
  })

  for (const missing of [...Object.keys(capabilities), '']) {
    it(`begins nothing without ${missing || 'any of them'}, and names it`, async () => {
      const others = Object.entries(capabilities).filter(([name]) => missing !== '' && name !== missing)
      const {code, stdout, stderr} = await tstrace(
        ['opensnoop', '-d', '5'],
        {env: {...process.env, ...ownEngine}},
        asNobody(others.map(([, name]) => name)),
      ).outcome
      assert.deepEqual([code, stdout], [3, ''])
      const names = missing || 'CAP_BPF, CAP_PERFMON and CAP_DAC_READ_SEARCH'
      assert.match(
        stderr,
        new RegExp(`^tstrace: .* needs root, and this is user 65534 without ${names}\nHINT: type this: su`),
      )
    })
  }

  it('does without CAP_DAC_READ_SEARCH where there are no tracepoints', async () => {
    assert.match(
      await attachWith([bpf, perfmon], 'tracepoint', 'uprobe', 'uretprobe'),
      /^begin rawtracepoint/,
    )
    assert.equal(
      await attachWith([bpf, perfmon]),
      'tstrace: cannot attach tracepoint: this user may not read tracefs\n' +
        'HINT: run tstrace as root, or with CAP_DAC_READ_SEARCH\n',
    )
  })

  it('attaches uprobes by links or where the kernel allows one alone, and says what it takes otherwise', async () => {
    const alone = await runWith([bpf, perfmon], 'lonelyuprobe.js')
    assert.match(alone, /^(ok|EACCES)$/)
    const may = alone === 'ok' || (await new Machine().uprobeMulti()).ok
    const kinds = ['tracepoint', 'kprobe', 'kretprobe', 'fentry']
    assert.match(
      await attachWith([bpf, perfmon], ...kinds),
      may
        ? /^begin rawtracepoint uprobe uretprobe/
        : /cannot attach uprobe: .*\nHINT: before Linux 6.6, .* this kernel wants CAP_SYS_ADMIN for uprobes\n$/,
    )
  })

  it('says which capability is missing', async () => {
    const hint = (names: string): string =>
      `HINT: it takes ${names}: run tstrace as root, or with these capabilities (in a container, grant them to it)\n`
    assert.equal(
      await attachWith([]),
      `tstrace: this user may not create the map ring (262144 entries) (EPERM)\n${hint('CAP_BPF and CAP_PERFMON')}`,
    )
    assert.equal(
      await attachWith([bpf, 'dac_read_search']),
      `tstrace: this user may not load the program of begin (EPERM)\n${hint('CAP_PERFMON')}`,
    )
  })

  it('says that the kernel wants more locked memory', async function () {
    const capabilities = [bpf, perfmon, 'dac_read_search']
    const said = await runWith(capabilities, 'holder.js', ['uprobe', 'uretprobe'], ['--memlock=4096'])
    skipWithout(this, 'a kernel that counts maps as locked memory (before 5.11)', !said.startsWith('begin'))
    assert.match(
      said,
      /^tstrace: this user may not create the map .* \(EPERM\)\nHINT: before Linux 5\.11 this counts/,
    )
  })

  it('knows of a distribution that wants more', async function () {
    skipWithout(this, 'a kernel that knows kernel.perf_event_paranoid above 2', isStrict)
    writeFileSync(paranoid, level)
    try {
      assert.equal(
        await attachWith([bpf, perfmon, 'dac_read_search']),
        'tstrace: cannot attach tracepoint: this user may not attach it (EACCES)\n' +
          `HINT: with kernel.perf_event_paranoid at ${level}, kernels of Debian and Ubuntu want CAP_SYS_ADMIN: ` +
          '`sysctl kernel.perf_event_paranoid=2`, or run tstrace as root\n',
      )
    } finally {
      writeFileSync(paranoid, '2')
    }
  })
})

describe('the embedded engine beside another tracer', () => {
  it('starts, though that one takes more memory than may be locked (before Linux 5.11)', async () => {
    const little = ['prlimit', '--memlock=65536:']
    const start = (...flags: string[]): Running =>
      tstrace(['opensnoop', ...flags], {env: {...process.env, ...ownEngine}}, little)
    const other = start()
    try {
      await Promise.race([other.firstLine, other.outcome])
      const {code, stderr} = await start('-d', '1').outcome
      assert.equal(code, 0, stderr)
    } finally {
      other.signal('SIGINT')
      await other.outcome
    }
  })
})
