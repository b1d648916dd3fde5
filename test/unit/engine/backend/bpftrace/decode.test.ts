import assert from 'node:assert/strict'
import type {Bucket, MapKey, Message} from '#src/engine/backend/backend.js'
import {Decoder} from '#src/engine/backend/bpftrace/decode.js'
import {dialectOf} from '#src/engine/backend/bpftrace/dialect.js'
import {RunError} from '#src/engine/errors.js'
import type {Value} from '#src/engine/event/row.js'
import {OddText, type Text} from '#src/engine/event/text.js'
import {type Refused, replay, versionsOf} from '../../../../support/transcripts.js'

const allVersions = ['0.17.0', '0.20.2', '0.21.2', '0.23.2', '0.25.0', '0.27.1']
const minorOf = (version: string): number => Number(version.split('.')[1])
const map = (name: string, ...entries: [MapKey, Value][]): Message => ({kind: 'map', name, entries})
const scalar = (name: string, value: Value): Message => map(name, ['', value])
const text = (value: Text): Message => ({kind: 'text', text: value})
const row = (...values: Value[]): Message => ({kind: 'row', values})
const bucket = (min: number | undefined, max: number | undefined, count: number): Bucket => ({
  ...(min === undefined ? {} : {min}),
  ...(max === undefined ? {} : {max}),
  count,
})
const histogram = (name: string, ...series: [MapKey, Bucket[]][]): Message => ({
  kind: 'histogram',
  name,
  series,
})
const stats = (
  name: string,
  key: string,
  value: {count?: number; average: number; total?: number},
): Message => ({
  kind: 'stats',
  name,
  entries: [[key, value]],
})

