import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import type {Message} from '#src/engine/backend/backend.js'
import {Decoder} from '#src/engine/backend/bpftrace/decode.js'
import {dialectOf} from '#src/engine/backend/bpftrace/dialect.js'
import {
  requestSnapshot,
  snapshotClause,
  SnapshotReader,
  splitKey,
} from '#src/engine/backend/bpftrace/snapshots.js'
import type {KeyKind, KeyPart, MapShape, Snapshot} from '#src/engine/event/snapshot.js'
import {OddText} from '#src/engine/event/text.js'

describe('splitKey', () => {
  const cases: readonly (readonly [readonly KeyKind[], string, readonly KeyPart[]])[] = [
    [[], '', []],
    [['int'], '0', [0]],
    [['int', 'int'], '12,-5', [12, -5]],
    [['int', 'int'], '-9223372036854775808,9000015860791014959', [-(2n ** 63n), 9000015860791014959n]],
    [['int'], '9007199254740991', [9007199254740991]],
    [['int'], '9007199254740993', [9007199254740993n]],
    [['text'], '', ['']],
    [['text'], 'a,b,', ['a,b,']],
    [['int', 'text'], '3,x, y,', [3, 'x, y,']],
    [['int', 'text'], '3,', [3, '']],
    [['text', 'int'], 'x, y,,7', ['x, y,', 7]],
    [['int', 'text', 'int', 'int'], '1,a,2,3,4,5', [1, 'a,2,3', 4, 5]],
    [['text', 'text'], 'a,b,c', ['a', 'b,c']],
    [['text', 'int'], 'é€,7', ['é€', 7]],
    // 0.23 and 0.27, raw
    [
      ['stack', 'int'],
      '\nffffffff814b0b2d\nffffffff81000130\n,7',
      [[0xffffffff814b0b2dn, 0xffffffff81000130n], 7],
    ],
    [
      ['stack', 'stack', 'int'],
      '\n,\n7ffb0df387cd\ndfe6788967861800\n,7591',
      [[], [0x7ffb0df387cdn, 0xdfe6788967861800n], 7591],
    ],
    [['stack', 'stack', 'text'], '\n,\n,npm, ci', [[], [], 'npm, ci']],
    [['int', 'stack'], '5,\n55929b42ac9c\n        <unwind failure>\n', [5, [0x55929b42ac9cn]]],
    [['int', 'stack'], '5,\n', [5, []]],
    // 0.17, perf: an empty one is nothing at all
    [
      ['stack', 'stack', 'int'],
      ',\n\t7ffb01057b83 0x7ffb01057b83 ([unknown])\n\tffff0a00ffffff04 0xffff0a00ffffff04 ([unknown])\n,7591',
      [[], [0x7ffb01057b83n, 0xffff0a00ffffff04n], 7591],
    ],
    [
      ['stack', 'stack', 'text'],
      '\n\tffffffff814b0a68 perf_syscall_enter+200\n\tffffffff81000130 entry_SYSCALL_64_after_hwframe+118\n,\n\t7fd8e980c4f7 getppid+7 (/usr/lib/x86_64-linux-gnu/libc.so.6)\n\t13bc705 v8::f(v8::A*, int)+581 (/a, b)\n,a,b',
      [[0xffffffff814b0a68n, 0xffffffff81000130n], [0x7fd8e980c4f7n, 0x13bc705n], 'a,b'],
    ],
    [['stack', 'int'], ',7', [[], 7]],
  ]
  for (const [kinds, key, expected] of cases)
    it(`${kinds.join()} of ${JSON.stringify(key)}`, () => assert.deepEqual(splitKey(kinds, key), expected))

  it('keeps bytes that are not UTF-8, and marks a text that was cut', () => {
    const [number, odd] = splitKey(['int', 'text'], new OddText(Buffer.from('7,a\xff,', 'latin1'), false))
    assert.deepEqual([number, odd], [7, new OddText(Buffer.from('a\xff,', 'latin1'), false)])
    const [cut, whole] = ['1234567', '123456'].map((text) => splitKey(['text'], text, 8)[0])
    assert.deepEqual([cut, whole], [new OddText(Buffer.from('123456'), true), '123456'])
    // A stack is longer than any text.
    assert.deepEqual(splitKey(['stack', 'int'], '\nffffffff814b0b2d\n,7', 8), [[0xffffffff814b0b2dn], 7])
  })
})

