import assert from 'node:assert/strict'
import {closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {dialectOf} from '#src/engine/backend/bpftrace/dialect.js'
import {readElf} from '#src/engine/kernel/elf.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {readTracepoints} from '#src/engine/kernel/probes/tracepoints.js'
import {tellsMisses} from '../support/embedded.js'
import {engines} from '../support/engines.js'
import {isAlive, type Outcome, tstrace, Workload} from '../support/processes.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'

const run = (...args: string[]): Promise<Outcome> => tstrace(['run', '-q', ...args]).outcome

const tested = await engines()

/** Whether a program is loaded at the addresses that it has in its file (ET_EXEC). */
const isFixed = (path: string): boolean => {
  const file = openSync(path, 'r')
  const header = Buffer.alloc(18)
  readSync(file, header)
  closeSync(file)
  return header.readUInt16LE(16) === 2
}

/** Whether a bpftrace knows getopt(). */
const hasOptions = (version: string): boolean => version.localeCompare('0.24', 'en', {numeric: true}) >= 0

/** What bpftrace says besides the output of the program. */
const withoutNoise = (stdout: string): string => stdout.replace(/^Attaching .*\n/, '')

for (const engine of ['embedded', 'bpftrace'] as const) {
  const on = ['--engine', engine]

  describe(`run with engine ${engine}`, () => {
    inGuestsOnly('prints what a program prints')

    it('prints what a program prints, and its maps at the end', async () => {
      const program = 'BEGIN { printf("%s %d\\n", str($1), $2); @a["x"] = 5; @b = count(); exit(); }'
      const {code, stdout} = await run(...on, '-e', program, 'one', '23')
      assert.equal(withoutNoise(stdout), 'one 23\n\n\n@a[x]: 5\n@b: 1\n')
      assert.equal(code, 0)
    })

    it('runs a script with parameters', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tstrace-'))
      try {
        const path = join(folder, 'script.bt')
        writeFileSync(path, '#!/usr/bin/bpftrace\nBEGIN\n{\n\tprintf("%d %d\\n", $1, $#);\n\texit();\n}\n')
        const {stdout} = await run(...on, path, '5', '7')
        assert.equal(withoutNoise(stdout).trimEnd(), '5 2')
      } finally {
        rmSync(folder, {recursive: true})
      }
    })

    it('traces a command from its first instruction on, and ends with it', async () => {
      // Of the execs, the shell's `exec` is the first; the program has no pid but cpid.
      const program = 'tracepoint:syscalls:sys_enter_execve /pid == cpid/ { @["cpid"] = count(); }'
      const {stdout, code} = await run(...on, '-c', 'true', '-e', program)
      assert.match(stdout, /^@\[cpid\]: [1-9]/m)
      assert.equal(code, 0)
    })

    it('ends on Ctrl-C with END and the maps, and leaves nothing behind', async () => {
      const program =
        'BEGIN { printf("begun\\n"); } interval:s:997 { } END { printf("end\\n"); @ = count(); }'
      const tool = tstrace(['run', '-q', ...on, '-e', program])
      await tool.written('begun')
      tool.signal('SIGINT')
      const {stdout, code} = await tool.outcome
      assert.match(stdout, /^end\n\n*@: 1\n$/m)
      assert.equal(code, 0)
      assert.ok(!isAlive(tool.pid))
    })

    it('prints lines of JSON', async () => {
      const program = 'BEGIN { printf("%d\\n", 23); @a["x"] = 5; exit(); }'
      const {code, stdout} = await tstrace(['run', ...on, '-f', 'json', '-e', program]).outcome
      assert.equal(code, 0)
      const lines = stdout.split('\n').filter((line) => line !== '')
      const [attached, ...rest] = lines.map((line) => JSON.parse(line) as {type: string; data: unknown})
      assert.deepEqual([attached?.type, attached?.data], ['attached_probes', {probes: 1}])
      assert.deepEqual(rest, [
        {type: 'printf', data: '23\n'},
        {type: 'map', data: {'@a': {x: 5}}},
      ])
    })

    it('writes into a file, if it is named', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tstrace-'))
      try {
        const path = join(folder, 'output')
        writeFileSync(path, 'what was there before, and is longer than what comes\n'.repeat(9))
        const {code, stdout} = await run(...on, '-o', path, '-e', 'BEGIN { printf("%d\\n", 23); exit(); }')
        assert.deepEqual([code, stdout], [0, ''])
        assert.equal(withoutNoise(readFileSync(path, 'utf8')).trimEnd(), '23')
      } finally {
        rmSync(folder, {recursive: true})
      }
    })

    it('ends when the file cannot be written', async () => {
      const program = 'BEGIN { printf("x\\n"); } interval:s:60 { exit(); }'
      const {code, stderr} = await run(...on, '-o', '/dev/full', '-e', program)
      assert.equal(code, 1)
      assert.match(stderr, /^tstrace: cannot write to \/dev\/full: ENOSPC/m)
    })

    it('refuses system() unless it is allowed', async () => {
      const program = 'BEGIN { system("echo hello"); exit(); }'
      assert.notEqual((await run(...on, '-e', program)).code, 0)
      assert.match((await run(...on, '--unsafe', '-e', program)).stdout, /^hello$/m)
    })

    it('refuses signal() unless it is allowed', async () => {
      const program =
        'tracepoint:syscalls:sys_enter_clock_nanosleep /pid == cpid/ { signal("KILL"); @ = count(); }'
      const traced = [...on, '-c', 'sleep 600', '-e', program]
      const {code, stdout, stderr} = await run(...traced)
      assert.notEqual(code, 0)
      assert.match(stdout + stderr, /signal\(\)/)
      assert.match((await run(...traced, '--unsafe')).stdout, /^@: 1$/m)
    })
  })
}

