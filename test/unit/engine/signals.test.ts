import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {constants} from 'node:os'
import {parseSignals, signalName} from '#src/engine/signals.js'

const parse = (text: string): number[] => parseSignals(text, 'signal')

describe('signalName', () => {
  it("knows the signals of this machine's C library", () => {
    for (const [name, number] of Object.entries(constants.signals)) {
      assert.deepEqual(parse(name), [number])
      if (!['SIGIOT', 'SIGPOLL', 'SIGUNUSED'].includes(name)) assert.equal(signalName(number), name)
    }
  })

  it('calls real-time signals what bash does, counted from SIGRTMIN', () => {
    const signals = Array.from({length: 16}, (_, index) => 34 + index)
    const {stdout} = spawnSync('bash', ['-c', `kill -l ${signals.join(' ')}`], {encoding: 'utf8'})
    assert.deepEqual(
      signals.map(signalName),
      stdout
        .trim()
        .split('\n')
        .map((name) => `SIG${name}`),
    )
    assert.equal(signalName(64), 'SIGRTMIN+30')
  })

  it('leaves a number where there is no name', () => {
    for (const signal of [0, -1, 32, 33, 65, 2 ** 31 - 1]) assert.equal(signalName(signal), `${signal}`)
  })
})

describe('parseSignals', () => {
  it('takes numbers and names, in lists, in any case', () => {
    assert.deepEqual(parse('9'), [9])
    assert.deepEqual(parse('0,65,009'), [0, 65, 9])
    assert.deepEqual(parse('TERM,SIGTERM,term,sigterm'), [15, 15, 15, 15])
    assert.deepEqual(parse('9,15,TERM,SIGKILL'), [9, 15, 15, 9])
    assert.deepEqual(parse('CLD,IOT,POLL'), [17, 6, 29])
    assert.deepEqual(parse('RTMIN,SIGRTMIN+2,RTMAX,SIGRTMAX-1,RTMAX-30'), [34, 36, 64, 63, 34])
  })

  it('reads the names it gives', () => {
    for (let signal = 0; signal <= 65; signal++) assert.deepEqual(parse(signalName(signal)), [signal])
  })

  it('refuses everything else', () => {
    const words = [
      ...[
        '',
        ' ',
        '-9',
        '+9',
        '9.0',
        '1e1',
        '0x9',
        '2147483648',
        'FOO',
        'SIG',
        'SIGSIGTERM',
        'SIG9',
        'TTERMM ',
      ],
      ...['RTMIN-1', 'RTMIN+31', 'RTMAX+1', 'RTMAX-31', 'RTMIN+', 'RTMIN2', '__proto__', 'TOSTRING', '-'],
    ]
    for (const word of words)
      for (const list of [word, `9,${word}`])
        assert.throws(() => parse(list), {
          name: 'UsageError',
          exitCode: 2,
          message: `--signal: '${word}' is not a signal`,
          hint: 'numbers, and names as `kill -l` lists them, are signals: 9,TERM,SIGRTMIN+2',
        })
  })

  it('suggests what is near', () => {
    assert.throws(() => parse('SIGTREM'), {hint: 'is it TERM?'})
  })

  it('says how to leave signals out', () => {
    assert.throws(() => parse('!0'), {hint: 'to leave signals out, use --exclude-signal'})
  })
})
