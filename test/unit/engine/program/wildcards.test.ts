import assert from 'node:assert/strict'
import fc from 'fast-check'
import {cover} from '#src/engine/program/wildcards.js'

const all = ['tcp_ack', 'tcp_close', 'tcp_rcv', 'udp_rcv', 'vfs_read', 'vfs_readv', 'vfs_write', 'vfsgid']

describe('cover', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
    ['one wildcard for a family', ['vfs_read', 'vfs_readv', 'vfs_write'], ['vfs_'], []],
    ['wildcards as long as they can be', ['vfs_read', 'vfs_readv'], ['vfs_read'], []],
    ['names where a wildcard would match more', ['vfs_read', 'vfs_write'], [], ['vfs_read', 'vfs_write']],
    ['both', ['tcp_ack', 'tcp_close', 'tcp_rcv', 'vfs_write'], ['tcp_'], ['vfs_write']],
    ['a name alone as it is', ['udp_rcv'], [], ['udp_rcv']],
    ['a name that is the begin of another as it is', ['vfs_read'], [], ['vfs_read']],
    ['names that are not in the list as they are', ['tcp_ack', 'gone'], [], ['tcp_ack', 'gone']],
    ['nothing', [], [], []],
  ]
  for (const [what, wanted, prefixes, names] of cases)
    it(what, () => assert.deepEqual(cover(new Set(wanted), all), {prefixes, names}))

  it('never one wildcard for all that there is, if they begin with different letters', () => {
    assert.deepEqual(cover(new Set(['ab', 'ac', 'x']), ['ab', 'ac', 'x']), {prefixes: ['a'], names: ['x']})
  })

  it('no wildcard that matches a name which several have', () => {
    const twice = [...all, 'tcp_close']
    assert.deepEqual(cover(new Set(['tcp_ack', 'tcp_close', 'tcp_rcv']), twice), {
      prefixes: [],
      names: ['tcp_ack', 'tcp_close', 'tcp_rcv'],
    })
  })

  it('matches the wanted names, each once, and no other', () => {
    const name = fc.string({unit: fc.constantFrom('a', 'b', '_'), minLength: 1, maxLength: 5})
    fc.assert(
      fc.property(fc.array(name, {maxLength: 60}), fc.array(name, {maxLength: 60}), (list, more) => {
        const wanted = new Set(more)
        const {prefixes, names} = cover(wanted, list)
        const matched = list.filter((each) => prefixes.some((prefix) => each.startsWith(prefix)))
        assert.deepEqual([...matched, ...names].sort(), [...wanted].sort())
        for (const [index, prefix] of prefixes.entries())
          assert.ok(!prefixes.some((other, at) => at !== index && other.startsWith(prefix)))
      }),
      {numRuns: 2000},
    )
  })
})
