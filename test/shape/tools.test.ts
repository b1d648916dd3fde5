import assert from 'node:assert/strict'
import {existsSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {allFlags} from '#src/engine/define.js'
import type {Column} from '#src/engine/event/column.js'
import {engineFlags} from '#src/engine/flags.js'
import {root} from '../../scripts/root.js'
import {defaultFlags, loadTools} from '../../scripts/tools.js'

const tools = await loadTools()

/** The members of a definition; a tool may lack some, but has them in this order. */
const members = [
  ...['group', 'summary', 'description', 'examples', 'requirements', 'overhead', 'systemWide', 'args'],
  ...[
    'flags',
    'letters',
    'follows',
    'filters',
    'columns',
    'show',
    'without',
    'keep',
    'format',
    'resolve',
    'counting',
    'sources',
  ],
]
const optional = [
  'systemWide',
  'args',
  'letters',
  'follows',
  'without',
  'keep',
  'format',
  'resolve',
  'counting',
]

/** BCC's letters, for the options that both have; keys are our long names. */
const lettersOfBcc: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  opensnoop: {
    timestamp: 'T',
    'print-uid': 'U',
    failed: 'x',
    pid: 'p',
    tid: 't',
    uid: 'u',
    duration: 'd',
    name: 'n',
    'extended-fields': 'e',
    'flag-filter': 'f',
    'full-path': 'F',
    'buffer-pages': 'b',
  },
  // `n` is that of libbpf-tools, where BCC's own tool has none.
  killsnoop: {failed: 'x', pid: 'p', tpid: 'T', signal: 's', 'exclude-signal': 'e', 'signal-names': 'n'},
  tcpretrans: {sequence: 's', lossprobe: 'l', count: 'c', ipv4: '4', ipv6: '6'},
  funccount: {
    pid: 'p',
    interval: 'i',
    duration: 'd',
    timestamp: 'T',
    regexp: 'r',
    cpu: 'c',
    verbose: 'D',
  },
  // `--verbose` of BCC shows addresses; its `--debug` is our `--verbose`.
  stackcount: {
    pid: 'p',
    cpu: 'c',
    interval: 'i',
    duration: 'D',
    timestamp: 'T',
    regexp: 'r',
    offset: 's',
    perpid: 'P',
    'kernel-stacks-only': 'K',
    'user-stacks-only': 'U',
    address: 'v',
    delimited: 'd',
    folded: 'f',
  },
  vfsstat: {pid: 'p'},
  execsnoop: {
    timestamp: 'T',
    elapsed: 't',
    failed: 'x',
    uid: 'u',
    quote: 'q',
    name: 'n',
    line: 'l',
    'print-uid': 'U',
    'print-cpu': 'C',
    'print-pcomm': 'M',
    ppid: 'P',
  },
  profile: {
    pid: 'p',
    tid: 'L',
    'user-stacks-only': 'U',
    'kernel-stacks-only': 'K',
    frequency: 'F',
    count: 'c',
    delimited: 'd',
    annotations: 'a',
    'include-idle': 'I',
    folded: 'f',
    cpu: 'C',
    address: 'A',
  },
  argdist: {
    histogram: 'H',
    count: 'C',
    pid: 'p',
    tid: 't',
    'string-size': 'z',
    interval: 'i',
    duration: 'd',
    number: 'n',
    cumulative: 'c',
    top: 'T',
    include: 'I',
    verbose: 'v',
  },
}

describe('tools', () => {
  it('are there', () => assert.ok(tools.has('opensnoop')))

  for (const [name, tool] of tools) {
    describe(name, () => {
      const isThere = (...path: string[]): void => assert.ok(existsSync(join(root, ...path)), path.join('/'))

      it('has a man page', () => isThere('man', `${name}.8.md`))

      it('has a reference program for each source', () => {
        const files = readdirSync(join(root, 'scripts-bt')).filter((file) =>
          [`${name}.bt`, ...tool.sources.map((source) => `${name}-${source.name}.bt`)].includes(file),
        )
        assert.equal(files.length, tool.sources.length)
      })

      it('has golden programs', () => {
        isThere('test', 'golden', name)
        assert.ok(readdirSync(join(root, 'test', 'golden', name)).length > 0)
      })

      it('has a runtime test', () => isThere('test', 'runtime', `${name}.test.ts`))

      it('has the members of a definition, in the agreed order', () => {
        const own = Object.keys(tool)
        assert.deepEqual(
          own,
          members.filter((member) => own.includes(member) || !optional.includes(member)),
        )
      })

      it('has sentences that end', () => {
        assert.match(tool.summary, /^[A-Z].*\.$/)
        for (const [flag, {description}] of Object.entries(allFlags(tool)))
          assert.match(description, /\.$/, flag)
        for (const [column, {description}] of Object.entries(tool.columns))
          assert.match(description, /^[A-Z].*\.$/, column)
      })

      it('has each letter once', () => {
        const letters = Object.entries(allFlags(tool)).flatMap(([flag, {char}]) =>
          char ? [[char, flag]] : [],
        )
        const first = new Map(letters.toReversed() as [string, string][])
        assert.deepEqual(
          letters.filter(([char = '', flag]) => first.get(char) !== flag),
          [],
        )
        // They are for help and version.
        assert.deepEqual(
          ['h', 'V'].filter((char) => first.has(char)),
          [],
        )
      })

      it('has flags of its own only by names that the engine does not have', () => {
        const filters = tool.filters.flatMap((filter) => Object.keys(filter.flags as object))
        const all = [...filters, ...Object.keys(tool.flags), ...Object.keys(engineFlags)]
        assert.deepEqual(
          all.filter((flag, index) => all.indexOf(flag) !== index),
          [],
        )
        for (const flag of Object.keys(tool.letters ?? {})) assert.ok(flag in engineFlags, flag)
      })

      it("has BCC's letters where BCC has the option", () => {
        const flags = allFlags(tool)
        const expected = lettersOfBcc[name]
        assert.ok(expected !== undefined, `the letters of BCC's ${name} are not in this test`)
        assert.deepEqual(
          Object.fromEntries(Object.keys(expected).map((flag) => [flag, flags[flag]?.char])),
          expected,
        )
      })

      it('has columns that can be made, and shows some', () => {
        const isThere = (column: string): boolean => column in tool.columns || column === 'time_ns'
        for (const [key, column] of Object.entries<Column>(tool.columns)) {
          assert.match(key, /^[a-z][a-z0-9_]*$/)
          assert.equal(['int', 'text'].includes(column.type), column.sent !== undefined, key)
          assert.equal(column.type === 'computed', column.compute !== undefined, key)
          assert.deepEqual(
            (column.from ?? []).filter((from) => !isThere(from)),
            [],
            key,
          )
        }
        const shown = tool.show(defaultFlags(tool))
        assert.ok(shown.length > 0)
        assert.deepEqual(
          shown.filter(
            (column) => tool.columns[column] === undefined || tool.columns[column].internal === true,
          ),
          [],
        )
      })

      it('has sources of different names', () => {
        const names = tool.sources.map((source) => source.name)
        assert.equal(new Set(names).size, names.length)
      })
    })
  }
})
