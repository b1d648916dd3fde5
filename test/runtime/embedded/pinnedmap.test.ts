import assert from 'node:assert/strict'
import {mkdirSync, rmdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Machine} from '#src/engine/kernel/machine.js'
import {cgroupOf, mountNamespaceOf, PinnedMaps} from '../../support/pinnedmap.js'
import {tstrace, Workload} from '../../support/processes.js'
import {skipWithout} from '../../support/skip.js'
import {temporaryFolder} from '../../support/temporary.js'
import {records} from '../../support/trace.js'

const many = 23
const opens = (path: string) => ({opens: [{call: 'openat' as const, path, times: many}]})

describe('--cgroupmap and --mntnsmap', () => {
  const folder = temporaryFolder()
  let maps: PinnedMaps
  before(async () => (maps = await PinnedMaps.mount(folder.path)))
  after(() => {
    maps.unmount()
    folder.remove()
  })

  /** What opensnoop sees of two processes before one of them is in the map, while it is, and after. */
  async function seen(flag: string, workloads: [Workload, Workload], id: (pid: number) => bigint) {
    const [listed, other] = workloads
    const map = maps.create(flag.slice(2))
    const tool = tstrace(['opensnoop', '--json', flag, map.path, '-x'])
    await Promise.race([tool.firstLine, tool.outcome])
    const work = async (when: string): Promise<void> => {
      await listed.also(opens(`/nx/${when}`))
      await other.also(opens(`/nx/other ${when}`))
    }
    await work('before')
    map.add(id(listed.pid))
    await work('while')
    map.remove(id(listed.pid))
    await work('after')
    tool.signal('SIGINT')
    const {stdout, stderr, code} = await tool.outcome
    await Promise.all(workloads.map((workload) => workload.end()))
    assert.equal(code, 0, stderr)
    return records(stdout).events.map(({pid, path}) => `${String(pid)} ${String(path)}`)
  }

  it('shows what is done in the cgroups of a map, which changes meanwhile', async function () {
    const [mount] = new Machine().cgroup2
    skipWithout(this, 'cgroup v2', mount !== undefined)
    const cgroup = join(mount ?? '', `tstrace-map-${process.pid}`)
    mkdirSync(cgroup)
    try {
      const workloads: [Workload, Workload] = [await Workload.start({}), await Workload.start({})]
      const [{pid}] = workloads
      writeFileSync(join(cgroup, 'cgroup.procs'), `${pid}`)
      const events = await seen('--cgroupmap', workloads, cgroupOf)
      assert.deepEqual(events, Array<string>(many).fill(`${pid} /nx/while`))
    } finally {
      rmdirSync(cgroup)
    }
  })

  it('shows what is done in the mount namespaces of a map', async () => {
    const workloads: [Workload, Workload] = [
      await Workload.start({}, ['unshare', '--mount']),
      await Workload.start({}),
    ]
    const events = await seen('--mntnsmap', workloads, mountNamespaceOf)
    assert.deepEqual(events, Array<string>(many).fill(`${workloads[0].pid} /nx/while`))
  })

  it('shows nothing where a map is empty, or both are given and one does not hold', async () => {
    const [empty, full] = [maps.create('empty'), maps.create('full')]
    full.add(mountNamespaceOf(process.pid))
    const none = ['--cgroupmap', empty.path, '--mntnsmap', full.path]
    for (const tool of ['opensnoop', 'execsnoop']) {
      const {code, stdout, stderr} = await tstrace([tool, '--json', ...none, '--', 'ls']).outcome
      assert.equal(code, 0, stderr)
      assert.deepEqual(records(stdout).events, [])
    }
    const profile = await tstrace(['profile', '-f', '--mntnsmap', empty.path, '1']).outcome
    assert.equal(profile.code, 0, profile.stderr)
    assert.equal(profile.stdout, '')
    const {stdout} = await tstrace(['execsnoop', '--json', '--mntnsmap', full.path, '--', 'true']).outcome
    assert.equal(records(stdout).events.length, 1)
  })

  it('says what is wrong with a map', async () => {
    const short = maps.create('short', 4)
    const outcome = (path: string, ...args: string[]) =>
      tstrace(['opensnoop', '--cgroupmap', path, ...args]).outcome
    const missing = await outcome(`${short.path}s`)
    assert.equal(missing.code, 3)
    assert.equal(
      missing.stderr,
      `tstrace: the kernel did not open the pinned map ${short.path}s (ENOENT)\n` +
        `HINT: \`bpftool map create ${short.path}s type hash key 8 value 8 entries 1024 name set\` makes one\n`,
    )
    const unpinned = await outcome('/tmp')
    assert.equal(unpinned.code, 3)
    assert.match(
      unpinned.stderr,
      /^tstrace: nothing is pinned at \/tmp: it is in no bpf file system\nHINT: `bpftool /,
    )
    const wrong = await outcome(short.path)
    assert.equal(wrong.code, 3)
    assert.match(wrong.stderr, /^tstrace: the pinned map \S+ has keys of 4 bytes, not 8\nHINT: /)
    const bpftrace = await outcome(short.path, '--engine', 'bpftrace')
    assert.equal(bpftrace.code, 2)
    assert.match(bpftrace.stderr, /^tstrace: --cgroupmap: bpftrace cannot look into pinned maps\nHINT: /)
  })
})
