import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {root} from '../../scripts/root.js'
import {type Outcome, Running, tstrace} from '../support/processes.js'
import {inGuestsOnly} from '../support/skip.js'

interface Found {
  readonly machine: {
    readonly kernel: string
    readonly tracepoints: number
    readonly bpftrace: {version: string}
  }
  readonly tools: readonly {
    tool: string
    source: string | null
    sources: {source: string; missing: string[]}[]
  }[]
}

interface Attempt {
  readonly ok: boolean
  readonly why: string
}

interface Whole {
  readonly machine: {
    readonly kernel: string
    readonly embedded: {readonly version: string}
    readonly bpftrace: {readonly version: string; readonly path: string}
    readonly tracepoints: number
    readonly btf: boolean
    readonly lockdown: string | null
    readonly cgroup2: readonly string[]
    readonly kprobe: Attempt
    readonly fentry: Attempt
    readonly hardware_counters: Attempt
  }
  readonly tools: readonly {readonly tool: string}[]
}

/** Of include/uapi/linux/capability.h, in this order. */
const capabilityNumbers = {
  CAP_DAC_OVERRIDE: 1n,
  CAP_DAC_READ_SEARCH: 2n,
  CAP_SYS_PTRACE: 19n,
  CAP_SYS_ADMIN: 21n,
  CAP_SYS_RESOURCE: 24n,
  CAP_SYSLOG: 34n,
  CAP_PERFMON: 38n,
  CAP_BPF: 39n,
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

describe('doctor', () => {
  inGuestsOnly('knows which source')

  it('knows which source a tool would use, and the tool uses it', async () => {
    const {code, stdout} = await tstrace(['doctor', 'opensnoop', '--json']).outcome
    assert.equal(code, 0)
    const {machine, tools} = JSON.parse(stdout) as Found
    assert.match(machine.bpftrace.version, /^0\.\d+\.\d+$/)
    assert.ok(machine.tracepoints > 1000)
    assert.deepEqual(
      tools.map(({tool, source}) => [tool, source]),
      [['opensnoop', 'tracepoint']],
    )
    for (const {source, missing} of tools[0]?.sources ?? []) {
      const run = tstrace(['opensnoop', '--source', source, '-d', '0.1', '--json'])
      const outcome = await run.outcome
      assert.equal(outcome.code, missing.length === 0 ? 0 : 3, outcome.stderr)
      if (missing.length > 0) assert.match(outcome.stderr, new RegExp(`^  ${source}: `, 'm'))
    }
  })

  it('says what the machine has, each fact by its name in JSON and in its row', async () => {
    const automatic = {env: {...process.env, TSTRACE_ENGINE: ''}}
    const {machine, tools} = JSON.parse(
      (await tstrace(['doctor', '--json'], automatic).outcome).stdout,
    ) as Whole
    const {stdout} = await tstrace(['doctor'], automatic).outcome
    const effective = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(read('/proc/self/status'))?.[1]}`)
    const has = Object.entries(capabilityNumbers).map(
      ([name, number]) => [name, ((effective >> number) & 1n) === 1n] as const,
    )
    const mounts = read('/proc/self/mountinfo').split('\n')
    const mounted = (type: string): string[] =>
      mounts.filter((line) => line.includes(` - ${type} `)).map((line) => line.split(' ')[4] ?? '')
    const {kprobe, fentry, hardware_counters: counters, bpftrace, cgroup2, ...facts} = machine
    assert.deepEqual(facts, {
      kernel: read('/proc/sys/kernel/osrelease').trim(),
      architecture: process.arch,
      engine: 'embedded',
      embedded: {version: (JSON.parse(read(join(root, 'package.json'))) as {version: string}).version},
      user: 0,
      capabilities: Object.fromEntries(has),
      tracefs: '/sys/kernel/tracing',
      tracefs_writable: true,
      tracepoints: read('/sys/kernel/tracing/available_events').trim().split('\n').length,
      btf: existsSync('/sys/kernel/btf/vmlinux'),
      lockdown: /\[(\w+)\]/.exec(read('/sys/kernel/security/lockdown'))?.[1] ?? null,
      bpf: {ok: true, why: ''},
      perf_events: {ok: true, why: ''},
    })
    assert.deepEqual(new Set(cgroup2), new Set(mounted('cgroup2')))
    const devices = readdirSync('/sys/bus/event_source/devices')
    assert.equal(kprobe.ok, devices.includes('kprobe'))
    assert.equal(
      counters.ok,
      devices.some((name) => /^(cpu|armv8)/.test(name)),
    )
    // fentry needs ftrace that calls programs itself, which kprobes do not.
    if (fentry.ok) assert.ok(existsSync('/sys/kernel/tracing/available_filter_functions'))
    for (const {ok, why} of [kprobe, fentry, counters]) assert.equal(why === '', ok)
    const ownVersion = /v(0\.\d+\.\d+)/.exec(spawnSync('bpftrace', ['--version'], {encoding: 'utf8'}).stdout)
    assert.equal(bpftrace.version, ownVersion?.[1])
    assert.deepEqual(
      tools.map(({tool}) => tool),
      readdirSync(join(root, 'man'))
        .map((page) => /^(\w+)\.8\.md$/.exec(page)?.[1] ?? '')
        .filter((name) => !['', 'tstrace', 'completion', 'doctor', 'list', 'man', 'run'].includes(name)),
    )

    // Rows go on in lines that begin with blanks.
    const rows = Object.fromEntries(
      stdout
        .slice(0, stdout.indexOf('\n\n'))
        .replaceAll(/\n +/g, ' ')
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ) as Record<string, string>
    const attempt = ({ok, why}: Attempt): string => (ok ? 'yes' : `no: ${why}`)
    const named = (held: boolean): string =>
      has.flatMap(([name, holds]) => (holds === held ? [name] : [])).join(' ')
    assert.deepEqual(rows, {
      MACHINE: undefined,
      kernel: `${facts.kernel} (${process.arch})`,
      engine: 'embedded',
      embedded: facts.embedded.version,
      bpftrace: `${bpftrace.version} at ${bpftrace.path}`,
      user: 'root',
      capabilities: named(true),
      ...(named(false) !== '' && {without: named(false)}),
      tracefs: '/sys/kernel/tracing',
      tracepoints: `${facts.tracepoints}`,
      'kernel types': facts.btf ? 'yes (BTF)' : 'no: the kernel has no BTF (CONFIG_DEBUG_INFO_BTF)',
      lockdown: facts.lockdown ?? 'unknown (the kernel does not say; is securityfs mounted?)',
      'cgroup v2': cgroup2.join(' ') || 'no: not mounted',
      BPF: 'yes',
      'perf events': 'yes',
      kprobe: attempt(kprobe),
      fentry: attempt(fentry),
      PMU: attempt(counters),
    })
  })

  it('exits with 3 when a named tool cannot run, and says why', async () => {
    const {code, stdout} = await tstrace(['doctor', 'opensnoop'], {
      env: {...process.env, TSTRACE_ENGINE: 'bpftrace', TSTRACE_BPFTRACE: '/bin/false'},
    }).outcome
    assert.equal(code, 3)
    assert.match(stdout, /opensnoop +cannot run\n +asked \/bin\/false for its version and got none/)
  })

  it('names no engine to others than root', async () => {
    const other = {uid: 65534, gid: 65534, cwd: '/', env: {PATH: process.env['PATH'], HOME: '/nonexistent'}}
    const {code, stdout} = await tstrace(['doctor', 'opensnoop'], other).outcome
    assert.equal(code, 3)
    assert.match(stdout, /^engine +none$/m)
    assert.match(
      stdout,
      /^opensnoop +cannot run\n +tracing the kernel needs root, and this is user 65534 without\n +CAP_BPF, CAP_PERFMON and CAP_DAC_READ_SEARCH\n/m,
    )
  })

  for (const call of ['bpf', 'perf_event_open']) {
    it(`sees that a sandbox forbids ${call}(2), and so does the tool`, async () => {
      const forbidding = (...args: string[]): Promise<Outcome> =>
        new Running(process.execPath, [
          join(import.meta.dirname, '..', 'support', 'forbid.js'),
          call,
          process.execPath,
          join(root, 'bin', 'run.js'),
          ...args,
        ]).outcome
      const {code, stdout} = await forbidding('doctor', 'opensnoop')
      assert.equal(code, 3)
      assert.match(stdout, new RegExp(`^opensnoop +cannot run\\n[^]*the kernel refuses ${call}\\(2\\)`, 'm'))
      assert.equal((await forbidding('opensnoop', '-d', '1')).code, 3)
    })
  }

  it('says that tracefs is read-only, as in many containers', async () => {
    const script = 'mount --bind -o ro "$0" "$0"; mount -o remount,bind,ro "$0"; exec "$@"'
    const command = [process.execPath, join(root, 'bin', 'run.js'), 'doctor', 'opensnoop']
    const folder = '/sys/kernel/tracing'
    const {code, stdout} = await new Running('unshare', ['-m', 'sh', '-c', script, folder, ...command])
      .outcome
    assert.match(stdout, /^tracefs +\S+ \(read-only\)$/m)
    assert.equal(code, 0)
  })
})
