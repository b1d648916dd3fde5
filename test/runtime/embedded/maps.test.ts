import assert from 'node:assert/strict'
import type {Assembler} from '#src/engine/backend/embedded/assembler.js'
import {helpers, mapFlags, mapTypes, updateFlags} from '#src/engine/backend/embedded/helpers.js'
import type {Entries} from '#src/engine/backend/embedded/loaded.js'
import {during, openat, openMissing} from '../../support/embedded.js'
import {firstOwn, objectFile, onlyFor, program} from '../../support/objectfile.js'

const many = 23

/** Adds one to the value of the key 1 (4 bytes of it) in a hash. */
function addTo(a: Assembler, map: number): void {
  const [known, end] = [a.label('known'), a.label('end of count')]
  a.store(8, 'r10', -8, 1)
  a.store(8, 'r10', -16, 1)
  a.map('r1', map)
  a.move('r2', 'r10')
  a.alu64('+', 'r2', -8)
  a.call(helpers.map_lookup_elem)
  a.jumpIf('r0', '!=', 0, known)
  a.map('r1', map)
  a.move('r2', 'r10')
  a.alu64('+', 'r2', -8)
  a.move('r3', 'r10')
  a.alu64('+', 'r3', -16)
  a.move('r4', updateFlags.any)
  a.call(helpers.map_update_elem)
  a.jump(end)
  a.here(known)
  a.move('r1', 1)
  a.atomicAdd(8, 'r0', 0, 'r1')
  a.here(end)
}

/** Keys and values of 8 bytes. */
function entriesOf({count: entries, keys, values}: Entries): Map<bigint, bigint> {
  return new Map(
    Array.from({length: entries}, (_, n) => [keys.readBigUInt64LE(n * 8), values.readBigUInt64LE(n * 8)]),
  )
}

describe('a map of the embedded engine', () => {
  it('is read, taken, zeroed and cleared', async () => {
    const hash = {
      name: 'opens',
      type: mapTypes.hash,
      keySize: 8,
      valueSize: 8,
      entries: 5000,
      flags: mapFlags.noPreallocation,
    }
    const object = objectFile(
      [program(openat, (a) => onlyFor(a, process.pid, () => addTo(a, firstOwn)))],
      [hash],
    )
    await during(object, (loaded) => {
      const read = (): Map<bigint, bigint> => entriesOf(loaded.readMap(firstOwn))
      for (let n = 0; n < many; n++) openMissing('/missing')
      assert.deepEqual(read(), new Map([[1n, BigInt(many)]]))
      const key = Buffer.alloc(8)
      key.writeUInt32LE(1)
      assert.equal(loaded.lookup(firstOwn, key)?.readBigUInt64LE(), BigInt(many))
      loaded.zeroMap(firstOwn)
      assert.deepEqual(read(), new Map([[1n, 0n]]))
      openMissing('/missing')
      assert.deepEqual(entriesOf(loaded.takeMap(firstOwn)), new Map([[1n, 1n]]))
      assert.deepEqual(read(), new Map())
      assert.equal(loaded.lookup(firstOwn, key), undefined)
      openMissing('/missing')
      loaded.deleteKey(firstOwn, key)
      loaded.deleteKey(firstOwn, key)
      openMissing('/missing')
      loaded.clearMap(firstOwn)
      assert.deepEqual(read(), new Map())
    })
  })

  it('gives all entries of a large map, of each CPU', async () => {
    const keys = 5003
    const hash = {name: 'many', type: mapTypes.perCpuHash, keySize: 8, valueSize: 4, entries: keys, flags: 0}
    const object = objectFile([], [hash])
    await during(object, (loaded) => {
      const {cpus, valueSize} = loaded.readMap(firstOwn)
      assert.equal(valueSize, cpus * 8)
      const [key, value] = [Buffer.alloc(8), Buffer.alloc(valueSize)]
      for (let n = 0; n < keys; n++) {
        key.writeUInt32LE(n)
        for (let cpu = 0; cpu < cpus; cpu++) value.writeUInt32LE(n + cpu, cpu * 8)
        loaded.updateKey(firstOwn, key, value)
      }
      const entries = loaded.readMap(firstOwn)
      assert.equal(entries.count, keys)
      const seen = new Set<number>()
      for (let n = 0; n < entries.count; n++) {
        const number = entries.keys.readUInt32LE(n * 8)
        seen.add(number)
        for (let cpu = 0; cpu < cpus; cpu++)
          assert.equal(entries.values.readUInt32LE(n * valueSize + cpu * 8), number + cpu)
      }
      assert.equal(seen.size, keys)
    })
  })
})