describe('run', () => {
  it('shows with %s what print() shows', async () => {
    const program = 'BEGIN { printf("%s|%5s|%s|%s", 5, -7, pid == 0, (1, "a", (2, 3))); exit() }'
    const {stdout, stderr} = await run('--engine', 'embedded', '-e', program)
    assert.equal(stdout, '5|   -7|false|(1, a, (2, 3))', stderr)
  })

  it('prints its maps on SIGUSR1, which opens no debugger, and goes on', async () => {
    const program = 'BEGIN { @ = 5 } interval:s:997 { } END { print("end") }'
    const tool = tstrace(['run', '--engine', 'embedded', '-e', program])
    await tool.written('attached 3 probes')
    tool.signal('SIGUSR1')
    await tool.until((shown) => shown === '@: 5\n')
    tool.signal('SIGINT')
    const {code, stdout, stderr} = await tool.outcome
    assert.equal(code, 0, stderr)
    assert.equal(stdout, '@: 5\nend\n\n\n@: 5\n')
    assert.doesNotMatch(stderr, /Debugger/)
  })

  inGuestsOnly()

  it('prints as the settings of the program say, and the environment before them', async () => {
    const program =
      'config = { print_maps_on_exit = false; max_cat_bytes = 5 } BEGIN { @ = 23; cat("/proc/version"); exit(); }'
    const print = async (env: Record<string, string>): Promise<string> => {
      const args = ['run', '-q', '--engine', 'embedded', '-e', program]
      return (await tstrace(args, {env: {...process.env, ...env}}).outcome).stdout
    }
    assert.equal(await print({}), 'Linux')
    const other = {BPFTRACE_PRINT_MAPS_ON_EXIT: '1', BPFTRACE_MAX_CAT_BYTES: '3'}
    assert.equal(await print(other), 'Lin\n\n@: 23\n')
  })

  for (const [settings, name] of [
    ['', 'node::Start(int, char**)'],
    ['config = { cpp_demangle = 0 } ', '_ZN4node5StartEiPPc'],
  ] as const) {
    it(`shows names of C++: ${settings}${name}`, async () => {
      const probe = `uprobe:${process.execPath}:_ZN4node5StartEiPPc`
      const program = `${settings}${probe} { printf("<%s>\\n%s\\n", usym(reg("ip")), ustack(1)); exit(); }`
      const command = `'${process.execPath}' -e 0`
      const {stdout} = await run('--engine', 'embedded', '-c', command, '-e', program)
      assert.deepEqual(stdout.match(/<.*>|\S.*\+0$/gm), [`<${name}>`, `${name}+0`])
    })
  }

  it('ends when nothing can come', async () => {
    const {code, stdout} = await run('--engine', 'embedded', '-e', 'BEGIN { print(5); } END { print(7); }')
    assert.deepEqual([code, stdout], [0, '5\n7\n'])
  })

  it('shows what is wrong with a program, with its place', async () => {
    const {code, stderr} = await run('--engine', 'embedded', '-e', 'BEGIN { nothing(); }')
    assert.equal(code, 2)
    assert.equal(
      stderr.split('\n').slice(0, 3).join('\n'),
      'tstrace: line 1, column 9: nobody knows what nothing is\n  BEGIN { nothing(); }\n          ^^^^^^^^^',
    )
  })

  it('asks no other engine to do what is not allowed', async () => {
    const program = 'tracepoint:syscalls:sys_enter_kill { signal_thread(9); } END { system("echo hello"); }'
    for (const engine of ['auto', 'embedded']) {
      const {code, stdout, stderr} = await run('--engine', engine, '-e', program)
      assert.deepEqual([code, stdout], [2, ''])
      assert.equal(
        stderr,
        'tstrace: the program calls signal_thread() and system(), which are not allowed\nHINT: allow them with --unsafe, if you know the program\n',
      )
    }
  })

  it('says why a probe cannot be attached, unless the program bears that', async () => {
    const text = 'kprobe:vfs_read+1 { @ = count() } interval:ms:10 { printf("on\\n"); exit() }'
    const outcomes = await Promise.all(
      ['', 'warn', 'ignore'].map(
        (missing) =>
          tstrace([
            ...['run', '--engine', 'embedded', '-e'],
            missing === '' ? text : `config = { missing_probes = ${missing} } ${text}`,
          ]).outcome,
      ),
    )
    assert.deepEqual(
      outcomes.map(({code, stdout}) => [code, stdout]),
      [
        [3, ''],
        [0, 'on\n'],
        [0, 'on\n'],
      ],
    )
    const [failed, warned, ignored] = outcomes.map(({stderr}) => stderr)
    assert.match(failed ?? '', /^tstrace: cannot attach kprobe:vfs_read\+1: (this|the) kernel .*\n/)
    assert.match(
      warned ?? '',
      /^tstrace: kprobe:vfs_read\+1 is not attached: (this|the) kernel .*\ntstrace: attached 1 probe\n$/,
    )
    assert.equal(ignored, 'tstrace: attached 1 probe\n')
  })

  it('prints lines of JSON that are UTF-8, whatever a text holds', async () => {
    const program = 'BEGIN { printf("\u00e9\\xff"); @["\u00e9"] = 1; exit(); }'
    const {stdout} = await run('--engine', 'embedded', '-f', 'json', '-e', program)
    const [text, map] = stdout.trimEnd().split('\n')
    assert.equal(text, '{"type": "printf", "data": "\u00e9\ufffd"}')
    assert.equal(map, '{"type": "map", "data": {"@": {"\u00e9": 1}}}')
  })

  it('lists probes', async () => {
    const {code, stdout} = await run('-l', 'tracepoint:syscalls:sys_enter_open*')
    assert.equal(code, 0)
    const own = readTracepoints(new Machine()).filter((name) => name.startsWith('syscalls:sys_enter_open'))
    assert.deepEqual(stdout.trimEnd().split('\n'), own.map((name) => `tracepoint:${name}`).sort())
    assert.match((await run('-l', 'uprobe:libc:mallo*')).stdout, /^uprobe:\/.*:malloc$/m)
    const iterators = (await run('-l', 'iter:*')).stdout
    assert.match(iterators, /^iter:task$/m)
    assert.doesNotMatch(iterators, /get_info/)
  })

  it('lists probes with their arguments, into a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tstrace-'))
    try {
      const path = join(folder, 'output')
      await run('-v', '-o', path, '-l', 'tracepoint:syscalls:sys_exit_openat')
      const expected = 'tracepoint:syscalls:sys_exit_openat\n    int __syscall_nr\n    long ret\n'
      assert.equal(readFileSync(path, 'utf8'), expected)
    } finally {
      rmSync(folder, {recursive: true})
    }
  })

  it('says that no probe matches', async () => {
    const {code, stdout, stderr} = await run('-l', 'tracepoint:nope:*')
    assert.deepEqual([code, stdout, stderr], [3, '', 'tstrace: no probe matches tracepoint:nope:*\n'])
  })

  it('says that there can be no such file', async () => {
    const {code, stderr} = await run('-o', '/nx/file', '-e', 'BEGIN { exit(); }')
    assert.equal(code, 2)
    assert.match(stderr, /^tstrace: cannot write to \/nx\/file: ENOENT/)
  })

  it('ends with the exit code of exit()', async () => {
    assert.equal((await run('--engine', 'embedded', '-e', 'BEGIN { exit(23); }')).code, 23)
  })

  it('shows a program as tree, with types, as bytecode, and as the verifier sees it', async () => {
    const program = 'BEGIN { @calls[pid] = count(); }'
    for (const [view, says] of [
      ['ast', /"text": "BEGIN"/],
      ['types', /"kind": "count"/],
      ['bytecode', /call bpf_map_lookup_elem#1/],
      ['verifier', /^processed \d+ insns/m],
    ] as const) {
      const {code, stdout} = await run(`--debug=${view}`, '-e', program)
      assert.equal(code, 0)
      assert.match(stdout, says, view)
    }
  })

  for (const {name, version, env} of tested) {
    it(`traces user functions of one process, and ends with it: ${name}`, async function () {
      skipWithout(
        this,
        'a bpftrace that keeps to one process',
        version === undefined || dialectOf(version).keepsToProcess,
      )
      const plan = {opens: [{call: 'openat', path: '/nx/one', times: 23}]} as const
      const [own, other] = [await Workload.start(plan), await Workload.start(plan)]
      const program = 'uprobe:libc:syscall /arg0 == 257/ { @[pid] = count(); }'
      const tool = tstrace(['run', '-q', '-v', '-p', `${own.pid}`, '-e', program], {
        env: {...process.env, ...env},
      })
      await tool.written('tstrace: attached\n')
      await other.go()
      await own.go()
      await Promise.all([own.end(), other.end()])
      const {stdout, code} = await tool.outcome
      assert.match(withoutNoise(stdout), new RegExp(`^\\n*@\\[${own.pid}\\]: 23\\n$`))
      assert.equal(code, 0)
    })
  }

  it('says how many events were missed', async function () {
    skipWithout(this, 'counts of missed events (Linux 6.7)', tellsMisses())
    const workload = await Workload.start({opens: [{call: 'openat', path: '/nx/one', times: 23}]})
    // Programs do not interrupt each other, so the second does not see the signals of the first.
    const program =
      'tracepoint:syscalls:sys_enter_openat /pid == $1/ { signal("URG"); } tracepoint:signal:signal_generate { @ = count(); }'
    const tool = tstrace([
      ...['run', '-v', '--unsafe', '--engine', 'embedded'],
      ...['-p', `${workload.pid}`, '-e', program, `${workload.pid}`],
    ])
    await tool.written('tstrace: attached\n')
    await workload.go()
    await workload.end()
    const {stderr, code} = await tool.outcome
    const missed = [...stderr.matchAll(/^tstrace: missed (\d+) events?, counted before any filter: /gm)]
    const all = missed.reduce((sum, [, events]) => sum + Number(events), 0)
    assert.ok(all >= 23, stderr)
    assert.equal(code, 0)
  })

  for (const {name, env} of tested) {
    it(`reads the data of a program, as much as there is: ${name}`, async function () {
      const symbols = ['_ZN2v88internal7Version6major_E', '_ZN4node19node_is_initializedE']
      const elf = readElf(process.execPath)
      const sizes = symbols.map((symbol) => elf.symbol(symbol)?.size)
      skipWithout(
        this,
        'a Node.js that is loaded where it was linked',
        isFixed(process.execPath) && !sizes.includes(undefined),
      )
      assert.deepEqual(sizes, [4, 1])
      const values = symbols.map((symbol) => `*uaddr("${symbol}")`).join(', ')
      const program = `uprobe:${process.execPath}:uv_run /pid == cpid/ { printf("%d %d\\n", ${values}); exit(); }`
      const {stdout} = await tstrace(['run', '-q', '-c', `${process.execPath} -e 1`, '-e', program], {
        env: {...process.env, ...env},
      }).outcome
      assert.equal(withoutNoise(stdout).trim(), `${process.versions.v8.split('.')[0]} 1`)
    })
  }

  describe('with options of the program', () => {
    const program =
      'BEGIN { printf("%s %d %d %s %d %s\\n", getopt("name", "none"), getopt("most", 7, "the most"), getopt("all"), str($1), $#, str($2)); exit(); }'
    for (const {name, version, env} of tested) {
      it(`hands them on: ${name}`, async function () {
        skipWithout(this, 'a bpftrace with getopt() (0.24)', version === undefined || hasOptions(version))
        const shown = async (...words: string[]): Promise<string> => {
          const {stdout} = await tstrace(['run', '-q', '-e', program, '--', ...words], {
            env: {...process.env, ...env},
          }).outcome
          return withoutNoise(stdout).trim()
        }
        assert.equal(await shown('one'), 'none 7 0 one 1')
        assert.equal(await shown('--name=a b', 'one', '--most=0x10', '--all', 'two'), 'a b 16 1 one 2 two')
        assert.equal(await shown('--all=off', '--most=1e3', '--name='), '1000 0  0')
        assert.equal(await shown('--most=5us', '--all=Yes', '--all=0', '-x'), 'none 5000 0 -x 1')
      })
    }

    for (const [words, says] of [
      [['--most=many'], /: --most is "many", not a number of 64 bits$/m],
      [['--most=99999999999999999999'], /: --most is "9+", not a number of 64 bits$/m],
      [['--most'], /: --most wants a number of 64 bits$/m],
      [['--name'], /: --name wants a text$/m],
      [['--all=perhaps'], /: --all is "perhaps", not true or false$/m],
      [['--least=1'], /^tstrace: the program has no option --least\nHINT: it has --name, --most, --all$/m],
    ] as const) {
      it(`refuses ${words.join(' ')}`, async () => {
        const {code, stderr} = await run('--engine', 'embedded', '-e', program, '--', ...words)
        assert.match(stderr, says)
        assert.equal(code, 2)
      })
    }

    for (const [text, says] of [
      ['print((getopt("n", 1), getopt("n", 2)))', /--n has another default elsewhere: 1/],
      ['print(getopt("n", pid))', /getopt\(\) wants a number, a text, true or false here/],
      ['print(getopt(comm, 1))', /getopt\(\) wants a text in quotes here/],
    ] as const) {
      it(`refuses ${text}`, async () => {
        assert.match((await run('--engine', 'embedded', '-e', `BEGIN { ${text} }`)).stderr, says)
      })
    }
  })

  it('says that there is no process', async () => {
    const {code, stderr} = await run('-p', '4194303', '-e', 'BEGIN { exit(); }')
    assert.equal(code, 3)
    assert.match(stderr, /^tstrace: cannot trace process 4194303: there is none\nHINT: /)
  })

  it('says what is missing', async () => {
    const {code, stderr} = await run()
    assert.equal(code, 2)
    assert.match(stderr, /^tstrace: there is no program to run\nHINT: /)
  })
})