describe('snapshotClause', () => {
  const maps: readonly MapShape[] = [
    {name: '@n', key: ['int', 'stack']},
    {name: '@t', key: ['text']},
    {name: '@m', key: ['int', 'text']},
    {name: '@c', key: []},
  ]
  const clause = (version: string): string => snapshotClause(maps, dialectOf(version))

  for (const version of ['0.17.0', '0.20.2', '0.21.2'])
    it(`prints maps whole with ${version}`, () => {
      assert.equal(
        clause(version),
        `
tracepoint:task:task_rename
/tid == $1/
{
	@snapshots++;
	print((-1, nsecs, @snapshots));
	print(@n);
	print(@t);
	print(@m);
	print(@c);
	print((-2, 0));
}
`,
      )
    })

  for (const version of ['0.22.0', '0.23.2', '0.27.1', '1.0.0'])
    it(`prints maps with texts key by key with ${version}`, () => {
      assert.match(
        clause(version),
        /\tprint\(@n\);\n\tfor \(\$kv : @t\) \{ print\(\(-3, 1, \(\$kv\.0, 0\), \(int64\)\$kv\.1\)\); \}\n\tfor \(\$kv : @m\) \{ print\(\(-3, 2, \$kv\.0, \(int64\)\$kv\.1\)\); \}\n\tprint\(@c\);/,
      )
    })
})

describe('requestSnapshot', () => {
  it('leaves the name of the process as it is', () => {
    const name = (): string => readFileSync('/proc/self/comm', 'utf8')
    const before = name()
    requestSnapshot()
    assert.equal(name(), before)
  })
})

