import assert from 'node:assert/strict'
import {bt, word} from '#src/engine/program/bt.js'
import {typedefs} from '#src/engine/program/ctype.js'
import {Cursor} from '#src/engine/program/cursor.js'
import {parseExpression} from '#src/engine/program/expression.js'
import {bucketRange, log2Bucket} from '#src/engine/program/log2.js'
import {Translator} from '#src/engine/program/translate.js'
import {exactly, read, signOf} from '#src/engine/program/value.js'
import {bpftraces} from '../support/bpftraces.js'
import {mapsOf} from '../support/maps.js'

/** The variables: their type, and a register that holds them, with something else in its upper bits. */
const variables: Record<string, {type: string; register: bigint}> = {
  minus: {type: 'int', register: 0x12345678_fffffffbn}, // -5
  seven: {type: 'int', register: 0x12345678_00000007n},
  all: {type: 'unsigned', register: 0x12345678_ffffffffn},
  byte: {type: 'int8_t', register: 0x123456_80n}, // -128
  octet: {type: 'uint8_t', register: 0x123456_c8n}, // 200
  long: {type: 'long', register: -7n},
  low: {type: 'long', register: -(2n ** 63n)},
  high: {type: 'u64', register: -1n}, // 2^64-1
  yes: {type: 'bool', register: 0x123456_01n},
}

/** Expressions, the type they are shown as, and what gcc 12 gives for them with -fwrapv. */
const cases: readonly (readonly [expression: string, type: string, value: bigint])[] = [
  ['minus', 'int', -5n],
  ['all', 'unsigned', 4294967295n],
  ['all', 'int', -1n],
  ['byte', 'int8_t', -128n],
  ['octet', 's8', -56n],
  ['minus', 'u64', 2n ** 64n - 5n],
  ['yes', 'bool', 1n],
  ['seven', 'bool', 1n],
  ['minus / 2', 'int', -2n],
  ['minus % 3', 'int', -2n],
  ['seven / -2', 'int', -3n],
  ['long / minus', 'long', 1n],
  ['low / 3', 'long', -3074457345618258602n],
  ['high / 10', 'u64', 1844674407370955161n],
  ['high % 10', 'u64', 5n],
  ['minus >> 1', 'int', -3n],
  ['(unsigned)minus >> 1', 'unsigned', 2147483645n],
  ['high >> 60', 'u64', 15n],
  ['low >> seven', 'long', -72057594037927936n],
  ['seven << 30', 'int', -1073741824n],
  ['octet << 4', 'int', 3200n],
  ['minus < 3', 'int', 1n],
  ['minus < 3u', 'int', 0n],
  ['minus < all', 'int', 1n],
  ['byte < octet', 'int', 1n],
  ['long < high', 'int', 1n],
  ['(long)high < seven', 'int', 1n],
  ['minus == -5', 'int', 1n],
  ['all == -1', 'int', 1n],
  ['all == -1L', 'int', 0n],
  ['high == -1', 'int', 1n],
  ['all + 1', 'unsigned', 0n],
  ['all + 1', 'u64', 0n],
  ['all + 1L', 'u64', 4294967296n],
  ['all * all', 'u64', 1n],
  ['octet + octet', 'int', 400n],
  ['(uint8_t)(octet + octet)', 'int', 144n],
  ['byte - octet', 'int', -328n],
  ['0x80000000 + minus', 'long', 2147483643n],
  ['high + 2', 'u64', 1n],
  ['-minus', 'int', 5n],
  ['-all', 'unsigned', 1n],
  ['-high', 'u64', 1n],
  ['~octet', 'int', -201n],
  ['~all', 'u64', 0n],
  ['~minus', 'int', 4n],
  ['!minus', 'int', 0n],
  ['!!minus', 'int', 1n],
  ['minus & 0xff', 'int', 251n],
  ['minus | 2', 'int', -5n],
  ['minus ^ all', 'unsigned', 4n],
  ['2147483648 + 0 * seven', 'u64', 2147483648n],
  ['9223372036854775807 - seven', 'long', 9223372036854775800n],
  ['minus < 0 ? 1 : 2', 'int', 1n],
  ['seven > 5 && minus < 0 || long == 1', 'int', 1n],
  ['minus > 0 || !(seven != 7)', 'int', 1n],
  ['seven ? minus : all', 'long', 4294967291n],
  ['minus < 0 ? minus / 2 : seven >> 1', 'int', -2n],
  ['(seven > 3) + (minus < 0) * 2', 'int', 3n],
  ["octet > 'A' ? 'y' : 'n'", 'int', 121n],
  ['sizeof(long) * seven', 'u64', 56n],
  ['1 + 2 * 3 - 8 / 3 % 2 << 1', 'int', 14n],
  ['-5 >> 1', 'int', -3n],
  ['-5 / 2', 'int', -2n],
  ['0xffffffff', 'int', -1n],
]

