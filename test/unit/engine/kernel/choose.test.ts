import assert from 'node:assert/strict'
import {choose, judge, namedSource} from '#src/engine/kernel/choose.js'
import {Machine} from '#src/engine/kernel/machine.js'
import type {Need} from '#src/engine/kernel/need.js'
import {skipWithout} from '../../../support/skip.js'

const machine = new Machine()
const source = (name: string, ...needs: Need[]): {name: string; needs: Need[]} => ({name, needs})
const impossible = source('impossible', 'kprobe:no_such_function_anywhere')
const modest = source('modest')

describe('judge', () => {
  it('finds nothing missing where nothing is needed', async () => {
    assert.deepEqual(await judge(modest, machine), {source: 'modest', missing: []})
  })

  it('says what is missing, each thing once', async () => {
    assert.deepEqual(
      await judge(source('x', 'fentry:no_such_a', 'kprobe:no_such_a', 'fentry:no_such_b'), machine),
      {
        source: 'x',
        missing: ['the kernel has no function no_such_a', 'the kernel has no function no_such_b'],
      },
    )
  })

  it('says which flag needs what is missing, unless it is missing anyway', async () => {
    const forFlag = {need: 'kprobe:no_such_b', for: '-l'} as const
    assert.deepEqual((await judge({name: 'x', needs: ['kprobe:no_such_a', forFlag]}, machine)).missing, [
      'the kernel has no function no_such_a',
      '-l needs kprobe:no_such_b, and the kernel has no function no_such_b',
    ])
    assert.deepEqual((await judge({name: 'x', needs: ['kprobe:no_such_b', forFlag]}, machine)).missing, [
      'the kernel has no function no_such_b',
    ])
  })

  it('says the same of kernel types as the machine', async () => {
    const missing = machine.btf ? [] : ['the kernel does not describe its types (CONFIG_DEBUG_INFO_BTF)']
    assert.deepEqual(await judge(source('x', 'btf'), machine), {source: 'x', missing})
  })

  it('says the same of attaching as the machine', async () => {
    for (const kind of ['fentry', 'kprobe'] as const) {
      const there = machine.function('vfs_read')
      const {ok, why} = await (kind === 'fentry' ? machine.fentry() : machine.kprobe())
      const missing = there ? (ok ? [] : [why]) : ['the kernel has no function vfs_read']
      assert.deepEqual(await judge(source('x', `${kind}:vfs_read`), machine), {source: 'x', missing})
    }
  })

  it('looks for tracepoints', async function () {
    skipWithout(this, 'tracefs', machine.tracefsReadable)
    assert.deepEqual(
      await judge(source('x', 'tracepoint:sched:sched_switch', 'tracepoint:no:such'), machine),
      {source: 'x', missing: ['there is no tracepoint no:such']},
    )
  })
})

describe('choose', () => {
  it('takes the first that can be used, and remembers what was wrong with those before', async () => {
    const {source: chosen, verdicts} = await choose('tool', [impossible, modest, source('other')], machine)
    assert.equal(chosen, modest)
    assert.deepEqual(verdicts, [
      {source: 'impossible', missing: ['the kernel has no function no_such_function_anywhere']},
      {source: 'modest', missing: []},
    ])
  })

  it('takes the one asked for', async () => {
    const other = source('other')
    const {source: chosen, verdicts} = await choose('tool', [modest, other], machine, 'other')
    assert.equal(chosen, other)
    assert.deepEqual(verdicts, [{source: 'other', missing: []}])
  })

  it('says of every source what it misses when none can be used', async () => {
    const error = {
      name: 'MachineError',
      exitCode: 3,
      message: `tool finds no event source on this kernel (${machine.kernel})`,
      hint: '`tstrace doctor tool` shows what this machine can do and what each source needs.',
    }
    const line = 'the kernel has no function no_such_function_anywhere'
    await assert.rejects(choose('tool', [impossible, {...impossible, name: 'second'}], machine), {
      ...error,
      context: [`impossible: ${line}`, `second: ${line}`],
    })
    await assert.rejects(choose('tool', [impossible, modest], machine, 'impossible'), {
      ...error,
      context: [`impossible: ${line}`],
    })
  })
})

describe('namedSource', () => {
  it('refuses a name that no source has', () => {
    assert.equal(namedSource('tool', [impossible, modest], 'modest'), modest)
    assert.throws(() => namedSource('tool', [impossible, modest], 'nope'), {
      name: 'UsageError',
      exitCode: 2,
      message: "--source: tool has no event source 'nope' (it has impossible, modest)",
    })
  })
})