describe('Decoder on what bpftrace really wrote', () => {
  it('has transcripts of all versions', () => {
    for (const name of ['messages', 'keys', 'types', 'bigint', 'mapfull-k'])
      assert.deepEqual(versionsOf(name), allVersions, name)
    assert.deepEqual(versionsOf('escapes'), ['0.17.0', '0.20.2', '0.21.2', '0.23.2', '0.27.1'])
  })

  describe('messages', () => {
    const bounds = [4, 8, 16, 32, 64]
    const log = [
      bucket(undefined, -1, 1),
      bucket(0, 0, 1),
      bucket(1, 1, 0),
      bucket(2, 3, 0),
      ...bounds.map((min) => bucket(min, 2 * min - 1, min === 4 || min === 64 ? 1 : 0)),
    ]
    const linear = [
      bucket(undefined, -1, 1),
      ...Array.from({length: 10}, (_, at) => bucket(10 * at, 10 * at + 9, at === 0 ? 1 : 0)),
      bucket(100, undefined, 1),
    ]
    const expected = (version: string): Message[] => {
      // 0.25 gives (uint64)-1 the type of the -1, and `print(@m, 1)` its smallest value: it does not sort them.
      const odd = version === '0.25.0'
      return [
        text('plain 1 str\n'),
        text('no newline'),
        text(''),
        text('a literal'),
        text('99'),
        row(1, 't', 2),
        map('@m', ['a', 1], ['b', 2]),
        map('@m', odd ? ['a', 1] : ['b', 2]),
        histogram('@h', ['', log]),
        scalar('@c', 1),
        stats('@st', '', {count: 1, average: 10, total: 10}),
        scalar('@tup', [1, 'two', [3, 4]]),
        text('HH:MM:SS\n'),
        text('HH:MM:SS\n'),
        text('HH:MM:SS\n'),
        text('Linux\n'),
        text('end\n'),
        stats('@av', '', {average: 10}),
        stats('@avm', 'k', {average: 4}),
        scalar('@big', odd ? 255 : '18446744073709551615'),
        scalar('@c', 1),
        map('@cm', ['k', 1]),
        histogram('@h', ['', log]),
        histogram('@hm', ['rd', [bucket(512, 1023, 1)]], ['wr', [bucket(1, 1, 1)]]),
        histogram('@l', ['', linear]),
        histogram('@lm', ['a,1', [bucket(10, 19, 1)]]),
        map('@m', ['a', 1], ['b', 2]),
        map('@mk', ['1,x', 5]),
        scalar('@mn', 5),
        scalar('@mx', 9),
        scalar('@s', 0),
        scalar('@scalar', 42),
        stats('@st', '', {count: 1, average: 10, total: 10}),
        stats('@stm', 'k', {count: 1, average: 4, total: 4}),
        scalar('@str', 'hello'),
        scalar('@tup', [1, 'two', [3, 4]]),
      ]
    }
    for (const version of allVersions) {
      it(version, () => assert.deepEqual(replay('messages', version).map(withoutTime), expected(version)))
    }
  })

  describe('keys', () => {
    for (const version of allVersions) {
      it(version, () => {
        // 0.24 and later drop every space of a key, and nothing brings them back.
        const key = (text: string): string => (minorOf(version) >= 24 ? text.replaceAll(' ', '') : text)
        assert.deepEqual(replay('keys', version), [
          row('a b', 1),
          row('x,y', 'z"w'),
          histogram('@hx', [key('sp ace'), [bucket(2, 3, 1)]]),
          histogram('@hx2', [key('sp ace,2'), [bucket(2, 3, 1)]]),
          map('@int', ['5', 1]),
          map('@n', ['-5', 1]),
          map('@one', [key('a b c'), 1]),
          stats('@st', key('sp ace'), {count: 1, average: 3, total: 3}),
          map('@two', [key('a b,1'), 2], ['x,y,2', 3]),
        ])
      })
    }
  })

  describe('numbers that a double cannot hold', () => {
    /** What bpftrace itself makes of a value, by version; everything else is the same in all. */
    const differences = {
      // Up to 0.17 histograms take 32 bits; from 0.20 on they are right.
      h: (minor: number) =>
        minor < 20
          ? [bucket(1073741824, 2147483647, 1), bucket(-2147483648, 0, 3)]
          : [
              bucket(1073741824, 2147483647, 1),
              bucket(2147483648, 4294967295, 2),
              bucket(4294967296, 8589934591, 1),
            ],
      // Bounds of linear histograms take 32 bits in all versions; they wrap one way or the other.
      l: (minor: number) => (minor < 25 ? [bucket(undefined, -1, 0)] : [bucket(705032704, undefined, 1)]),
      // Literals and pointers above 2^63 are signed up to 0.21.
      hx: (minor: number): Value => (minor < 22 ? -2130706432 : '18446744071578845184'),
      p: (minor: number): Value => (minor < 22 ? -131387344551936 : '18446612686364999680'),
      // max() of a negative number: missing in 0.17, unsigned in 0.20.
      mx: (minor: number): Value | undefined =>
        minor < 20 ? undefined : minor < 21 ? '18446744073709551615' : -1,
      // 0.25 alone gives (uint64)-1 the type int8 of the -1.
      all: (minor: number): Value => (minor === 25 ? 255 : '18446744073709551615'),
      h2: (minor: number) => (minor === 25 ? [bucket(128, 255, 1)] : [bucket(undefined, -1, 1)]),
      printed: (minor: number) => (minor === 25 ? '255 255' : '-1 4294967295'),
    }
    for (const version of allVersions) {
      it(version, () => {
        const minor = minorOf(version)
        const mx = differences.mx(minor)
        assert.deepEqual(replay('bigint', version), [
          row(1, differences.all(minor), -1),
          text(`${differences.printed(minor)} ffffffffffffffff 0xffffffffffffffff ffffffff\n`),
          stats('@avg', '', {average: 5000000000}),
          scalar('@cast', -1),
          histogram('@h', ['', differences.h(minor)]),
          histogram('@h2', ['', differences.h2(minor)]),
          scalar('@hx', differences.hx(minor)),
          scalar('@i', -5000000000),
          histogram('@l', ['', differences.l(minor)]),
          ...(mx === undefined ? [] : [scalar('@mx', mx)]),
          scalar('@p', differences.p(minor)),
          scalar('@s', '9007199254740993'),
          scalar('@u', '9007199254740993'),
          scalar('@z', differences.all(minor)),
        ])
      })
    }
  })

  describe('a full map', () => {
    const full: Message = {
      kind: 'trouble',
      text: 'a map of the program is full: new keys are not counted',
      mapFull: true,
    }
    for (const version of allVersions) {
      it(version, () => {
        const messages = replay('mapfull-k', version)
        // 0.25 writes its warnings to stdout before it starts.
        const warnings = messages.splice(0, version === '0.25.0' ? 3 : 0)
        assert.ok(warnings.every(({kind}) => kind === 'refused'))
        assert.deepEqual(messages, [
          ...[full, full, full, full],
          text('done\n'),
          map('@c', ['a', 1], ['b', 1], ['c', 1]),
          map('@m', ['1', 1], ['2', 1], ['3', 1]),
          scalar('@x', 0),
        ])
      })
    }
  })

  describe('bytes', () => {
    /** The paths that escapes-workload.py opens, in order; the thread's name is the 15 bytes after `/nx/`. */
    const paths = [
      '/nx/plain',
      '/nx/q"uote',
      "/nx/s'quote",
      '/nx/back\\slash',
      '/nx/new\nline',
      '/nx/tab\tcr\r',
      '/nx/ctl\x01\x1b[31m\x7f',
      '/nx/utf8-\xc3\xa9\xe2\x82\xac',
      '/nx/latin1-\xe9\xff\xfe',
      '/nx/pct%s%d%n',
      `/nx/${'a'.repeat(100)}`,
      '/nx/nbsp\xc2\xa0\xe2\x80\xa8',
    ].map((path) => Buffer.from(path, 'latin1'))

    for (const version of versionsOf('escapes')) {
      describe(version, () => {
        // The default of 64 bytes for a text, end included, up to 0.21.
        const given = paths.map((path) => (minorOf(version) < 22 ? path.subarray(0, 63) : path))
        const messages = replay('escapes', version)

        it('restores twelve paths and twelve thread names exactly', () => {
          const rows = messages.flatMap((message) => (message.kind === 'row' ? [message.values] : []))
          const pid = rows[0]?.[0] ?? 0
          assert.deepEqual(
            rows.map(([id, ...texts]) => [id, ...texts.map((item) => bytesOf(item as Text))]),
            given.map((path) => [pid, path.subarray(4, 19), path]),
          )
        })

        it('restores the keys of maps exactly, also those that were escaped twice', () => {
          const keys = messages.flatMap((message) => (message.kind === 'map' ? [message] : []))
          const pathKeys = keys.find(({name}) => name === '@')?.entries ?? []
          const commKeys = keys.find(({name}) => name === '@k')?.entries ?? []
          const [first] = messages.filter((message) => message.kind === 'row')
          const pid = Number(first?.values[0])
          assert.deepEqual(hexes(pathKeys.map(([key]) => bytesOf(key))), hexes(given))
          assert.deepEqual(
            hexes(commKeys.map(([key]) => bytesOf(key))),
            hexes(given.map((path) => Buffer.concat([path.subarray(4, 19), Buffer.from(`,${pid}`)]))),
          )
          assert.deepEqual(new Set(pathKeys.map(([, value]) => value)), new Set([1]))
          assert.deepEqual(new Set(commKeys.map(([, value]) => value)), new Set([16]))
        })

        it('restores what was printed', () => {
          const printed = messages.flatMap((message) =>
            message.kind === 'text' ? [bytesOf(message.text).toString('latin1')] : [],
          )
          // In 0.20 and 0.21 the default mark of a cut text is `..`, which tstrace switches off.
          const cutMark = [20, 21].includes(minorOf(version)) ? '..' : ''
          assert.deepEqual(
            printed,
            given.map((path, index) => {
              const mark = path.length < (paths[index]?.length ?? 0) ? cutMark : ''
              return `${path.toString('latin1', 4, 19)}|${path.toString('latin1')}${mark}|10\n`
            }),
          )
        })

        it('reads the counts, hexadecimal or not', () => {
          assert.deepEqual(
            messages.filter(({kind}) => kind === 'histogram'),
            [histogram('@h', ['', [bucket(8, 15, 144)]])],
          )
          assert.deepEqual(messages.at(-1), scalar('@n', 255))
        })
      })
    }
  })

  describe('types', () => {
    const names = (messages: readonly (Message | Refused)[]): string[] =>
      messages.flatMap((message) => ('name' in message ? [message.name] : []))
    const all = [
      ...['@a', '@buf', '@cg', '@cpu', '@elapsed', '@fld', '@inet', '@kaddr', '@kperf', '@ks', '@ks3', '@ns'],
      ...['@probe', '@rqtp', '@sym', '@tid', '@ts', '@uid', '@us', '@user', '@usp'],
    ]
    const trace = ['perf_syscall_enter+397', 'syscall_trace_enter+384', 'do_syscall_64+506']

    for (const version of allVersions) {
      it(version, () => {
        const minor = minorOf(version)
        const messages = replay('types', version)
        const value = (name: string): Value | undefined =>
          messages.flatMap((message) =>
            message.kind === 'map' && message.name === name ? [message.entries[0]?.[1]] : [],
          )[0]
        const key = (name: string): MapKey | undefined =>
          messages.flatMap((message) =>
            message.kind === 'map' && message.name === name ? [message.entries[0]?.[0]] : [],
          )[0]

        // 0.20 and 0.21 write pointers as 0x..., which is no JSON.
        const unreadable = minor === 20 || minor === 21 ? ['@rqtp'] : []
        assert.deepEqual(
          names(messages),
          all.filter((name) => !unreadable.includes(name)),
        )
        assert.equal(messages.filter(({kind}) => kind === 'refused').length, unreadable.length)

        assert.equal(value('@ks3'), ['', ...trace, ''].join('\n        ').trimEnd() + '\n')
        assert.equal(value('@kaddr'), '18446744071582381568')
        assert.equal(value('@probe'), 'tracepoint:syscalls:sys_enter_clock_nanosleep')
        assert.equal(value('@inet'), '127.0.0.1')
        assert.equal(value('@user'), 'root')
        assert.equal(value('@uid'), 0)
        // Up to 0.21 a time is not quoted, and `20` alone is a number.
        assert.equal(value('@ts'), minor < 22 ? 20 : '20')
        // buf() is text up to 0.23, then bytes.
        const word = version === '0.17.0' ? 'pyth' : 'slee'
        assert.deepEqual(value('@buf'), minor < 24 ? word : [...Buffer.from(word)])
        // The indentation of a stack as a key: 4, then 8, then none.
        const indent = ' '.repeat(minor < 22 ? 4 : minor < 24 ? 8 : 0)
        const frames = [...trace, 'entry_SYSCALL_64_after_hwframe+118']
        assert.equal(key('@ks'), `\n${frames.map((frame) => `${indent}${frame}\n`).join('')}`)
      })
    }
  })
})

