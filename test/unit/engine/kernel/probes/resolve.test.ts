import assert from 'node:assert/strict'
import {copyFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {MachineError, TstraceError, UsageError} from '#src/engine/errors.js'
import {readElf} from '#src/engine/kernel/elf.js'
import {Machine} from '#src/engine/kernel/machine.js'
import type {Found} from '#src/engine/kernel/probes/found.js'
import {findTarget} from '#src/engine/kernel/probes/targets.js'
import {resolvePattern} from '#src/engine/kernel/probes/resolve.js'
import {parsePattern} from '#src/engine/program/pattern.js'
import {probe} from '#src/engine/program/probe.js'
import {skipWithout} from '../../../../support/skip.js'
import {temporaryFolder} from '../../../../support/temporary.js'

const machine = new Machine()
const options = {limit: 100_000, limitFlag: '--max-probes'}
const resolve = (text: string, limit = options.limit): Promise<Found> =>
  resolvePattern(parsePattern(text), machine, {...options, limit})

async function errorOf(text: string, limit?: number): Promise<TstraceError> {
  try {
    await resolve(text, limit)
  } catch (error) {
    assert.ok(error instanceof TstraceError, String(error))
    return error
  }
  assert.fail(`'${text}' was found`)
}

describe('resolvePattern', () => {
  const folder = temporaryFolder()
  after(folder.remove)

  it('finds a kernel function', async () => {
    const {probes, leftOut} = await resolve('vfs_read')
    assert.deepEqual(
      probes.map(({point}) => point),
      [{kind: 'kprobe', name: 'vfs_read'}],
    )
    assert.deepEqual(leftOut, [])
    assert.deepEqual((await resolve('p::vfs_read')).probes, probes)
  })

  it('finds a function of the C library, at its place', async () => {
    const {probes} = await resolve('c:getppid')
    const {path} = findTarget('c')
    const elf = readElf(path)
    const expected = elf.functions.find(({name}) => name === 'getppid')
    elf.close()
    assert.deepEqual(probes, [
      {
        point: {kind: 'uprobe', path, name: 'getppid', address: expected?.address},
        label: 'getppid',
        address: expected?.offset,
      },
    ])
  })

  it('gives each place once, by its plainest name', async () => {
    const {probes} = await resolve('c:*')
    const places = probes.map(({address}) => address)
    assert.ok(probes.length > 500)
    assert.equal(new Set(places).size, places.length)
    const labels = probes.map(({label}) => label)
    assert.deepEqual(
      labels,
      labels.toSorted((a, b) => (a < b ? -1 : 1)),
    )
    assert.ok(labels.includes('malloc') && !labels.includes('__libc_malloc'))
    for (const {point} of probes) probe(point)
  })

  it('finds the code that an indirect function stands for, or says that it cannot', async () => {
    const {path} = findTarget('c')
    const elf = readElf(path)
    const chooser = elf.functions.find(({name, indirect}) => name === 'strlen' && indirect)
    elf.close()
    if (chooser === undefined) return // musl has none
    try {
      const [found] = (await resolve('c:strlen')).probes
      assert.equal(found?.label, 'strlen')
      assert.notEqual(found.address, chooser.offset)
      assert.match(probe(found.point).toString(), /:0x[0-9a-f]+$/)
    } catch (error) {
      assert.ok(error instanceof MachineError)
      assert.match(error.context.join('\n'), /^1 choose their code when they are loaded, .*: strlen$/)
    }
  })

  it('finds functions of a big program', async function () {
    this.timeout(60_000)
    const {probes} = await resolve(`${process.execPath}:*`)
    assert.ok(probes.length > 10_000)
  })

  it('finds USDT probes', async function () {
    const library = (['stdc++'] as const).find((word) => {
      try {
        return findTarget(word)
      } catch {
        return undefined
      }
    })
    skipWithout(this, 'libstdc++', library !== undefined)
    const {probes} = await resolve('u:stdc++:throw')
    assert.deepEqual(
      probes.map(({label, point}) => [label, point.kind === 'usdt' && point.provider]),
      [['throw', 'libstdcxx']],
    )
    assert.deepEqual((await resolve('u:stdc++:lib*:throw')).probes, probes)
    assert.match((await errorOf('u:stdc++:other:throw')).message, /^no USDT probe of \S+ matches/)
  })

  it('suggests near names where nothing matches: exit code 3', async function () {
    skipWithout(this, 'root', machine.tracefsReadable)
    const cases: readonly (readonly [text: string, message: RegExp, hint: RegExp | undefined])[] = [
      ['vfs_raed', /^no kernel function matches 'vfs_raed'$/, /vfs_read/],
      ['vfs_raed*', /^no kernel function matches/, /^is it vfs_read\*\?$/],
      ['no_such_function_at_all', /^no kernel function matches/, undefined],
      ['t:sched:sched_fork', /^no tracepoint matches/, /sched:sched_process_fork/],
      ['t:sched:sched_swich', /^no tracepoint matches/, /^is it sched:sched_switch\?$/],
      ['c:getpppid', /^no function of \S+ matches 'c:getpppid'$/, /getppid/],
    ]
    for (const [text, message, hint] of cases) {
      const error = await errorOf(text)
      assert.ok(error instanceof MachineError)
      assert.match(error.message, message)
      if (hint === undefined) assert.equal(error.hint, undefined)
      else assert.match(error.hint ?? '', hint)
    }
  })

  it('says why what matches cannot be traced: exit code 3', async () => {
    const error = await errorOf('perf_event_*')
    assert.ok(error instanceof MachineError)
    assert.equal(error.message, "no kernel function that matches 'perf_event_*' can be traced")
    assert.match(error.context.join('\n'), /^they belong to tracing itself: perf_event_\w+/m)
  })

  it('refuses more than the limit, and says how many and how to raise it: exit code 2', async () => {
    const {probes} = await resolve('vfs_*')
    const error = await errorOf('vfs_*', 3)
    assert.ok(error instanceof UsageError)
    assert.equal(error.message, `'vfs_*' matches ${probes.length} kernel functions, more than the limit of 3`)
    assert.match(error.hint ?? '', new RegExp(`--max-probes ${probes.length}\\b`))
    assert.equal((await resolve('vfs_*', probes.length)).probes.length, probes.length)
  })

  it('says so where the target is no program', async () => {
    const script = join(folder.path, 'script')
    writeFileSync(script, '#!/bin/sh\n')
    assert.match((await errorOf(`${script}:main`)).message, /it is not an ELF file/)
  })

  it('keeps a path with a space', async () => {
    const path = join(folder.path, 'a library.so')
    copyFileSync(findTarget('c').path, path)
    const [found] = (await resolve(`${path}:getppid`)).probes
    assert.equal(String(found && probe(found.point)), `uprobe:"${path}":getppid`)
  })
})
