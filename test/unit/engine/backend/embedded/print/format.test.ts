import assert from 'node:assert/strict'
import type {Shape} from '#src/engine/backend/embedded/object.js'
import {formatPrinter} from '#src/engine/backend/embedded/print/format.js'
import {int, memory, text, tuple} from '../../../../../support/bytes.js'
import {printContext} from '../../../../../support/names.js'

type Argument = readonly [Shape, number | bigint | string, number]
const n = (value: number | bigint): Argument => [int(8), value, 8]
const s = (value: string): Argument => [text(16), value, 16]
const b = (value: string): Argument => [text(value.length), value, value.length]

function printed(format: string, ...args: Argument[]): string {
  const shape = tuple(...args.map(([part, , size]) => [part, size] as const))
  const print = formatPrinter(format, shape, printContext())
  return print(memory(...args.map(([, value, size]) => [value, size] as const)), 0, 0)
}

// What is expected is what bpftrace 0.23.2 wrote for the same arguments.
describe('printf', () => {
  const cases: [string, Argument[], string][] = [
    ['%d %u %x %X %o|', [n(5), n(6), n(255), n(255), n(8)], '5 6 ff FF 10|'],
    ['%5d|%-5d|%05d|', [n(42), n(42), n(42)], '   42|42   |00042|'],
    ['%ld %lu %lx|', [n(5000000000), n(5000000000), n(5000000000)], '5000000000 5000000000 12a05f200|'],
    ['%lld %llX %zd %ju|', [n(-5), n(5000000000), n(5), n(5)], '-5 12A05F200 5 5|'],
    ['%hd %hu %hx|', [n(70000), n(70000), n(70000)], '4464 4464 1170|'],
    ['%hhd %hhu %hhx|', [n(300), n(300), n(300)], '44 44 2c|'],
    ['%d %u %x', [n(5000000000), n(5000000000), n(5000000000)], '705032704 705032704 2a05f200'],
    ['%d %u %x %llu', [n(-5), n(-5), n(-5), n(-1)], '-5 4294967291 fffffffb 18446744073709551615'],
    [
      '%10lld|%-10lld|%010lld|%.3lld|%08x',
      [n(-5), n(-5), n(-5), n(-5), n(255)],
      '        -5|-5        |-000000005|-005|000000ff',
    ],
    ['%.5d|%8.3d|', [n(5), n(3)], '00005|     003|'],
    ['%s|%10s|%-10s|', [s('abc'), s('abc'), s('abc')], 'abc|       abc|abc       |'],
    ['%.3s|%5.2s|', [s('abcdef'), s('abcdef')], 'abc|   ab|'],
    ['%c%c %5c|%-3c|', [n(65), n(321), n(67), n(66)], 'AA     C|B  |'],
    [
      '%p|%5p|%-6p|%10p|%p',
      [n(5), n(0), n(0), n(10), n(-1)],
      '0x5|(nil)|(nil) |       0xa|0xffffffffffffffff',
    ],
    [
      '%r|%rx|%rh|',
      [b('ab\x01\xff\\"'), b('ab\x01\xff'), b('ab\x01\xff')],
      'ab\\x01\\xff\\"|\\x61\\x62\\x01\\xff|61 62 01 ff|',
    ],
    ['%d', [[int(1), -3, 1]], '-3'],
    [
      '%u %x',
      [
        [int(1), -3, 1],
        [int(1), -3, 1],
      ],
      '4294967293 fffffffd',
    ],
    ['%llx', [[int(1), -3, 1]], 'fffffffffffffffd'],
    [
      '%s|%20s|',
      [
        [{kind: 'symbol', of: 'kernel'}, 0xffffffff81000001n, 8],
        [{kind: 'choice', texts: ['BEGIN']}, 0, 4],
      ],
      'vfs_read|               BEGIN|',
    ],
  ]
  for (const [format, args, expected] of cases) {
    it(`${JSON.stringify(format)} is ${JSON.stringify(expected)}`, () =>
      assert.equal(printed(format, ...args), expected))
  }

  it('a text that there was no room for has a mark behind it, where it is wanted', () => {
    const cut = {bytes: 5, mark: '…'}
    const shown = (format: string, value: string): string => {
      const print = formatPrinter(format, tuple([text(6), 6]), {...printContext(), cut})
      return Buffer.from(print(memory([value, 6]), 0, 0), 'latin1').toString()
    }
    assert.equal(shown('%s|', 'abcde'), 'abcde…|')
    assert.equal(shown('%s|', 'abcd'), 'abcd|')
    assert.equal(shown('%.2s|', 'abcde'), 'ab|')
    assert.equal(printed('%s|', s('abcde')), 'abcde|')
  })

  // As 0.27 does; earlier versions refuse these, or take them for text.
  for (const [format, args, expected] of [
    ['%i %+d|% d|%#x|%#o', [n(3), n(42), n(42), n(255), n(8)], '3 +42| 42|0xff|010'],
    ['100%%|%20r|', [b('ab')], '100%|                  ab|'],
  ] as [string, Argument[], string][]) {
    it(`${JSON.stringify(format)} is ${JSON.stringify(expected)}`, () =>
      assert.equal(printed(format, ...args), expected))
  }

  it('leaves bytes as they are', () => {
    assert.equal(printed('é %s', s('\xe9\xff')), '\xc3\xa9 \xe9\xff')
  })
})