describe('Decoder', () => {
  const decode = (line: string, version = '0.27.1', room = Infinity): Message | undefined =>
    new Decoder(dialectOf(version), room).decode(line)

  it('knows the line that says that everything is attached', () => {
    assert.deepEqual(decode('__BPFTRACE_NOTIFY_PROBES_ATTACHED'), {kind: 'ready'})
  })

  it('has nothing to say about empty lines and counts of probes', () => {
    assert.equal(decode(''), undefined)
    assert.equal(decode('{"type": "attached_probes", "data": {"probes": 2}}'), undefined)
    assert.equal(decode('{"type": "attached_probes", "count": 2, "data": {"probes": 2}}'), undefined)
  })

  it('tells lost events', () => {
    const lost = {kind: 'lost', events: 13450}
    assert.deepEqual(decode('{"type": "lost_events", "data": {"events": 13450}}', '0.17.0'), lost)
    assert.deepEqual(decode('{"type": "lost_events", "count": 13450, "data": {"events": 13450}}'), lost)
  })

  it('reads lost events in hexadecimal after a strange byte, from 0.24 on only', () => {
    const lines = (version: string, start: string): Message | undefined => {
      const decoder = new Decoder(dialectOf(version), Infinity)
      decoder.decode(start)
      return decoder.decode('{"type": "lost_events", "count": 90, "data": {"events": 90}}')
    }
    for (const start of ['"\\uffffffc3"', '"\\u0001"', '"\\u001b"', '"\\\\\\u0001"']) {
      const line = `{"type": "value", "data": [1,${start}]}`
      assert.deepEqual(lines('0.27.1', line), {kind: 'lost', events: 0x90}, start)
      assert.deepEqual(lines('0.23.2', line), {kind: 'lost', events: 90}, start)
    }
  })

  it('is not misled by a file whose name looks like an escape', () => {
    for (const name of ['\\\\u0001', '\\\\uffffffc3', '\\\\\\\\u001b']) {
      const decoder = new Decoder(dialectOf('0.27.1'), Infinity)
      decoder.decode(`{"type": "value", "data": [1,"${name}"]}`)
      assert.deepEqual(
        decoder.decode('{"type": "lost_events", "count": 90, "data": {"events": 90}}'),
        {kind: 'lost', events: 90},
        name,
      )
    }
  })

  it('leaves a name that looks like the bytes it means alone', () => {
    assert.deepEqual(decode('{"type": "value", "data": [1,"\\\\uffffffc3"]}'), row(1, '\\uffffffc3'))
  })

  it('gives a U+FFFF of the data back', () => {
    assert.deepEqual(
      decode('{"type": "value", "data": ["\\uffffffef\\uffffffbf\\uffffffbfffc3"]}'),
      row('\uffffffc3'),
    )
  })

  it('tells long numbers from texts that look like them', () => {
    assert.deepEqual(
      decode(
        '{"type": "value", "data": [18446744073709551615,"18446744073709551615, \\"-9007199254740993",7]}',
      ),
      row('18446744073709551615', '18446744073709551615, "-9007199254740993', 7),
    )
    assert.deepEqual(decode('{"type": "map", "data": {"@m": {"1234567890123456789": 9007199254740991}}}'), {
      kind: 'map',
      name: '@m',
      entries: [['1234567890123456789', 9007199254740991]],
    })
    assert.deepEqual(
      decode('{"type": "map", "data": {"@m": {"a": -9007199254740993}}}'),
      map('@m', ['a', '-9007199254740993']),
    )
  })

  it('marks a text that fills its room', () => {
    assert.deepEqual(decode('{"type": "value", "data": [1,"abcdefg"]}', '0.27.1', 9), row(1, 'abcdefg'))
    assert.deepEqual(
      decode('{"type": "value", "data": [1,"abcdefgh"]}', '0.27.1', 9),
      row(1, new OddText(Buffer.from('abcdefg'), true)),
    )
  })

  it('never marks a key', () => {
    assert.deepEqual(
      decode('{"type": "map", "data": {"@m": {"abcdefghij": 1}}}', '0.27.1', 8),
      map('@m', ['abcdefghij', 1]),
    )
  })

  it('keeps all counts of a map with keys that look alike', () => {
    assert.deepEqual(
      decode(
        String.raw`{"type": "map", "data": {"@stacks": {",,7": 1, ",,8": 20, ",\n\t7f q\"x\": 9,7": 3, ",,7": 4}}}`,
      ),
      map('@stacks', [',,7', 1], [',,8', 20], [',\n\t7f q"x": 9,7', 3], [',,7', 4]),
    )
  })

  it('tells stacks that were not kept from those that are not there', () => {
    const error = (retcode: number): string =>
      JSON.stringify({type: 'helper_error', helper: 'get_stackid', retcode, line: 1, col: 1})
    assert.equal(decode(error(-17))?.kind, 'missed')
    assert.equal(decode(error(-12))?.kind, 'missed')
    assert.equal(decode(error(-14)), undefined)
  })

  it('tells updates of maps that failed, and nothing of lookups and deletes', () => {
    const error = (helper: string, retcode: number, msg?: string): string =>
      JSON.stringify({type: 'helper_error', msg, helper, retcode, line: 1, col: 1})
    assert.deepEqual(decode(error('map_update_elem', -16, 'Busy')), {
      kind: 'trouble',
      text: 'map_update_elem failed: Busy',
    })
    assert.deepEqual(decode(error('map_update_elem', -16)), {
      kind: 'trouble',
      text: 'map_update_elem failed: -16',
    })
    assert.equal(decode(error('map_delete_elem', -2, 'no such key')), undefined)
    assert.equal(decode(error('map_lookup_elem', 0, 'Success')), undefined)
  })

  it('refuses what is not JSON, and shows the beginning of it', () => {
    assert.throws(() => decode('Attaching 2 probes...'), {
      name: 'RunError',
      message: 'bpftrace wrote a line that is not its JSON: "Attaching 2 probes..."',
      hint: 'is the bpftrace that tstrace found the real one? `tstrace doctor` shows which it is.',
    })
    assert.throws(
      () => decode(`{\x1b${'x'.repeat(200)}`),
      (error: unknown) =>
        error instanceof RunError && error.message.endsWith(`"{\\u001b${'x'.repeat(98)}..."`),
    )
  })
})

function withoutTime(message: Message | Refused): Message | Refused {
  if (message.kind !== 'text' || typeof message.text !== 'string') return message
  return text(message.text.replace(/^\d\d:\d\d:\d\d\n/, 'HH:MM:SS\n'))
}

function bytesOf(item: Text): Buffer {
  // DEL arrives as it is.
  return typeof item === 'string' ? Buffer.from(item) : item.bytes
}

function hexes(buffers: readonly Buffer[]): string[] {
  return buffers.map((buffer) => buffer.toString('hex')).sort()
}
