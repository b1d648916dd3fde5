import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {Machine} from '#src/engine/kernel/machine.js'

describe('Machine', () => {
  const machine = new Machine()

  it('is the kernel that uname names', () => {
    assert.equal(machine.kernel, spawnSync('uname', ['-r'], {encoding: 'utf8'}).stdout.trim())
  })

  it('knows where file systems are mounted', () => {
    const mounted = readFileSync('/proc/mounts', 'utf8')
    for (const path of machine.cgroup2) assert.ok(mounted.includes(` ${path} cgroup2 `))
    assert.equal(
      machine.cgroup2.length,
      mounted.split('\n').filter((line) => line.includes(' cgroup2 ')).length,
    )
    if (machine.tracefs !== undefined) assert.ok(mounted.includes(` ${machine.tracefs} tracefs `))
  })

  it('knows tracepoints that are there, and no others', () => {
    assert.equal(machine.tracepoint('no:such_tracepoint'), false)
    assert.equal(machine.tracepoint('syscalls:sys_enter_openat'), machine.tracefsReadable)
    assert.equal(machine.tracepoints !== undefined, machine.tracefsReadable)
  })

  it('knows the fields of tracepoints by their whole names', () => {
    const has = (field: string): boolean => machine.tracepointField('tcp:tcp_retransmit_skb', field)
    for (const field of ['sport', 'saddr', 'saddr_v6', 'skbaddr'])
      assert.equal(has(field), machine.tracefsReadable)
    for (const field of ['port', 'saddr_v', 'addr', 'format', 'no_such_field'])
      assert.equal(has(field), false)
    assert.equal(machine.tracepointField('no:such_tracepoint', 'sport'), false)
  })

  it('knows functions by their whole names', () => {
    assert.equal(machine.function('no_such_function_anywhere'), false)
    assert.equal(machine.function('vfs_rea'), false)
    assert.equal(machine.function('fs_read'), false)
    assert.equal(machine.function('vfs_read'), readFileSync('/proc/kallsyms', 'utf8').includes(' vfs_read\n'))
  })

  it('knows the capabilities of this process', () => {
    const status = readFileSync('/proc/self/status', 'utf8')
    const all = /^CapEff:\s*0*1ffffffffff$/m.test(status)
    if (all) assert.ok(machine.can('CAP_BPF') && machine.can('CAP_SYS_ADMIN') && machine.can('CAP_SYSLOG'))
    if (/^CapEff:\s*0+$/m.test(status)) assert.ok(!machine.can('CAP_BPF') && !machine.can('CAP_SYS_ADMIN'))
    assert.equal(machine.uid, process.geteuid?.())
  })

  it('knows whether the kernel describes its types', () => {
    assert.equal(machine.btf, existsSync('/sys/kernel/btf/vmlinux'))
  })

  it('asks once', async () => {
    assert.equal(await machine.kprobe(), await machine.kprobe())
    assert.equal(await machine.fentry(), await machine.fentry())
    assert.equal(machine.cgroup2[0], machine.cgroup2[0])
  })

  it('says why where it cannot attach', async () => {
    for (const {ok, why} of [
      await machine.kprobe(),
      await machine.fentry(),
      await machine.hardwareCounters(),
    ])
      assert.equal(why === '', ok)
  })
})
