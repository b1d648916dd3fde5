import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {parseMaps} from '#src/engine/kernel/maps.js'
import {Places} from '#src/engine/kernel/probes/places.js'
import {findTarget} from '#src/engine/kernel/probes/targets.js'

/** No process has it. */
const nobody = 2 ** 22 + 1

describe('Places', () => {
  const offsets = [0x1010, 0x2020, 0x2030, 0x9ff0]

  it('finds functions by what a process has mapped', () => {
    const {path} = findTarget('c')
    const mapping = parseMaps(readFileSync('/proc/self/maps', 'utf8')).find((each) =>
      each.path.endsWith(path),
    )
    assert.ok(mapping !== undefined)
    const offset = mapping.offset + 0x100
    const places = new Places([offset, offset + 0x10])
    places.see(process.pid)
    assert.deepEqual(places.find(process.pid, [mapping.start + 0x100, mapping.start + 0x108]), [
      offset,
      undefined,
    ])
  })

  it('finds them when the process has ended', async () => {
    const child = spawn('sleep', ['1000'])
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    const maps = (): ReturnType<typeof parseMaps> => parseMaps(readFileSync(`/proc/${pid}/maps`, 'utf8'))
    // It is a copy of this process until it has become the program.
    while (!maps().some(({path}) => path.endsWith('/sleep')))
      await new Promise((resolve) => setImmediate(resolve))
    const mapping = maps().find(({path}) => path.endsWith('/sleep'))
    assert.ok(mapping !== undefined)
    const places = new Places([mapping.offset + 0x40])
    places.see(pid)
    child.kill()
    await once(child, 'close')
    assert.deepEqual(places.find(pid, [mapping.start + 0x40]), [mapping.offset + 0x40])
  })

  it('tells where the file was by several functions, in a process that nobody saw', () => {
    const places = new Places(offsets)
    const base = 0x7f0000000000
    assert.deepEqual(places.find(nobody, [base + 0x2030, base + 0x1010]), [0x2030, 0x1010])
  })

  it('does not guess where several places are possible, or none', () => {
    const places = new Places([0x1010, 0x2010])
    assert.deepEqual(places.find(nobody, [0x7f0000005010]), [undefined])
    assert.deepEqual(places.find(nobody, [0x7f0000005011]), [undefined])
    assert.deepEqual(places.find(nobody, []), [])
  })
})
