import assert from 'node:assert/strict'
import {withKernelThreads} from '#src/engine/backend/bpftrace/index.js'

describe('in a pid namespace, a program for bpftrace', () => {
  it('has the ids of the kernel in keys that nobody reads, and nowhere else', () => {
    const program =
      '/@x[tid] && tid == 5/ { @x[tid] = "@x[tid]"; @y[tid] = 1; @z[tid, 1] = 2; print((tid, @x[tid])); }'
    assert.equal(
      withKernelThreads({program, maps: [{name: '@y', key: ['int']}]}),
      '/@x[curtask->pid] && tid == 5/ { @x[curtask->pid] = "@x[tid]"; @y[tid] = 1; @z[tid, 1] = 2; print((tid, @x[curtask->pid])); }',
    )
  })
})
