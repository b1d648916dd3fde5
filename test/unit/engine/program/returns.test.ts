import assert from 'node:assert/strict'
import {BugError} from '#src/engine/errors.js'
import {probe} from '#src/engine/program/probe.js'

describe('probe of a return', () => {
  it('has a kind of its own', () => {
    const user = {kind: 'uprobe', path: '/lib/uprobe.so', name: 'uprobe', address: 1} as const
    assert.equal(
      probe({kind: 'kprobe', name: 'kprobe_x.isra.0'}, 'return').toString(),
      'kretprobe:kprobe_x.isra.0',
    )
    assert.equal(probe(user, 'return').toString(), 'uretprobe:"/lib/uprobe.so":uprobe')
    assert.equal(probe(user, 'entry').toString(), 'uprobe:"/lib/uprobe.so":uprobe')
  })

  it('is there for functions only', () => {
    const tracepoint = {kind: 'tracepoint', category: 'sched', event: 'sched_switch'} as const
    const usdt = {kind: 'usdt', path: '/lib/a.so', provider: 'a', name: 'b'} as const
    for (const point of [tracepoint, usdt]) assert.throws(() => probe(point, 'return'), BugError)
  })
})
