import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {copyFileSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {type Elf, readElf} from '#src/engine/kernel/elf.js'
import {MachineError} from '#src/engine/errors.js'
import {skipWithout} from '../../../support/skip.js'
import {temporaryFolder} from '../../../support/temporary.js'
import {usdtBase, usdtNote} from '../../../support/usdt.js'

const libc = /\/\S*\/libc[.-]\S*$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? ''
const has = (command: string, option = '--version'): boolean => spawnSync(command, [option]).status === 0

/** The functions as binutils' readelf lists them, as `name address size`. */
function listed(path: string, option: string): string[] {
  const text = execFileSync('readelf', ['-W', option, path], {encoding: 'utf8', maxBuffer: 2 ** 28})
  // With .symtab there is a second table, which holds all.
  const table = text.slice(text.lastIndexOf("Symbol table '"))
  return [...table.matchAll(/: ([0-9a-f]+) +(\S+) (?:FUNC|IFUNC) +\w+ +\w+ +(?:\[.*\] +)?(\d+) (\S+)/g)]
    .map(
      ([, address = '', size = '', , name = '']) =>
        `${name.split('@')[0]} ${parseInt(address, 16)} ${Number(size)}`,
    )
    .sort()
}

const all = (elf: Elf): string[] =>
  elf.functions.map(({name, address, size}) => `${name} ${address} ${size}`).sort()

function using<T>(path: string, use: (elf: Elf) => T): T {
  const elf = readElf(path)
  try {
    return use(elf)
  } finally {
    elf.close()
  }
}

describe('ELF files', () => {
  const folder = temporaryFolder()
  after(folder.remove)

  it('have the functions that readelf lists', function () {
    skipWithout(this, 'missing: readelf', has('readelf'))
    this.timeout(60_000)
    const expected = listed(process.execPath, '-s')
    assert.ok(expected.length > 1000)
    assert.deepEqual(using(process.execPath, all), expected)
  })

  it('have data beside functions, each of its size', () => {
    using(libc, (elf) => {
      const [number, pointer] = [elf.symbol('opterr'), elf.symbol('environ')]
      assert.deepEqual([number?.size, pointer?.size], [4, 8])
      assert.equal(
        elf.functions.find(({name}) => name === 'opterr'),
        undefined,
      )
      const malloc = elf.functions.find(({name}) => name === 'malloc')
      assert.equal(elf.symbol('malloc')?.address, BigInt(malloc?.address ?? 0))
      // What each thread has, what is another file's, a part of a name, and nothing.
      for (const name of ['errno', '_dl_argv', 'opter', '']) assert.equal(elf.symbol(name), undefined, name)
    })
  })

  it('have functions in the order of the file, each found at its place', () => {
    using(libc, (elf) => {
      assert.ok(elf.functions.length > 1000)
      let last = 0
      for (const each of elf.functions) {
        assert.ok(each.offset >= last)
        last = each.offset
        const found = elf.functionAt(each.offset)
        assert.equal(found?.offset, each.offset)
        assert.equal(elf.offsetOf(each.address), each.offset)
        assert.equal(elf.addressOf(each.offset), each.address)
      }
    })
  })

  it('name a function as its callers do, without a version', () => {
    using(libc, (elf) => {
      const malloc = elf.functions.find(({name}) => name === 'malloc')
      assert.ok(malloc !== undefined && malloc.size > 0 && !malloc.indirect)
      assert.ok(elf.functions.some(({name, offset}) => name === '__libc_malloc' && offset === malloc.offset))
      assert.equal(elf.functionAt(malloc.offset + 1)?.name, 'malloc')
      assert.equal(elf.functionAt(malloc.offset + malloc.size - 1)?.name, 'malloc')
      assert.ok(elf.functions.every(({name}) => !name.includes('@')))
      assert.ok(elf.functions.find(({name}) => name === 'time' || name === 'memcpy')?.indirect)
    })
  })

  describe('made by a compiler', () => {
    const program = join(folder.path, 'program')
    const stripped = join(folder.path, 'stripped')

    before(function () {
      skipWithout(this, 'missing: cc and objcopy', has('cc') && has('objcopy'))
      this.timeout(60_000)
      const source = join(folder.path, 'program.c')
      writeFileSync(source, programText)
      execFileSync('cc', ['-O0', '-Wl,--build-id=sha1', '-o', program, source])
      // GNU's linker makes no build id with none: then the debug file is told by its checksum.
      execFileSync('cc', ['-O0', '-no-pie', '-Wl,--build-id=none', '-o', `${program}-fixed`, source])
    })

    it('have a build id', () => {
      assert.match(using(program, (elf) => elf.buildId) ?? '', /^[0-9a-f]{40}$/)
      assert.equal(
        using(`${program}-fixed`, (elf) => elf.buildId),
        undefined,
      )
    })

    it('have USDT probes with the place of their semaphore', () => {
      using(program, (elf) => {
        const [probe, second, ...more] = elf.probes
        const main = elf.functions.find(({name}) => name === 'main')
        assert.ok(probe !== undefined && main !== undefined)
        assert.deepEqual(more, [])
        assert.deepEqual(
          {provider: probe.provider, name: probe.name, places: probe.arguments},
          {provider: 'shop', name: 'sold', places: '-4@$23 8@%rax'},
        )
        assert.equal(elf.functionAt(probe.offset ?? 0)?.name, 'main')
        assert.equal(probe.offset, elf.offsetOf(probe.location))
        assert.notEqual(probe.semaphore, 0)
        assert.equal(readFileSync(program).readUInt16LE(probe.semaphoreOffset), 4711)
        assert.deepEqual([second?.name, second?.semaphore, second?.semaphoreOffset], ['none', 0, undefined])
      })
    })

    for (const kind of ['', '-fixed']) {
      it(`get the functions of a debug file, of ${kind === '' ? 'the same build id' : 'the right checksum'}`, () => {
        const debug = `${stripped}${kind}.debug`
        execFileSync('objcopy', ['--only-keep-debug', program + kind, debug])
        execFileSync('objcopy', [
          '--strip-all',
          `--add-gnu-debuglink=${debug}`,
          program + kind,
          stripped + kind,
        ])
        const whole = using(program + kind, all)
        assert.ok(whole.some((each) => each.startsWith('helper ')))
        assert.deepEqual(using(stripped + kind, all), whole)
        // A debug file of another build is none.
        copyFileSync(kind === '' ? `${program}-fixed` : program, debug)
        assert.ok(!using(stripped + kind, all).some((each) => each.startsWith('helper ')))
      })
    }
  })

  describe('that cannot be read', () => {
    const path = join(folder.path, 'broken')
    const header = readFileSync(process.execPath).subarray(0, 64)
    const changed = (at: number, value: number): Buffer =>
      Buffer.from(header.map((byte, place) => (place === at ? value : byte)))

    const cases: [string, Buffer, RegExp][] = [
      ['empty', Buffer.alloc(0), /broken failed: it is not an ELF file$/],
      ['a text', Buffer.from('#!/bin/sh\n'), /it is not an ELF file$/],
      ['of 32 bits', changed(4, 1), /it is a 32-bit program or library; only 64-bit ones are known$/],
      ['for a big-endian machine', changed(5, 2), /it is for a big-endian machine$/],
      ['cut off', header, /it is cut off$/],
    ]
    for (const [name, bytes, message] of cases) {
      it(`as they are ${name}`, () => {
        writeFileSync(path, bytes)
        assert.throws(
          () => using(path, all),
          (error) => error instanceof MachineError && message.test(error.message),
        )
      })
    }

    it('as they are not there, or no files', () => {
      assert.throws(() => readElf('/nonexistent/file'), {
        name: 'MachineError',
        message: /file failed: ENOENT$/,
      })
      assert.throws(() => readElf('/'), {name: 'MachineError', message: /it is not a regular file$/})
      execFileSync('mkfifo', [join(folder.path, 'pipe')])
      assert.throws(() => readElf(join(folder.path, 'pipe')), {message: /it is not a regular file$/})
    })

    it('as they are damaged anywhere, end in that error or are read', function () {
      this.timeout(60_000)
      const whole = readFileSync(join(libc, '..', 'libdl.so.2'))
      const tables = whole.readBigUInt64LE(40)
      // Half of the damage goes to the headers, where it matters most.
      const place = fc.oneof(
        fc.nat(1024),
        fc.integer({min: Number(tables), max: whole.length - 1}),
        fc.nat(whole.length - 1),
      )
      fc.assert(
        fc.property(fc.array(fc.tuple(place, fc.nat(255)), {minLength: 1, maxLength: 8}), (damage) => {
          const bytes = Buffer.from(whole)
          for (const [at, value] of damage) bytes[at] = value
          writeFileSync(path, bytes)
          try {
            using(path, (elf) => [elf.buildId, elf.functions, elf.probes, elf.functionAt(4096)])
          } catch (error) {
            assert.ok(error instanceof MachineError, String((error as Error).stack))
          }
        }),
        {numRuns: 300},
      )
    })
  })
})

const programText = `
__attribute__((section(".probes"))) unsigned short counter = 4711;
static __attribute__((noinline)) int helper(int a) { return a + 1; }
int main(int count, char **args) {
  __asm__ volatile(${usdtNote('counter', 'sold', '-4@$23 8@%rax')}
    ${usdtBase});
  __asm__ volatile(${usdtNote('0', 'none', '')});
  return helper(count);
}
`
