import assert from 'node:assert/strict'
import {closeSync, copyFileSync, openSync, readFileSync, readSync} from 'node:fs'
import {join} from 'node:path'
import koffi from 'koffi'
import {counted, during} from '../../support/embedded.js'
import {functionOffset, libraryPath} from '../../support/library.js'
import {count, counter, firstOwn, objectFile, program} from '../../support/objectfile.js'
import {temporaryFolder} from '../../support/temporary.js'

const many = 23

/** A place in the data of a library that its processes can write: the last two bytes that the file has for it. */
function writablePlace(path: string): number {
  const file = readFileSync(path)
  const [headers, size, headerCount] = [
    file.readBigUInt64LE(32),
    file.readUInt16LE(54),
    file.readUInt16LE(56),
  ]
  for (let index = 0; index < headerCount; index++) {
    const at = Number(headers) + index * size
    // PT_LOAD, and PF_W among its flags: program headers of elf(5).
    if (file.readUInt32LE(at) === 1 && (file.readUInt32LE(at + 4) & 2) !== 0)
      return Number(file.readBigUInt64LE(at + 8) + file.readBigUInt64LE(at + 32)) - 2
  }
  throw new Error(`${path} has no data`)
}

/** Two bytes of this process's memory, where a file is loaded that it can write. */
function loadedWord(path: string, place: number): number {
  for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const [, from, to = '', offset = ''] = /^(\w+)-(\w+) rw-p (\w+) /.exec(line) ?? []
    if (from === undefined || !line.endsWith(path)) continue
    const into = place - parseInt(offset, 16)
    if (into < 0 || into >= parseInt(to, 16) - parseInt(from, 16)) continue
    const memory = openSync('/proc/self/mem', 'r')
    const word = Buffer.alloc(2)
    readSync(memory, word, 0, 2, BigInt(`0x${from}`) + BigInt(into))
    closeSync(memory)
    return word.readUInt16LE()
  }
  throw new Error(`${path} is not loaded`)
}

describe('the semaphore of a USDT probe, with the embedded engine,', () => {
  const folder = temporaryFolder()
  const path = join(folder.path, 'libm-copy.so')
  let cbrt: (value: number) => number
  before(() => {
    copyFileSync(libraryPath('libm.so.6'), path)
    cbrt = koffi.load(path).func('double cbrt(double value)') as typeof cbrt
  })
  after(folder.remove)

  for (const [which, pid] of [
    ['all processes', {}],
    ['one process', {pid: process.pid}],
  ] as const) {
    it(`is raised while the probe is attached, for ${which}`, async () => {
      const place = writablePlace(path)
      const offsets = [functionOffset(path, 'cbrt')]
      const object = objectFile(
        [program({kind: 'uprobe', path, offsets, semaphores: [place], ...pid}, (a) => count(a, firstOwn))],
        [counter('calls')],
      )
      const before = loadedWord(path, place)
      await during(object, (loaded) => {
        assert.equal(loadedWord(path, place), before + 1)
        for (let n = 0; n < many; n++) cbrt(8)
        assert.equal(counted(loaded), many)
      })
      assert.equal(loadedWord(path, place), before)
    })
  }
})
