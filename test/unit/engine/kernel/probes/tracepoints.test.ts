import assert from 'node:assert/strict'
import {findTracepoints, readTracepoints} from '#src/engine/kernel/probes/tracepoints.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {parsePattern} from '#src/engine/program/pattern.js'
import {skipWithout} from '../../../../support/skip.js'

function labels(text: string, list: readonly string[], regularExpressions = false): string[] {
  const pattern = parsePattern(text, {regularExpressions})
  assert.ok(pattern.kind === 'tracepoint')
  return findTracepoints(pattern.category, pattern.event, list).probes.map(({label}) => label)
}

describe('tracepoints', () => {
  const list = ['sched:sched_switch', 'sched:sched_process_fork', 'signal:sched_fake', 'odd:a b']

  it('match by category and event, sorted', () => {
    assert.deepEqual(labels('t:sched:*', list), ['sched:sched_process_fork', 'sched:sched_switch'])
    assert.deepEqual(labels('t:s*:sched_[sf]*', list), ['sched:sched_switch', 'signal:sched_fake'])
    assert.deepEqual(labels('t:sched:switch', list), [])
    assert.deepEqual(labels('t:s(?:ched|ignal):sched_s.*', list, true), ['sched:sched_switch'])
  })

  it('are attach points', () => {
    const pattern = parsePattern('t:*:sched_switch')
    assert.ok(pattern.kind === 'tracepoint')
    assert.deepEqual(findTracepoints(pattern.category, pattern.event, list).probes, [
      {
        label: 'sched:sched_switch',
        point: {kind: 'tracepoint', category: 'sched', event: 'sched_switch'},
      },
    ])
  })

  it('that a program cannot name are named', () => {
    const pattern = parsePattern('t:odd:*')
    assert.ok(pattern.kind === 'tracepoint')
    const {probes, leftOut} = findTracepoints(pattern.category, pattern.event, list)
    assert.deepEqual([probes.length, leftOut.map(({name}) => name)], [0, ['odd:a b']])
  })

  it('of this kernel exist', function () {
    const machine = new Machine()
    skipWithout(this, 'root', machine.tracefsReadable)
    const found = labels('t:syscalls:sys_enter_open*', readTracepoints(machine))
    assert.ok(found.includes('syscalls:sys_enter_openat') && !found.includes('syscalls:sys_enter_read'))
    for (const name of found) assert.ok(machine.tracepoint(name), name)
    assert.deepEqual(labels('t:sched:sched_fork', readTracepoints(machine)), [])
  })
})
