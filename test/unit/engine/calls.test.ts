import assert from 'node:assert/strict'
import {callReader, callsOf} from '#src/engine/calls.js'
import type {MapEntry} from '#src/engine/event/snapshot.js'
import type {FoundPattern} from '#src/engine/probing.js'
import {found} from '../../../scripts/examples.js'

const names = ['vfs_read', 'vfs_write']
const kernel = found(
  'vfs_*',
  names.map((name) => ({kind: 'kprobe', name})),
)
const user = found(
  'c:x*',
  names.map((name, index) => ({kind: 'uprobe', path: '/bin/x', name, address: index})),
  [{kind: 'uprobes', path: '/bin/x', prefix: 'vfs_'}],
)
const entry = (count: number, ...key: (number | bigint)[]): MapEntry => ({id: key.join(), key, count})
const read = async (of: typeof kernel, entries: readonly MapEntry[]): Promise<unknown> =>
  (await callReader(of)).read(entries).map(({probe, count}) => [probe?.label, count])

describe('callReader', () => {
  it('finds functions of the kernel by where they were entered, some bytes behind their begin', async () => {
    assert.deepEqual(await read(kernel, [entry(3, 0x1001), entry(5, 0x2005), entry(7, 0x1f00)]), [
      ['vfs_read', 3],
      ['vfs_write', 5],
      [undefined, 7],
    ])
  })

  it('takes addresses as bpftrace prints them, which is signed', async () => {
    const high = {...kernel, probes: kernel.probes.map((each) => ({...each, address: 0xffffffff81000000n}))}
    assert.deepEqual(await read(high, [entry(2, -0x7effffffn)]), [['vfs_write', 2]])
  })

  it('takes the number of the clause where each has its own', async () => {
    const {pattern, ...alone} = {...kernel, probes: kernel.probes.map(({point, label}) => ({point, label}))}
    assert.deepEqual(await read({...alone, pattern}, [entry(2, 1), entry(3, 0)]), [
      ['vfs_write', 2],
      ['vfs_read', 3],
    ])
  })

  it('finds functions of a file by process', async () => {
    const nobody = 2 ** 22 + 1
    const base = 0x7f0000000000
    assert.deepEqual(
      await read(user, [
        entry(2, nobody, base + 0x2000),
        entry(3, nobody, base + 0x1000),
        entry(5, 2, 0x2001),
      ]),
      [
        ['vfs_write', 2],
        ['vfs_read', 3],
        [undefined, 5],
      ],
    )
  })
})

describe('callsOf', () => {
  it('says what the keys are, that there is room, and how probes are attached', () => {
    const described = (pattern: FoundPattern): unknown => {
      const {attaching, ...calls} = callsOf(pattern)
      return {...calls, attaching: {...attaching, mayMiss: undefined}}
    }
    assert.deepEqual(described(kernel), {
      maps: [{name: '@calls', key: ['int']}],
      mapKeys: 4096,
      attaching: {points: 2, kprobes: 0, uprobes: 0, mayMiss: undefined},
    })
    assert.deepEqual(described(user), {
      maps: [{name: '@calls', key: ['int', 'int']}],
      mapKeys: 4096,
      attaching: {points: 1, kprobes: 0, uprobes: 2, mayMiss: undefined},
    })
  })
})
