import assert from 'node:assert/strict'
import type {Attaching} from '#src/engine/definition.js'
import {BugError, MachineError, UsageError} from '#src/engine/errors.js'
import {Machine} from '#src/engine/kernel/machine.js'
import type {FoundProbe} from '#src/engine/kernel/probes/found.js'
import {
  attaching,
  type FoundPattern,
  patternFlags,
  patternSources,
  pointsTogether,
  resolvePatternFlags,
  tracingBanner,
} from '#src/engine/probing.js'
import {probe} from '#src/engine/program/probe.js'
import {found} from '../../../scripts/examples.js'

const machine = new Machine()
const resolve = (
  pattern: string | undefined,
  more: {regexp?: boolean; 'max-probes'?: number; pid?: number} = {},
): ReturnType<typeof resolvePatternFlags> =>
  resolvePatternFlags({pattern, regexp: false, 'max-probes': undefined, ...more}, machine)

const kprobes = (...names: string[]): FoundProbe[] =>
  names.map((name) => ({point: {kind: 'kprobe', name}, label: name}))
const uprobes = (...names: (string | undefined)[]): FoundProbe[] =>
  names.map((name, index) => ({
    point: {kind: 'uprobe', path: '/bin/x', name, address: index + 1},
    label: name ?? 'indirect',
  }))

describe('resolvePatternFlags', () => {
  it('finds what a pattern and -r mean', async () => {
    const {pattern, probes, points, together} = await resolve('c:getpp(id)', {regexp: true})
    assert.equal(pattern.kind, 'user')
    assert.deepEqual(
      probes.map(({label}) => label),
      ['getppid'],
    )
    assert.deepEqual(
      points,
      probes.map(({point}) => point),
    )
    assert.equal(together, false)
  })

  it('takes a dot for a dot without -r, and matches whole names with it', async () => {
    await assert.rejects(resolve('c:getp.id'), MachineError)
    await assert.rejects(resolve('c:getppi', {regexp: true}), MachineError)
  })

  it('needs a pattern', async () => {
    await assert.rejects(resolve(undefined), UsageError)
    await assert.rejects(resolve(''), UsageError)
  })

  it('has a limit of 1,000 functions of a file, which can be raised', async () => {
    await assert.rejects(resolve('c:*'), {message: /matches \d+ functions, more than the limit of 1000$/})
    const {probes} = await resolve('c:*', {'max-probes': 100_000})
    assert.ok(probes.length > 1000)
    await assert.rejects(resolve('c:get*', {'max-probes': 1}), {hint: /--max-probes \d+/})
  })

  it('makes wildcards for many functions where the kernel attaches them at once', async () => {
    const {points, probes, together} = await resolve('c:*', {'max-probes': 100_000})
    const wildcards = points.filter(({kind}) => kind === 'uprobes')
    assert.equal(wildcards.length > 0, (await machine.uprobeMulti()).ok)
    assert.equal(together, wildcards.length > 0)
    for (const point of points) probe(point)
    if (together) assert.ok(points.length < probes.length)
  })
})

describe('pointsTogether', () => {
  it('is wildcards, and probes for what these do not match', () => {
    const probes = kprobes('vfs_read', 'vfs_write', 'schedule')
    const matchable = (): string[] => ['schedule', 'schedule_idle', 'vfs_read', 'vfs_write']
    assert.deepEqual(pointsTogether({probes, leftOut: [], known: () => [], matchable}), [
      {kind: 'kprobes', prefix: 'vfs_'},
      {kind: 'kprobe', name: 'schedule'},
    ])
  })

  it('leaves functions without a name of their own, and aliases, to probes', () => {
    const probes = uprobes('qsort', 'qsort_r', undefined, 'malloc', 'malloc_trim')
    const matchable = (): string[] => ['malloc', 'malloc_alias', 'malloc_trim', 'qsort', 'qsort_r', 'strlen']
    assert.deepEqual(pointsTogether({probes, leftOut: [], known: () => [], matchable}), [
      {kind: 'uprobes', path: '/bin/x', prefix: 'qsort'},
      ...probes.slice(2).map(({point}) => point),
    ])
  })

  it('is nothing where no wildcard helps', () => {
    const probes = kprobes('schedule')
    const all = {probes, leftOut: [], known: () => []}
    assert.equal(pointsTogether(all), undefined)
    assert.equal(pointsTogether({...all, matchable: () => ['schedule', 'schedule_idle']}), undefined)
  })
})

describe('attaching', () => {
  const steps = (pattern: FoundPattern): Omit<Attaching, 'mayMiss'> => {
    const {points, kprobes, uprobes} = attaching(pattern)
    return {points, kprobes, uprobes}
  }
  const three = kprobes('vfs_read', 'vfs_write', 'schedule').map(({point}) => point)

  it('counts attach points, and what wildcards among them stand for', () => {
    const [, , last] = three
    assert.ok(last !== undefined)
    assert.deepEqual(steps(found('x', three)), {points: 3, kprobes: 0, uprobes: 0})
    assert.deepEqual(steps(found('x', three, [{kind: 'kprobes', prefix: 'vfs_'}, last])), {
      points: 2,
      kprobes: 2,
      uprobes: 0,
    })
    const two = uprobes('qsort', 'qsort_r').map(({point}) => point)
    assert.deepEqual(steps(found('c:x', two, [{kind: 'uprobes', path: '/bin/x', prefix: 'qsort'}])), {
      points: 1,
      kprobes: 0,
      uprobes: 2,
    })
  })

  it('may miss what a wildcard stands for, and what was asked for by name never', () => {
    const [only] = three
    assert.ok(only !== undefined)
    assert.equal(attaching({...found('vfs_read', [only]), isWildcard: false}).mayMiss, undefined)
    const {mayMiss} = attaching(found('vfs_*', three))
    assert.equal(mayMiss?.('kprobe:vfs_read'), true)
    assert.equal(mayMiss('tracepoint:sched:sched_process_fork'), false)
  })
})

describe('patternSources', () => {
  const sources = patternSources<typeof patternFlags>(() => [])
  const flags = {pattern: '', regexp: false, 'max-probes': undefined}

  it('suit one kind of pattern each', () => {
    const suiting = (pattern: string): unknown =>
      sources
        .filter(({suits}) => suits?.({flags, resolved: found(pattern, [])}) === true)
        .map(({name}) => name)
    assert.deepEqual(['vfs_read', 'c:malloc', 't:a:b', 'u:c:x'].map(suiting), [
      ['kprobe'],
      ['uprobe'],
      ['tracepoint'],
      ['usdt'],
    ])
  })

  it('need kprobes for functions of the kernel, whatever they are', () => {
    const [kprobe] = sources
    assert.deepEqual(kprobe.needs, ['kprobe:vfs_read'])
  })
})

describe('tracingBanner', () => {
  it('says how many of what are traced', () => {
    const point = {kind: 'tracepoint', category: 'sched', event: 'sched_switch'} as const
    assert.equal(
      tracingBanner(found('t:sched:*', [point, point])),
      'Tracing 2 tracepoints for "t:sched:*"... Hit Ctrl-C to end.',
    )
    assert.equal(
      tracingBanner(found('vfs_read', [{kind: 'kprobe', name: 'vfs_read'}])),
      'Tracing 1 function for "vfs_read"... Hit Ctrl-C to end.',
    )
    assert.throws(() => probe({kind: 'kprobes', prefix: '*'}), BugError)
  })
})
