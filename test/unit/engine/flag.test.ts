import assert from 'node:assert/strict'
import {UsageError} from '#src/engine/errors.js'
import {
  argument,
  choice,
  choices,
  countOf,
  flag,
  glob,
  integer,
  parsed,
  parsedList,
  regexp,
  seconds,
  secondsOf,
  text,
  type Flag,
} from '#src/engine/flag.js'

function parse<T>({parse: parseValue}: Flag<T>, value: string): T | Promise<T> {
  assert.ok(parseValue !== undefined)
  return parseValue(value, 'some-flag')
}

function refuses(what: Flag, cases: Readonly<Record<string, string>>): void {
  for (const [value, message] of Object.entries(cases))
    assert.throws(() => parse(what, value), {
      name: 'UsageError',
      exitCode: 2,
      message: `--some-flag${message}`,
    })
}

describe('flag', () => {
  it('is a switch: no value, nothing to parse', () => {
    assert.deepEqual(flag('Do it.', {char: 'x', group: 'engine'}), {
      group: 'engine',
      description: 'Do it.',
      char: 'x',
    })
  })
})

describe('text', () => {
  const some = text('Some text.', {value: 'TEXT'})
  it('takes any text that is not empty', () => {
    for (const value of ['a', ' ', '0', '-x', 'a\nb']) assert.equal(parse(some, value), value)
    refuses(some, {'': ' needs a value that is not empty'})
  })
})

describe('integer', () => {
  const id = integer('An id.', {value: 'N', min: 1, max: 100, what: 'an id'})
  const open = integer('A number.', {value: 'N', min: 0, what: 'a number'})

  it('takes whole numbers within its bounds', () => {
    for (const [value, number] of [
      ['1', 1],
      ['100', 100],
      ['007', 7],
    ] as const)
      assert.equal(parse(id, value), number)
    assert.equal(parse(open, '0'), 0)
    assert.equal(parse(open, '9007199254740991'), Number.MAX_SAFE_INTEGER)
  })

  it('takes negative numbers where they are within its bounds', () => {
    const target = integer('A target.', {value: 'N', min: -5, max: 5, what: 'a target'})
    for (const number of [-5, -1, 0, 5]) assert.equal(parse(target, `${number}`), number)
    for (const value of ['-6', '6', '--1', '- 1', '-', '+1'])
      refuses(target, {[value]: `: '${value}' is not a target (a whole number from -5 to 5)`})
  })

  it('refuses everything else', () => {
    for (const value of ['0', '101', '', ' 1', '1 ', '1.0', '1e1', '0x10', '+1', '-1', 'one', '１', '1\n'])
      refuses(id, {[value]: `: '${value}' is not an id (a whole number from 1 to 100)`})
    refuses(open, {'9007199254740992': ": '9007199254740992' is not a number (a whole number from 0)"})
  })
})

describe('seconds', () => {
  const some = seconds('A time.', {value: 'SECONDS'})
  it('takes times and fractions, more than none', () => {
    for (const [value, number] of [
      ['1', 1],
      ['0.5', 0.5],
      ['.25', 0.25],
      ['86400', 86400],
    ] as const)
      assert.equal(parse(some, value), number)
    for (const value of ['0', '0.0', '', '-1', '1.', '1e3', '1s', 'Infinity', '1,5', ' 1'])
      refuses(some, {[value]: `: '${value}' is not a time in seconds (more than 0)`})
  })
})

describe('choice', () => {
  const some = choice('A format.', {value: 'FORMAT', options: ['table', 'json']})
  it('takes one of its words', () => {
    assert.equal(parse(some, 'json'), 'json')
    for (const value of ['JSON', '', 'toString', 'table,json'])
      refuses(some, {[value]: `: '${value}' is not one of table, json`})
  })
})

describe('choices', () => {
  const some = choices('Words.', {value: 'LIST', options: ['a', 'b', 'c']})
  it('takes a list of its words, each time it is given', () => {
    assert.equal(some.multiple, true)
    assert.deepEqual(parse(some, 'c,a'), ['c', 'a'])
    for (const [value, word] of [
      ['d', 'd'],
      ['a,d', 'd'],
      ['a,', ''],
      ['', ''],
      ['a, b', ' b'],
      ['A', 'A'],
    ])
      refuses(some, {[`${value}`]: `: '${word}' is not one of a, b, c`})
  })
})

describe('glob', () => {
  const some = glob('Paths.', {value: 'GLOB'})
  it('takes a pattern', async () => {
    const pattern = await parse(some, '*.conf')
    assert.equal(pattern?.test('a.conf'), true)
    assert.equal(pattern.test('a.config'), false)
    refuses(some, {
      '': ' needs a value that is not empty',
      '[z-a]': ": '[z-a]' is not a pattern: a range in [...] runs backwards",
    })
  })
})

describe('regexp', () => {
  const some = regexp('Names.', {value: 'REGEXP'})
  it('takes an expression, and says what is wrong with one', async () => {
    const expression = await parse(some, '^a(b|c)')
    assert.equal(expression?.test('acd'), true)
    assert.equal(expression.test('xac'), false)
    refuses(some, {
      '': ' needs a value that is not empty',
      '(a': ": '(a' is not a regular expression: unterminated group",
      'a: [': ": 'a: [' is not a regular expression: unterminated character class",
    })
  })
})

describe('parsed and parsedList', () => {
  it('leave parsing to the tool', () => {
    const double = (value: string): number => Number(value) * 2
    assert.equal(parse(parsed('One.', {value: 'N', parse: double}), '4'), 8)
    const list = parsedList('Some.', {value: 'N', parse: double, char: 'f'})
    assert.equal(list.multiple, true)
    assert.equal(list.char, 'f')
    assert.equal(parse(list as unknown as Flag<number>, '4'), 8)
  })

  it('let the errors of the tool through', () => {
    const refuse = (): never => {
      throw new UsageError('no')
    }
    assert.throws(() => parse(parsed('One.', {value: 'N', parse: refuse}), 'x'), {message: 'no'})
  })
})

describe('argument', () => {
  const interval = argument('Seconds.', {value: 'INTERVAL', position: 0, parse: secondsOf})
  const count = argument('How often.', {value: 'COUNT', position: 1, parse: countOf})

  it('has a place and no letter', () => {
    assert.deepEqual(
      [interval.position, count.position, interval.char, interval.required],
      [0, 1, undefined, undefined],
    )
  })

  it('is named in errors as it stands in the usage', () => {
    assert.equal(interval.parse?.('0.5', 'INTERVAL'), 0.5)
    assert.throws(() => interval.parse?.('0', 'INTERVAL'), {
      name: 'UsageError',
      message: "INTERVAL: '0' is not a time in seconds (more than 0)",
    })
    for (const [value, number] of [
      ['0', 0],
      ['17', 17],
    ] as const)
      assert.equal(count.parse?.(value, 'COUNT'), number)
    for (const value of ['-1', '1.5', '', 'x', '1e3'])
      assert.throws(() => count.parse?.(value, 'COUNT'), {
        name: 'UsageError',
        message: `COUNT: '${value}' is not a count (a whole number from 0)`,
      })
  })
})
