import assert from 'node:assert/strict'
import {compile} from '#src/engine/backend/embedded/compile.js'
import type {CompileContext} from '#src/engine/backend/embedded/context.js'
import type {ObjectFile} from '#src/engine/backend/embedded/object.js'
import {knownSettings, settingsOfEnvironment} from '#src/engine/backend/embedded/types/knownsettings.js'
import {UsageError} from '#src/engine/errors.js'
import {fixedContext} from '../../../../../support/compiling.js'

const body = 'BEGIN { @[comm] = count(); @s[kstack] = 1 }'

/** A program with settings, in an environment. */
function object(settings: string, environment: Record<string, string> = {}, text = body): ObjectFile {
  const context: CompileContext = {...fixedContext, overrides: settingsOfEnvironment(environment)}
  return compile(settings === '' ? text : `config = { ${settings} } ${text}`, context)
}

const entries = ({maps, named}: ObjectFile): number | undefined => maps[named[0]?.map ?? 0]?.entries
const form = ({named}: ObjectFile): unknown => {
  const [shape] = named.find(({name}) => name === '@s')?.key ?? []
  return shape?.kind === 'stack' ? shape.form : undefined
}
const printed = ({records}: ObjectFile): unknown => {
  const [record] = records
  return record?.kind === 'value' && record.shape.kind === 'text' ? record.shape.bytes : undefined
}

/** What each setting that has an effect changes, as seen from outside. */
const effects: Readonly<
  Record<
    string,
    readonly [given: string, seen: (object: ObjectFile) => unknown, usual: unknown, now: unknown]
  >
> = {
  cpp_demangle: ['false', ({printing}) => printing.demangles, true, false],
  max_cat_bytes: ['5', ({printing}) => printing.catBytes, 10240, 5],
  max_map_keys: ['5', entries, 4096, 5],
  max_strlen: ['9', ({printing}) => printing.cut.bytes, 63, 9],
  missing_probes: ['warn', ({missingProbes}) => missingProbes, 'error', 'warn'],
  perf_rb_pages: ['5', ({maps, ring}) => maps[ring]?.entries, 1 << 20, 8 * 4096],
  print_maps_on_exit: ['false', ({printing}) => printing.mapsAtEnd, true, false],
  stack_mode: ['perf', form, 'bpftrace', 'perf'],
  str_trunc_trailer: ['"~"', ({printing}) => printing.cut.mark, '..', '~'],
}

describe('settings of programs', () => {
  for (const [name, [given, seen, usual, now]] of Object.entries(effects)) {
    it(`${name} has its effect, from the program and from the environment, which overrules it`, () => {
      const plain = given.replaceAll('"', '')
      const variable = `BPFTRACE_${name.toUpperCase()}`
      assert.deepEqual(seen(object('')), usual)
      assert.deepEqual(seen(object(`${name} = ${given}`)), now)
      assert.deepEqual(seen(object(`${variable} = "${plain}"`)), now, 'as a text, by its long name')
      assert.deepEqual(seen(object('', {[variable]: plain})), now)
      const other = typeof usual === 'string' ? `"${usual}"` : typeof usual === 'boolean' ? `${usual}` : '77'
      assert.deepEqual(seen(object(`${name} = ${other}`, {[variable]: plain})), now)
      assert.deepEqual(object(`${name} = ${given}`).warnings, [])
    })
  }

  it('max_probes is the most that a program can have', () => {
    const text = 'kprobe:vfs_*, uprobe:libc:malloc { @ = count() }'
    assert.equal(object('max_probes = 3', {}, text).programs.length, 2)
    const refusal = /^line 1, column 1: the program has 3 probes, and max_probes allows 2$/
    assert.throws(() => object('max_probes = 2', {}, text), {message: refusal})
    assert.throws(() => object('', {BPFTRACE_MAX_PROBES: '2'}, text), {message: refusal})
  })

  for (const [name, idle, busy] of [
    ['license', '"GPL"', '"Dual BSD/GPL"'],
    ['probe_inline', 'false', 'true'],
    ['symbol_source', 'symbol_table', 'dwarf'],
  ] as const) {
    it(`${name} has no effect, which is said where one could be expected`, () => {
      assert.deepEqual(object(`${name} = ${idle}`).warnings, [])
      const warning = new RegExp(`^line 1, column 12: ${name} has no effect here: `)
      assert.match(object(`${name} = ${busy}`).warnings.join('\n'), warning)
      const value = busy.replaceAll('"', '')
      const variable = `BPFTRACE_${name.toUpperCase()}`
      const {warnings} = object('', {[variable]: value})
      assert.match(warnings.join('\n'), new RegExp(`^${variable} has no effect here: `))
    })
  }

  it('what only bpftrace itself works by is accepted in silence', () => {
    const silent = Object.entries(knownSettings).filter(([, known]) => Object.keys(known).length === 0)
    assert.ok(silent.some(([name]) => name === 'log_size'))
    const {printing} = object('')
    for (const [name] of silent) {
      const set = object(`${name} = 23`)
      assert.deepEqual([set.warnings, set.printing], [[], printing], name)
    }
  })

  it('all are looked at here', () => {
    const noted = [...Object.keys(effects), 'max_probes', 'license', 'probe_inline', 'symbol_source']
    const others = Object.entries(knownSettings).filter(([, known]) => Object.keys(known).length > 0)
    assert.deepEqual(others.map(([name]) => name).sort(), noted.sort())
  })

  it('variables have the names that they had before, too', () => {
    const environment = {
      BPFTRACE_STRLEN: '9',
      BPFTRACE_MAP_KEYS_MAX: '5',
      BPFTRACE_CAT_BYTES_MAX: '7',
      BPFTRACE_NO_CPP_DEMANGLE: '1',
    }
    const set = object('', environment)
    const {cut, catBytes, demangles} = set.printing
    assert.deepEqual([cut.bytes, entries(set), catBytes, demangles], [9, 5, 7, false])
    assert.equal(object('', {...environment, BPFTRACE_MAX_STRLEN: '11'}).printing.cut.bytes, 11)
  })

  it('str() has room for as many bytes, and those that a length leaves', () => {
    const text = (length: string): string => `BEGIN { print(str(1${length})) }`
    assert.equal(printed(object('max_strlen = 9', {}, text(''))), 10)
    assert.equal(printed(object('max_strlen = 9', {}, text(', 5'))), 5)
    assert.equal(printed(object('max_strlen = 9', {}, text(', 100'))), 10)
  })

  for (const [settings, environment, message] of [
    ['max_strlen = 0', {}, 'line 1, column 12: max_strlen is a number from 1 to 16384'],
    ['max_strlen = many', {}, 'line 1, column 12: max_strlen is a number from 1 to 16384'],
    ['print_maps_on_exit = 2', {}, 'line 1, column 12: print_maps_on_exit is true or false'],
    ['stack_mode = build_id', {}, 'line 1, column 12: stack_mode is one of bpftrace, perf, raw'],
    [
      'debug_output = 1',
      {},
      'line 1, column 12: debug_output is no setting of programs, but a variable of the environment',
    ],
    ['verbose = 1', {}, 'line 1, column 12: there is no setting verbose'],
    ['', {BPFTRACE_MAX_STRLEN: 'x'}, 'BPFTRACE_MAX_STRLEN is a number from 1 to 16384'],
  ] as const) {
    it(`says what is wrong: ${message}`, () =>
      assert.throws(
        () => object(settings, environment),
        (error) => error instanceof UsageError && error.message === message,
      ))
  }
})
