import assert from 'node:assert/strict'
import fc from 'fast-check'
import {BugError, MachineError} from '#src/engine/errors.js'
import {bt} from '#src/engine/program/bt.js'
import {clauseText} from '#src/engine/program/clause.js'
import {programText} from '#src/engine/program/generate.js'
import {type AttachPoint, canName, probe, Probe} from '#src/engine/program/probe.js'
import {hostileText} from '../../../support/hostile.js'

const uprobe = (path: string, name: string | undefined, address = 0x1139): AttachPoint => ({
  kind: 'uprobe',
  path,
  name,
  address,
})

describe('probe', () => {
  const spellings: readonly (readonly [AttachPoint, string])[] = [
    [{kind: 'kprobe', name: 'vfs_read'}, 'kprobe:vfs_read'],
    [{kind: 'kprobe', name: 'free_pages.isra.0'}, 'kprobe:free_pages.isra.0'],
    [{kind: 'tracepoint', category: 'sched', event: 'sched_switch'}, 'tracepoint:sched:sched_switch'],
    [uprobe('/bin/bash', 'readline'), 'uprobe:"/bin/bash":readline'],
    [uprobe('/opt/a b/x', '_ZN3fooEv'), 'uprobe:"/opt/a b/x":_ZN3fooEv'],
    [uprobe('/opt/"x"', 'main'), 'uprobe:"/opt/\\"x\\"":main'],
    [uprobe('/bin/x', 'foo.part.0'), 'uprobe:"/bin/x":0x1139'],
    [uprobe('/bin/x', 'main.(*T).Do'), 'uprobe:"/bin/x":0x1139'],
    [uprobe('/bin/x', '0x12'), 'uprobe:"/bin/x":0x1139'],
    [uprobe('/bin/x', undefined, 2 ** 40), 'uprobe:"/bin/x":0x10000000000'],
    [{kind: 'usdt', path: '/bin/x', provider: 'lib-c', name: 'a.b'}, 'usdt:"/bin/x":lib-c:a.b'],
    [{kind: 'kprobes', prefix: 'vfs_'}, 'kprobe:vfs_*'],
    [{kind: 'uprobes', path: '/opt/a b/x', prefix: 'str'}, 'uprobe:"/opt/a b/x":str*'],
  ]
  for (const [point, text] of spellings) it(text, () => assert.equal(probe(point).toString(), text))

  it('refuses paths that bpftrace would misread', () => {
    for (const path of ['/a:b', '/a*', '/a?', '/[a]', '/a\\b', '/a\nb', '/a\0b', 'a'])
      assert.throws(() => probe(uprobe(path, 'main')), MachineError, path)
  })

  it('refuses names that were not seen to be names', () => {
    const points: AttachPoint[] = [
      {kind: 'kprobe', name: 'a { exit(); } END'},
      {kind: 'kprobe', name: 'vfs_*'},
      {kind: 'tracepoint', category: 'sched', event: '*'},
      {kind: 'usdt', path: '/bin/x', provider: 'a', name: 'b:c'},
      uprobe('/bin/x', 'main', -1),
      uprobe('/bin/x', 'main', 1.5),
      {kind: 'kprobes', prefix: ''},
      {kind: 'kprobes', prefix: 'vfs_*'},
      {kind: 'uprobes', path: '/bin/x', prefix: 'a b'},
      {kind: 'uprobes', path: '/bin/x', prefix: ''},
    ]
    for (const point of points) {
      assert.equal(canName(point), false)
      assert.throws(() => probe(point), BugError)
    }
  })

  it('is the only way to make one', () => {
    assert.throws(() => new Probe(Symbol('probe'), 'BEGIN { exit(); }'), BugError)
    // What only looks like one is still checked as text.
    const forged = {toString: () => 'kprobe:* { exit(); } END'} as unknown as Probe
    assert.throws(() => clauseText({probes: [forged], body: bt`x;`}), BugError)
  })

  it('stands in a clause beside the probes of the tool, and is there without being asked for', () => {
    const chosen = probe(uprobe('/bin/bash', 'readline'))
    const text = programText([{probes: ['kprobe:gone', chosen], body: bt`x;`}], () => false)
    assert.equal(text, 'uprobe:"/bin/bash":readline\n{\n\tx;\n}\n')
  })

  it('never lets a name or path become more than that', () => {
    const word = fc.oneof(hostileText, fc.constantFrom('main', '/bin/x', 'a b', 'a"b'))
    const point: fc.Arbitrary<AttachPoint> = fc.oneof(
      fc.record({kind: fc.constant('kprobe' as const), name: word}),
      fc.record({kind: fc.constant('tracepoint' as const), category: word, event: word}),
      fc.record({kind: fc.constant('kprobes' as const), prefix: word}),
      fc.record({
        kind: fc.constant('uprobes' as const),
        path: word.map((text) => `/${text}`),
        prefix: word,
      }),
      fc.record({
        kind: fc.constant('uprobe' as const),
        path: word.map((text) => `/${text}`),
        name: fc.option(word, {nil: undefined}),
        address: fc.nat(),
      }),
      fc.record({
        kind: fc.constant('usdt' as const),
        path: word.map((text) => `/${text}`),
        provider: word,
        name: word,
      }),
    )
    // Kind, then words or one quoted text, and at the end a word.
    const whole =
      /^(kprobe:[\w.]+\*?|tracepoint:[\w-]+:[\w-]+|(uprobe|usdt):"(?:[^"\\\n]|\\")*":[\w.-]+(:[\w.-]+|\*)?)$/u
    let made = 0
    fc.assert(
      fc.property(point, (each) => {
        let text: string
        try {
          text = probe(each).toString()
        } catch (error) {
          assert.ok(error instanceof BugError || error instanceof MachineError)
          return
        }
        made++
        assert.match(text, whole)
      }),
      {numRuns: 3000},
    )
    assert.ok(made > 100)
  })
})
