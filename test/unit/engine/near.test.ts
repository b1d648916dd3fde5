import assert from 'node:assert/strict'
import {isIt, near, withMoreWords} from '#src/engine/near.js'

describe('near names', () => {
  const names = ['vfs_readv', 'vfs_read', 'vfs_write', 'vfs_red', 'do_vfs_ioctl', 'sched_process_fork']

  it('are two slips away at most, or begin so, the closest first', () => {
    assert.deepEqual(near('vfs_reda', names), ['vfs_red', 'vfs_read', 'vfs_readv'])
    assert.deepEqual(near('vfs_w', names), ['vfs_write'])
    assert.deepEqual(near('x', names), [])
    assert.deepEqual(near('', names), [])
  })

  it('may have two letters swapped, which is one slip', () => {
    assert.deepEqual(near('pdi', ['pid', 'ppid', 'ip']), ['pid'])
  })

  it('are a hint, where there are any', () => {
    assert.equal(isIt('vfs_reda', names), 'is it vfs_red or vfs_read?')
    assert.equal(isIt('x', names), undefined)
  })

  it('may have more words', () => {
    assert.deepEqual(withMoreWords('sched_fork', names), ['sched_process_fork'])
    assert.deepEqual(withMoreWords('vfs_ioctl', names), ['do_vfs_ioctl'])
    assert.deepEqual(withMoreWords('fork_sched', names), [])
  })
})
