import assert from 'node:assert/strict'
import {dialectOf, isSupported} from '#src/engine/backend/bpftrace/dialect.js'

describe('isSupported', () => {
  it('begins with 0.17', () => {
    const versions = ['0.9.4', '0.14.0', '0.16.9', '0.17.0', '0.17', '0.23.2', '0.100.0', '1.0.0']
    assert.deepEqual(versions.filter(isSupported), ['0.17.0', '0.17', '0.23.2', '0.100.0', '1.0.0'])
  })
})

describe('dialectOf', () => {
  const options = {
    '0.17.0': ['-k'],
    '0.19.1': ['-k'],
    '0.20.2': ['-k'],
    '0.21.2': ['-k'],
    '0.22.0': [],
    '0.23.2': [],
    '0.24.0': ['--no-warnings'],
    '0.25.0': ['--no-warnings'],
    '0.27.1': [],
    '1.0.0': [],
  }
  for (const [version, expected] of Object.entries(options)) {
    it(`options of ${version}`, () => assert.deepEqual(dialectOf(version).options, expected))
  }

  const always = {BPFTRACE_STR_TRUNC_TRAILER: '', __BPFTRACE_NOTIFY_PROBES_ATTACHED: '1'}
  const environments = {
    '0.17.0': {BPFTRACE_STRLEN: '64', BPFTRACE_PERF_RB_PAGES: '256', BPFTRACE_NO_USER_SYMBOLS: '1'},
    '0.18.0': {BPFTRACE_STRLEN: '64', BPFTRACE_PERF_RB_PAGES: '4096'},
    '0.20.2': {BPFTRACE_MAX_STRLEN: '64', BPFTRACE_PERF_RB_PAGES: '4096'},
    '0.23.2': {BPFTRACE_MAX_STRLEN: '64', BPFTRACE_PERF_RB_PAGES: '4096'},
    '0.24.0': {BPFTRACE_MAX_STRLEN: '64'},
    '0.27.1': {BPFTRACE_MAX_STRLEN: '64'},
  }
  for (const [version, expected] of Object.entries(environments)) {
    it(`environment of ${version}`, () => {
      assert.deepEqual(dialectOf(version).environment(64), {...always, ...expected})
      assert.deepEqual(dialectOf(version).environment(64, {bufferPages: 9}), {
        ...always,
        ...expected,
        BPFTRACE_PERF_RB_PAGES: '9',
      })
    })
  }

  it('makes room for keys and attach points when they are many', () => {
    const more = (version: string, sizes: object): object => {
      const usual = Object.keys(dialectOf(version).environment(64))
      return Object.fromEntries(
        Object.entries(dialectOf(version).environment(64, sizes)).filter(([name]) => !usual.includes(name)),
      )
    }
    assert.deepEqual(more('0.17.0', {mapKeys: 9999}), {BPFTRACE_MAP_KEYS_MAX: '9999'})
    for (const version of ['0.20.2', '0.23.2', '0.27.1'])
      assert.deepEqual(more(version, {mapKeys: 9999}), {BPFTRACE_MAX_MAP_KEYS: '9999'})
    assert.deepEqual(more('0.23.2', {probes: 499}), {})
    assert.deepEqual(more('0.23.2', {probes: 500}), {
      BPFTRACE_MAX_PROBES: '1000',
      BPFTRACE_MAX_BPF_PROGS: '1000',
    })
  })

  it('spells raw stacks as the oldest version knows them, but not in texts', () => {
    const program =
      '@[kstack(raw), ustack(raw, 5)] = count(); printf("a \\" kstack(raw)"); @[my_kstack(raw)] = 1;'
    assert.equal(
      dialectOf('0.17.0').spell(program),
      '@[kstack(perf), ustack(perf, 5)] = count(); printf("a \\" kstack(raw)"); @[my_kstack(raw)] = 1;',
    )
    for (const version of ['0.18.0', '0.23.2', '0.27.1'])
      assert.equal(dialectOf(version).spell(program), program)
  })

  it('knows which versions have loops over maps that work', () => {
    const versions = ['0.17.0', '0.20.2', '0.21.2', '0.22.0', '0.27.1', '1.0.0']
    assert.deepEqual(
      versions.filter((version) => dialectOf(version).loopsOverMaps),
      ['0.22.0', '0.27.1', '1.0.0'],
    )
  })

  it('leaves a text the room that was measured', () => {
    const room = (version: string, numbers: number, texts: number): number =>
      dialectOf(version).room({numbers, texts})
    // One path besides `comm`, as opensnoop sends it; 180 was the most that 0.17 and 0.20 loaded.
    assert.ok(room('0.17.0', 6, 2) <= 180 && room('0.17.0', 6, 2) >= 128)
    assert.equal(room('0.20.2', 6, 2), room('0.17.0', 6, 2))
    assert.equal(room('0.21.2', 6, 2), 64)
    assert.equal(room('0.22.0', 6, 2), 1024)
    assert.equal(room('0.27.1', 60, 8), 1024)
    assert.equal(room('0.17.0', 60, 8), 32)
    for (const numbers of [1, 5, 9, 20]) assert.equal(room('0.17.0', numbers, 2) % 8, 0)
  })

  it('knows who escapes keys twice, and whose counts turn hexadecimal', () => {
    const versions = ['0.17.0', '0.20.2', '0.21.2', '0.22.0', '0.23.5', '0.24.0', '0.27.1', '1.0.0']
    const those = (test: (version: string) => boolean): string[] => versions.filter(test)
    assert.deepEqual(
      those((version) => dialectOf(version).escapesKeysTwice),
      ['0.22.0', '0.23.5'],
    )
    assert.deepEqual(
      those((version) => dialectOf(version).countsTurnHex),
      ['0.24.0', '0.27.1', '1.0.0'],
    )
  })
})
