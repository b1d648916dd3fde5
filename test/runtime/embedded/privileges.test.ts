import assert from 'node:assert/strict'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Machine} from '#src/engine/kernel/machine.js'
import {Running} from '../../support/processes.js'
import {skipWithout} from '../../support/skip.js'

const script = join(import.meta.dirname, '..', '..', 'support', 'holder.js')

/** Runs the holder as nobody with some capabilities; says which kinds it attached, or why not. */
async function attachWith(capabilities: readonly string[], ...without: readonly string[]): Promise<string> {
  const given = ['-all', ...capabilities.map((name) => `+${name}`)].join(',')
  const holder = new Running('setpriv', [
    ...['--reuid=65534', '--regid=65534', '--clear-groups'],
    ...[`--inh-caps=${given}`, `--ambient-caps=${given}`],
    ...[process.execPath, script, ...without],
  ])
  holder.closeInput()
  const {stdout, stderr} = await holder.outcome
  return stdout + stderr
}

// By number, as older programs do not know them by name: CAP_PERFMON, CAP_BPF.
const [perfmon, bpf] = ['cap_38', 'cap_39']

const paranoid = '/proc/sys/kernel/perf_event_paranoid'

describe('the embedded engine without root', () => {
  const level = readFileSync(paranoid, 'utf8').trim()
  const isStrict = Number(level) > 2
  before(() => {
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

  it('attaches uprobes where the kernel has links for them, and says what it takes otherwise', async () => {
    const hasLinks = (await new Machine().uprobeMulti()).ok
    const kinds = ['tracepoint', 'kprobe', 'kretprobe', 'fentry']
    assert.match(
      await attachWith([bpf, perfmon], ...kinds),
      hasLinks
        ? /^begin rawtracepoint uprobe uretprobe/
        : /cannot attach uprobe: .*\nHINT: before Linux 6.6, .* uprobes take CAP_SYS_ADMIN\n$/,
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
