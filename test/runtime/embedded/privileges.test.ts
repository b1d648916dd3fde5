import assert from 'node:assert/strict'
import {join} from 'node:path'
import {Running} from '../../support/processes.js'

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

describe('the embedded engine without root', () => {
  it('attaches with CAP_BPF, CAP_PERFMON, and CAP_DAC_READ_SEARCH for tracefs', async () => {
    assert.match(
      await attachWith([bpf, perfmon, 'dac_read_search']),
      /^begin tracepoint rawtracepoint uprobe uretprobe profile interval .*end\n$/,
    )
  })

  it('does without CAP_DAC_READ_SEARCH where there are no tracepoints', async () => {
    assert.match(await attachWith([bpf, perfmon], 'tracepoint'), /^begin rawtracepoint uprobe/)
    assert.equal(
      await attachWith([bpf, perfmon]),
      'tstrace: cannot attach tracepoint: this user may not read tracefs\n' +
        'HINT: run tstrace as root, or with CAP_DAC_READ_SEARCH\n',
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
})