describe('SnapshotReader', () => {
  const shapes: readonly MapShape[] = [
    {name: '@n', key: ['int', 'int']},
    {name: '@t', key: ['int', 'text']},
    {name: '@s', key: ['stack', 'text']},
    {name: '@one', key: ['text']},
  ]
  const begin = (time: number | string, number: number): Message => ({
    kind: 'row',
    values: [-1, time, number],
  })
  const end: Message = {kind: 'row', values: [-2, 0]}
  const map = (name: string, key: string, count: number): Message => ({
    kind: 'map',
    name,
    entries: [[key, count]],
  })
  const entry = (index: number, key: readonly (number | string)[], count: number): Message => ({
    kind: 'row',
    values: [-3, index, key, count],
  })
  const take = (
    messages: readonly Message[],
    lastOne = Infinity,
    reader = new SnapshotReader(shapes, 64),
  ): Message[] => messages.flatMap((message) => reader.take(message, lastOne) ?? [])

  it('puts a snapshot together, and lets everything else pass', () => {
    const others: readonly Message[] = [
      {kind: 'ready'},
      {kind: 'row', values: [0, 17, 'a']},
      {kind: 'row', values: [1, 17]},
      {kind: 'map', name: '@other', entries: []},
      {kind: 'lost', events: 3},
      {kind: 'text', text: 'x'},
    ]
    const [a, b, c, d, e, f] = others as readonly [Message, Message, Message, Message, Message, Message]
    const taken = take(
      [
        ...[a, begin(1_000_000_000_123, 1), b, map('@n', '1,-2', 3), c],
        ...[entry(1, [7, 'x, y'], 5), d, entry(1, [8, ''], 6), e, end, f],
      ].flat(),
    )
    assert.deepEqual(
      taken.filter(({kind}) => kind !== 'snapshot'),
      others,
    )
    assert.deepEqual(
      taken.find(({kind}) => kind === 'snapshot'),
      {
        kind: 'snapshot',
        time: 1_000_000_000_123n,
        maps: new Map([
          ['@n', [{id: '[1,-2]', key: [1, -2], count: 3}]],
          [
            '@t',
            [
              {id: '[7,"x, y"]', key: [7, 'x, y'], count: 5},
              {id: '[8,""]', key: [8, ''], count: 6},
            ],
          ],
        ]),
        last: false,
      },
    )
  })

  it('reads stacks and big numbers from entries, and the key of a map that has one part', () => {
    const [snapshot] = take([
      begin('9007199254740993', 1),
      entry(2, ['\nffffffff81b6ec24\n55929b42ac9c', 'a'], 1),
      entry(3, ['b', 0], 2),
      entry(0, ['9007199254740993', -1], 3),
      end,
    ]) as Snapshot[]
    assert.equal(snapshot?.time, 9007199254740993n)
    assert.deepEqual(
      [...snapshot.maps].map(([name, entries]) => [name, entries[0]?.key]),
      [
        ['@s', [[0xffffffff81b6ec24n, 0x55929b42ac9cn], 'a']],
        ['@one', ['b']],
        ['@n', [9007199254740993n, -1]],
      ],
    )
  })

  it('gives a key the same id whatever its symbols are', () => {
    const perf = (symbol: string): string => `\n\t7fd8e980c4f7 ${symbol}\n,npm`
    const [a, b] = take([
      ...[begin(1, 1), map('@s', perf('getppid+7 (/usr/lib/libc.so.6)'), 1), end],
      ...[begin(2, 2), map('@s', perf('0x7fd8e980c4f7 ([unknown])'), 2), end],
    ]) as Snapshot[]
    assert.equal(a?.maps.get('@s')?.[0]?.id, b?.maps.get('@s')?.[0]?.id)
  })

  it('knows the last one by its number, also when one before it was lost', () => {
    const numbers = (lastOne: number, ...asked: number[]): boolean[] =>
      (
        take(
          asked.flatMap((number) => [begin(1, number), end]),
          lastOne,
        ) as Snapshot[]
      ).map(({last}) => last)
    assert.deepEqual(numbers(3, 1, 2, 3), [false, false, true])
    assert.deepEqual(numbers(3, 1, 3, 4), [false, true, true])
    assert.deepEqual(numbers(3, 1, 4), [false, true])
  })

  it('adds the counts of keys that look alike', () => {
    const same: Message = {
      kind: 'map',
      name: '@n',
      entries: [
        ['1,1', 2],
        ['1,2', 5],
        ['1,1', 3],
      ],
    }
    const [snapshot] = take([begin(1, 1), same, end]) as Snapshot[]
    assert.deepEqual(
      snapshot?.maps.get('@n')?.map(({id, count}) => [id, count]),
      [
        ['[1,1]', 5],
        ['[1,2]', 5],
      ],
    )
  })

  it('drops a snapshot whose beginning or end was lost', () => {
    const taken = take([
      ...[map('@n', '1,1', 1), end],
      ...[begin(1, 1), map('@n', '1,1', 2)],
      ...[begin(2, 2), map('@n', '1,1', 3), end],
    ]) as Snapshot[]
    assert.deepEqual(
      taken.map(({time}) => time),
      [2n],
    )
    assert.deepEqual(taken[0]?.maps.get('@n')?.[0]?.count, 3)
  })

  it('keeps the maps that bpftrace prints at its end, and its own to itself', () => {
    const reader = new SnapshotReader(shapes, 64)
    const messages = [begin(1, 1), end, map('@n', '1,1', 9), map('@snapshots', '', 1)]
    assert.equal(take(messages, Infinity, reader).length, 1)
    assert.deepEqual(reader.atExit, {
      kind: 'snapshot',
      time: undefined,
      maps: new Map([['@n', [{id: '[1,1]', key: [1, 1], count: 9}]]]),
      last: true,
    })
  })

  it('reads what each version writes', () => {
    const read = (version: string, lines: readonly string[]): unknown => {
      const decoder = new Decoder(dialectOf(version), 64)
      const messages = lines.flatMap((line) => decoder.decode(line) ?? [])
      const [snapshot] = take([begin(1, 1), ...messages, end]) as Snapshot[]
      return [...(snapshot?.maps.values() ?? [])].flat().map(({key, count}) => [...key, count])
    }
    const long = '/long'.repeat(10)
    assert.deepEqual(
      read('0.17.0', [`{"type": "map", "data": {"@t": {"7,q\\"uote": 1, "8,\\uffffffc3\\uffffffa9, ": 2}}}`]),
      [
        [7, 'q"uote', 1],
        [8, 'é, ', 2],
      ],
    )
    assert.deepEqual(
      read('0.23.2', [
        `{"type": "value", "data": [-3,2,["\\n${'ffffffff814430eb\\n'.repeat(9)}","${long}"],3]}`,
        '{"type": "value", "data": [-3,1,[7,"q\\"uote"],1]}',
        '{"type": "map", "data": {"@n": {"9007199254740993,9000015860791014959": 4}}}',
      ]),
      [
        [Array(9).fill(0xffffffff814430ebn), long, 3],
        [7, 'q"uote', 1],
        [9007199254740993n, 9000015860791014959n, 4],
      ],
    )
    assert.deepEqual(
      read('0.27.1', [
        '{"type": "value", "data": [-3,2,["\\n","a, b"],3]}',
        '{"type": "value", "data": [-3,0,["18446744073709551615",-1],4]}',
      ]),
      [
        [[], 'a, b', 3],
        [18446744073709551615n, -1, 4],
      ],
    )
  })
})
