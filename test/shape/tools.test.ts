import assert from 'node:assert/strict'
import {existsSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {allFlags} from '#src/engine/define.js'
import {problemsOf} from '#src/engine/testing/problems.js'
import {root} from '../../scripts/root.js'
import {loadTools} from '../../scripts/tools.js'

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

/** The letters of libbpf-tools, where BCC's own tool gives them no other meaning. */
const lettersOfLibbpf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  opensnoop: {
    ...{timestamp: 'T', 'print-uid': 'U', failed: 'x', pid: 'p', tid: 't', uid: 'u', duration: 'd'},
    ...{name: 'n', 'extended-fields': 'e', 'full-path': 'F', verbose: 'v'},
  },
  execsnoop: {
    ...{timestamp: 'T', elapsed: 't', failed: 'x', uid: 'u', quote: 'q', name: 'n', line: 'l'},
    ...{'print-uid': 'U', cgroup: 'c', verbose: 'v'},
  },
  killsnoop: {failed: 'x', pid: 'p', signal: 's', 'signal-names': 'n', kill: 'k', verbose: 'v'},
  vfsstat: {verbose: 'v'},
  profile: {
    ...{pid: 'p', tid: 'L', 'user-stacks-only': 'U', 'kernel-stacks-only': 'K', frequency: 'F'},
    ...{delimited: 'd', 'include-idle': 'I', folded: 'f', cpu: 'C', 'full-frames': 'v'},
  },
}

/** Long names of BCC and libbpf-tools that ours have by other names. */
const otherNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  opensnoop: {ebpf: 'program', extended_fields: 'extended-fields', flag_filter: 'flag-filter'},
  execsnoop: {ebpf: 'program', time: 'timestamp', fails: 'failed'},
  killsnoop: {ebpf: 'program'},
  vfsstat: {ebpf: 'program'},
  tcpretrans: {ebpf: 'program'},
  profile: {ebpf: 'program', 'perf-max-stack-depth': 'max-stack-depth'},
  funccount: {debug: 'verbose'},
  stackcount: {debug: 'verbose'},
  argdist: {ebpf: 'program'},
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

      it('keeps the rules for tools', () => assert.deepEqual(problemsOf(name, tool), []))

      it("has BCC's letters where BCC has the option", () => {
        const flags = allFlags(tool)
        const expected = lettersOfBcc[name]
        assert.ok(expected !== undefined, `the letters of BCC's ${name} are not in this test`)
        assert.deepEqual(
          Object.fromEntries(Object.keys(expected).map((flag) => [flag, flags[flag]?.char])),
          expected,
        )
      })

      it('has those of libbpf-tools that BCC does not use otherwise', () => {
        const flags = allFlags(tool)
        const expected = lettersOfLibbpf[name] ?? {}
        assert.deepEqual(
          Object.fromEntries(Object.keys(expected).map((flag) => [flag, flags[flag]?.char])),
          expected,
        )
      })

      it("has BCC's long names where ours are others", () => {
        const flags = allFlags(tool)
        for (const [theirs, ours] of Object.entries(otherNames[name] ?? {}))
          assert.ok(flags[ours]?.aliases?.includes(theirs), `--${theirs} is not --${ours}`)
      })
    })
  }
})