/** A program that evaluates the expressions; the maps hide the values from the compiler. */
function programOf(bit: typeof cases): string {
  const program = bit.map(([source, type], index) => {
    const translator = new Translator({
      source,
      types: undefined,
      memory: 'user',
      variable: (name) => {
        const known = variables[name]
        assert.ok(known, name)
        return read(bt`$${word(name)}`, typed(known.type))
      },
      entry: () => assert.fail(),
      argument: () => assert.fail(),
    })
    const cursor = new Cursor(source)
    const names = {types: undefined, isVariable: (name: string) => Object.hasOwn(variables, name)}
    const value = translator.integer(parseExpression(cursor, names), typed(type))
    assert.equal(cursor.token.kind, 'end')
    const set = Object.entries(variables).map(([name, {register}]) => {
      const literal = register === -(2n ** 63n) ? bt`(-9223372036854775807 - 1)` : bt`${register}`
      return bt`@v = (int64)${literal}; $${word(name)} = (uint64)@v;`
    })
    return bt`
      interval:ms:${10 + index} /@done${index} == 0/ {
        @done${index} = 1;
        ${set}
        ${translator.statements.list}
        @r[${index}, ${exactly(value, signOf(typed(type)))}] = count();
      }`
  })
  return program.join('\n')
}

function typed(name: string) {
  const type =
    {int: typedefs['s32'], unsigned: typedefs['u32'], long: typedefs['s64']}[name] ?? typedefs[name]
  assert.ok(type)
  return type
}

for (const bpftrace of await bpftraces()) {
  describe(`expressions of C with bpftrace ${bpftrace.version}`, () => {
    const size = 10
    for (let from = 0; from < cases.length; from += size) {
      const bit = cases.slice(from, from + size)
      it(bit.map(([source]) => source).join(', '), async () => {
        const ending = `interval:ms:20 /${bit.map((_, n) => `@done${n} == 1`).join(' && ')}/ { exit(); }`
        const maps = await mapsOf(bpftrace, `${programOf(bit)}\n${ending}`)
        const counted = Object.keys(maps['@r'] ?? {}).map((key) => key.split(',').map(BigInt))
        const found = bit.map((_, index) => counted.find(([number]) => number === BigInt(index))?.[1])
        assert.deepEqual(
          found.map((value, index) => [bit[index]?.[0], value !== undefined && BigInt.asIntN(64, value)]),
          bit.map(([source, , value]) => [source, BigInt.asIntN(64, value)]),
        )
      })
    }
  })

  describe(`buckets with bpftrace ${bpftrace.version}`, () => {
    const values = [0n, 1n, 2n, 3n, 4n, 1023n, 1024n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n, 2n ** 40n]
    const signed = [
      ...values,
      2n ** 63n - 1n,
      -1n,
      -2n,
      -3n,
      -4n,
      -5n,
      -(2n ** 31n),
      -(2n ** 40n),
      -(2n ** 63n),
    ]
    const unsigned = [...values, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]

    /** The bucket each value gets. */
    async function buckets(of: readonly bigint[], isSigned: boolean): Promise<Map<bigint, number>> {
      const one = (value: bigint, index: number): string => {
        const raw = BigInt.asIntN(64, value)
        const literal = raw === -(2n ** 63n) ? bt`(-9223372036854775807 - 1)` : bt`${raw}`
        const text = isSigned ? bt`(int64)@v` : bt`(uint64)@v`
        return bt`
          interval:ms:${10 + index} /@done${index} == 0/ {
            @done${index} = 1;
            @v = (int64)${literal};
            ${log2Bucket(text, isSigned)}
            @r[${index}, $bucket] = count();
          }`.toString()
      }
      const ending = `interval:ms:20 /${of.map((_, n) => `@done${n} == 1`).join(' && ')}/ { exit(); }`
      const maps = await mapsOf(bpftrace, [...of.map(one), ending].join('\n'))
      const counted = Object.keys(maps['@r'] ?? {}).map((key) => key.split(',').map(Number))
      return new Map(counted.map(([index = -1, bucket = NaN]) => [of[index] ?? -1n, bucket]))
    }

    for (const [name, list, isSigned] of [
      ['signed', signed, true],
      ['unsigned', unsigned, false],
    ] as const) {
      it(`of ${name} values`, async () => {
        const found = await buckets(list, isSigned)
        assert.equal(found.size, list.length)
        for (const [value, bucket] of found) {
          const {low, high} = bucketRange(bucket)
          assert.ok(low <= value && value <= high, `${value} is in bucket ${bucket}, ${low} to ${high}`)
        }
        assert.deepEqual(
          [0n, 1n, 2n, 3n, 4n].map((value) => found.get(value)),
          [0, 0, 1, 1, 2],
        )
        if (isSigned)
          assert.deepEqual(
            [-1n, -2n, -3n, -4n, -5n].map((value) => found.get(value)),
            [-1, -2, -2, -3, -3],
          )
      })
    }
  })
}
