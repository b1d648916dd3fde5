import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {KernelSymbols} from '#src/engine/kernel/kallsyms.js'
import {skipWithout} from '../../../support/skip.js'

const text = `0000000000000000 A fixed_percpu_data
ffffffff81000000 T _text
ffffffff81000000 T startup_64
ffffffff81000100 t helper
ffffffff81000180 D some_data
ffffffff81000200 W weak_function
ffffffffc0001000 t nft_do_chain\t[nf_tables]
ffffffffc0002000 t bpf_prog_6deef7357e7b4530_probe\t[bpf]
`
const symbols = (content = text): KernelSymbols => new KernelSymbols(() => Buffer.from(content))

describe('kernel symbols', () => {
  it('give function, offset and module of an address', () => {
    const kernel = symbols()
    assert.deepEqual(kernel.resolve('ffffffff8100010a'), {
      address: 0xffffffff8100010an,
      name: 'helper',
      offset: 10,
      module: 'kernel',
      kernel: true,
    })
    assert.deepEqual(kernel.resolve('0xffffffffc0001005'), {
      address: 0xffffffffc0001005n,
      name: 'nft_do_chain',
      offset: 5,
      module: 'nf_tables',
      kernel: true,
    })
    assert.equal(kernel.resolve(0xffffffffc0002000n).module, 'bpf')
  })

  it('take the first of several names, as the kernel does', () => {
    assert.equal(symbols().resolve(0xffffffff81000004n).name, '_text')
  })

  it('leave data, and what is far from any function, without a name', () => {
    for (const address of [
      0n,
      0xfffn,
      0xffffffff80ffffffn,
      0xffffffff81000180n,
      0xffffffff82000000n,
      2n ** 64n - 1n,
    ]) {
      assert.deepEqual(symbols().resolve(address), {address, kernel: true})
    }
  })

  it('look up the call of an address that is returned to', () => {
    const [leaf, caller] = symbols().frames(['ffffffff81000200', 'ffffffff81000100'])
    assert.deepEqual([leaf?.name, leaf?.offset], ['weak_function', 0])
    assert.deepEqual([caller?.name, caller?.offset, caller?.address], ['_text', 256, 0xffffffff81000100n])
  })

  it('are read once, and only when they are asked for', () => {
    let reads = 0
    const kernel = new KernelSymbols(() => {
      reads++
      return Buffer.from(text)
    })
    assert.equal(reads, 0)
    assert.equal(kernel.resolve('ffffffff81000101'), kernel.resolve('ffffffff81000101'))
    kernel.frames(['ffffffff81000102', 'ffffffff81000103'])
    assert.equal(reads, 1)
  })

  it('say when the kernel hides its addresses', () => {
    const kernel = symbols('0000000000000000 T vfs_read\n0000000000000000 T vfs_write\n')
    assert.ok(kernel.hidden)
    assert.deepEqual(kernel.resolve(0xffffffff81000000n), {address: 0xffffffff81000000n, kernel: true})
    assert.ok(!symbols().hidden)
    assert.ok(!symbols('').hidden)
  })

  it('are hidden from users without privileges', function () {
    skipWithout(this, 'missing: root', process.getuid?.() === 0)
    const paranoid = Number(readFileSync('/proc/sys/kernel/perf_event_paranoid', 'utf8'))
    const restrict = Number(readFileSync('/proc/sys/kernel/kptr_restrict', 'utf8'))
    skipWithout(this, 'missing: a kernel that hides addresses', paranoid > 1 || restrict > 0)
    const module = join(import.meta.dirname, '../../../../src/engine/kernel/kallsyms.js')
    const script = `const {KernelSymbols} = await import(${JSON.stringify(module)})
      process.setgid(65534); process.setuid(65534)
      console.log(new KernelSymbols().hidden)`
    const {stdout, stderr} = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    assert.deepEqual({stdout, stderr}, {stdout: 'true\n', stderr: ''})
  })

  it('name the functions of this kernel', function () {
    skipWithout(this, 'missing: root', process.getuid?.() === 0)
    const kernel = new KernelSymbols()
    const lines = readFileSync('/proc/kallsyms', 'latin1').split('\n')
    const places = new Map<string, string[]>()
    for (const line of lines) {
      const [address = '', type = '', name = ''] = line.split(/\s/)
      // BPF programs come and go between the two readings.
      if ('tT'.includes(type) && address >= 'ffff' && !line.endsWith('[bpf]'))
        places.set(address, [...(places.get(address) ?? []), name])
    }
    assert.ok(places.size > 1000)
    for (const [address, names] of places) {
      const {name, offset} = kernel.resolve(address)
      assert.deepEqual([name, offset], [names[0], 0], address)
    }
  })
})
