import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {chmodSync, mkdirSync, rmdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Machine} from '#src/engine/kernel/machine.js'
import {engines} from '../support/engines.js'
import type {ExecPlan, Spawn} from '../support/execs.js'
import {tstrace, Workload} from '../support/processes.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'
import {temporaryFolder} from '../support/temporary.js'
import {type Event, records, traceWorkload} from '../support/trace.js'

/** Prime, so that no multiple of something else looks right. */
const many = 23
const nobody = 65534
const AT_EMPTY_PATH = 0x1000

const run = (file: string, ...args: string[]): Spawn => ({file, argv: [file, ...args]})
const echo = (...args: string[]): Spawn => run('/bin/echo', ...args)
/** Prints nothing, whatever its arguments are. */
const quiet = (...args: string[]): Spawn => run('/bin/true', ...args)
const range = (count: number): string[] => Array.from({length: count}, (_, index) => `a${index + 1}`)
const pick = (events: readonly Event[], ...names: string[]): unknown[][] =>
  events.map((event) => names.map((name) => event[name]))
const args = (events: readonly Event[]): unknown[] => events.map((event) => event['args'])
const rows = (stdout: string): string[] => stdout.trimEnd().split('\n').slice(1)

// In a guest there is one bpftrace; on a development machine several are tried on the machine's own kernel.
for (const {name, version, env} of await engines()) {
  /** What is shown of the children of a workload. */
  const traced = (plan: ExecPlan, ...options: string[]): ReturnType<typeof traceWorkload> =>
    traceWorkload(plan, ({pid}) => ['execsnoop', '-P', `${pid}`, ...options], env)
  /** The same when the workload itself becomes another program: it is a child of this process. */
  const tracedItself = (plan: ExecPlan, ...options: string[]): ReturnType<typeof traceWorkload> =>
    traceWorkload(plan, () => ['execsnoop', '-P', `${process.pid}`, ...options], env)

  describe(`execsnoop with ${name}`, () => {
    inGuestsOnly(
      'shows each new program',
      '-x shows failed',
      'shows hundreds',
      'reads arguments that',
      'shows an exec from a thread',
    )
    const folder = temporaryFolder()
    const script = join(folder.path, 'a_script_with_a_long_name')
    const optionScript = join(folder.path, 'option')
    before(() => {
      writeFileSync(script, '#!/bin/sh\n:\n')
      writeFileSync(optionScript, '#!/bin/sh -e\n:\n')
      writeFileSync(join(folder.path, 'nested'), `#!${optionScript} x\n`)
      for (const file of [script, optionScript, join(folder.path, 'nested')]) chmodSync(file, 0o755)
    })
    after(folder.remove)

    it('shows each new program once, with its parent and its arguments', async () => {
      const {events, outcome, workload, records} = await traced(
        {spawns: [{...quiet('x'), times: many}], comm: 'the parent'},
        ...['--json', '-M', '-U', '-C'],
      )
      assert.equal(outcome.code, 0, outcome.stderr)
      assert.deepEqual(
        pick(events, 'comm', 'ppid', 'pcomm', 'uid', 'ret', 'error', 'args'),
        Array(many).fill(['true', workload.pid, 'the parent', 0, 0, null, ['/bin/true', 'x']]),
      )
      assert.equal(new Set(events.map(({pid}) => pid)).size, many)
      assert.ok(events.every(({cpu}) => Number.isInteger(cpu)))
      assert.equal(records['end']?.['lost'], 0)
    })

    it('-x shows failed execs, too, with the name of the caller', async () => {
      const plan = {spawns: [run('/nonexist', 'x'), run('/etc/passwd'), quiet()], comm: 'the caller'}
      const all = await traced(plan, '--json', '-x')
      assert.deepEqual(pick(all.events, 'comm', 'ret', 'error', 'args'), [
        ['the caller', -2, 'ENOENT', ['/nonexist', 'x']],
        ['the caller', -13, 'EACCES', ['/etc/passwd']],
        ['true', 0, null, ['/bin/true']],
      ])
      const successes = await traced(plan, '--json')
      assert.deepEqual(args(successes.events), [['/bin/true']])
    })

    it('shows the search along PATH with -x only, and always the same process', async () => {
      const plan = {spawns: [run('/usr/bin/env', 'true')], path: '/nope1:/nope2:/bin'}
      const {events} = await traced(plan, '--json', '-x')
      assert.deepEqual(pick(events, 'comm', 'ret', 'args'), [
        ['env', 0, ['/usr/bin/env', 'true']],
        ['env', -2, ['/nope1/true']],
        ['env', -2, ['/nope2/true']],
        ['true', 0, ['/bin/true']],
      ])
      assert.equal(new Set(events.map(({pid}) => pid)).size, 1)
      const without = await traced(plan, '--json')
      assert.deepEqual(args(without.events), [['/usr/bin/env', 'true'], ['/bin/true']])
    })

    it('keeps arguments apart: -q in a way that a shell reads back, JSON as a list', async () => {
      const odd = [
        ...['a b', 'c', '', 'new\nline', 'q"uote', "s'ingle", 'tab\there', 'back\\slash', '$HOME `id` !'],
        ...['\x1b[31m', '\x7f', '%s%d', '*', '-x', '\xc3\xa9\xe2\x82\xac', '\xe9\xff', '\xe2\x80\xae', ''],
      ]
      const plan = {spawns: [quiet(...odd)]}
      const json = await traced(plan, '--json')
      const [event] = json.events
      assert.deepEqual(
        (event?.['args_base64'] as string[]).map((text) => Buffer.from(text, 'base64').toString('latin1')),
        ['/bin/true', ...odd],
      )
      assert.deepEqual((event?.['args'] as string[]).slice(0, 10), ['/bin/true', ...odd.slice(0, 9)])

      const quoted = await traced(plan, '-q', '--columns', 'command_line')
      const [line = ''] = rows(quoted.outcome.stdout)
      assert.match(line, /^"\/bin\/true" "a b" "c" "" \$'new\\nline' "q\\"uote" "s'ingle" \$'tab\\there'/)
      const {stdout} = spawnSync('bash', ['-c', `printf '%s\\0' ${line}`])
      assert.deepEqual(stdout.toString('latin1').split('\0').slice(0, -1), ['/bin/true', ...odd])

      const table = await traced(plan, '--columns', 'args')
      assert.equal(rows(table.outcome.stdout).length, 1)
      assert.match(table.outcome.stdout, /^ARGS\n\/bin\/true a b c {2}new\\nline q"uote s'ingle tab\\there /)
      assert.doesNotMatch(line + rows(table.outcome.stdout).join(''), /[\x00-\x1f\x7f-\x9f\u202e]/)
    })

    it('marks arguments as cut exactly when some are not shown', async () => {
      const plan = {spawns: [18, 19, 20, 0].map((count) => quiet(...range(count)))}
      const shown = async (...options: string[]): Promise<string[]> =>
        rows((await traced(plan, '--columns', 'args', ...options)).outcome.stdout)
      const line = (count: number): string => ['/bin/true', ...range(count)].join(' ')
      assert.deepEqual(await shown(), [line(18), line(19), `${line(19)} ...`, line(0)])
      assert.deepEqual(await shown('--max-args', '21'), [line(18), line(19), line(20), line(0)])
      assert.deepEqual(await shown('--max-args', '3'), [
        ...Array<string>(3).fill('/bin/true a1 a2 ...'),
        line(0),
      ])
      assert.deepEqual(await shown('--max-args', '1'), [...Array<string>(3).fill('/bin/true ...'), line(0)])

      const counts = [18, 19, 20, 0]
      const both = ['/bin/true', '/nonexist'].flatMap((file) =>
        counts.map((count) => run(file, ...range(count))),
      )
      const {events} = await traced({spawns: both}, '--json', '-x')
      const expected = [
        [19, undefined],
        [20, undefined],
        [20, true],
        [1, undefined],
      ]
      assert.deepEqual(
        events.map((event) => [(event['args'] as string[]).length, event['args_cut']]),
        [...expected, ...expected],
      )
    })

    it('shows hundreds of arguments, those of a script, too', async () => {
      const counts = [59, 60, 199, 200, 5000]
      const files = ['/bin/true', optionScript]
      const {events} = await traced(
        {spawns: counts.flatMap((count) => files.map((file) => run(file, ...range(count))))},
        ...['--json', '--max-args', '200'],
      )
      assert.deepEqual(
        pick(events, 'args', 'args_cut'),
        counts.flatMap((count) =>
          files.map((file) => [[file, ...range(count)].slice(0, 200), count > 199 ? true : undefined]),
        ),
      )
    })

    it('cuts a long argument, says so, and shows the next one', async () => {
      const [fits, long] = ['f'.repeat(version?.startsWith('0.17') ? 170 : 1000), 'l'.repeat(3000)]
      const {events, records} = await traced({spawns: [quiet(fits, long, 'next'), quiet(fits)]}, '--json')
      const [, whole, cut, next] = events[0]?.['args'] as string[]
      assert.deepEqual([whole, next], [fits, 'next'])
      assert.ok(cut !== undefined && cut.length >= 128 && cut.length < 3000 && long.startsWith(cut))
      assert.deepEqual(
        events.map((event) => event['args_cut']),
        [true, undefined],
      )
      assert.equal(records['end']?.['cut'], 1)
      const table = await traced({spawns: [quiet(long, 'next')]}, '--columns', 'args')
      assert.match(table.outcome.stdout, /l\.\.\. next\n$/)
      const quoted = await traced({spawns: [quiet(long, 'next')]}, '-q', '--columns', 'command_line')
      assert.match(quoted.outcome.stdout, /l"\.\.\. "next"\n$/)
    })

    it('reads arguments that were in no memory when the exec began', async () => {
      for (const untouched of ['texts', 'all'] as const) {
        const {events} = await traced(
          {
            spawns: [
              {...quiet('x', '', 'y'), untouched},
              {...run(optionScript, 'x', 'y'), untouched},
              {...run(script, 'x', script), untouched},
              {...quiet('one', '/bin/sh'), untouched},
            ],
          },
          '--json',
        )
        assert.deepEqual(
          args(events),
          [
            ['/bin/true', 'x', '', 'y'],
            [optionScript, 'x', 'y'],
            [script, 'x', script],
            ['/bin/true', 'one', '/bin/sh'],
          ],
          untouched,
        )
      }
    })

    it('shows the file instead of argv[0], and an exec without any argument', async () => {
      const {events} = await traced(
        {
          spawns: [
            {file: '/bin/true', argv: ['another', 'x']},
            {file: '/bin/true', argv: []},
            {file: '/bin/true', argv: ['', '']},
            {file: '/bin/true', argv: ['x', '/bin/true', 'y']},
          ],
        },
        '--json',
      )
      assert.deepEqual(args(events), [
        ['/bin/true', 'x'],
        ['/bin/true'],
        ['/bin/true', ''],
        ['/bin/true', '/bin/true', 'y'],
      ])
    })

    it('shows a script once, by its own name and with its own arguments', async () => {
      const nested = join(folder.path, 'nested')
      const {events} = await traced(
        {spawns: [run(script, '1', '2'), run(optionScript), run(nested, nested, optionScript)]},
        '--json',
      )
      assert.deepEqual(pick(events, 'comm', 'args'), [
        ['a_script_with_a', [script, '1', '2']],
        ['option', [optionScript]],
        ['nested', [nested, nested, optionScript]],
      ])
    })

    it('shows every program of a chain under one process, and no fork without an exec', async () => {
      const {events} = await traced(
        {spawns: [run('/bin/sh', '-c', '(:) ; exec env sh -c "(:); exec true"')]},
        '--json',
      )
      assert.deepEqual(
        events.map(({comm}) => comm),
        ['sh', 'env', 'sh', 'true'],
      )
      assert.equal(new Set(events.map(({pid}) => pid)).size, 1)
    })

    it('shows execveat, by the name the kernel gives a descriptor', async () => {
      const failing = {call: 'execveat', argv: ['argv0', 'x']} as const
      const {events, workload} = await tracedItself(
        {
          replacements: [
            {...failing, file: 'none', directory: '/bin'},
            {...failing, file: '/none', directory: '/bin'},
            {...failing, file: 'none'},
            {...failing, file: '', directory: '/etc/passwd', flags: AT_EMPTY_PATH},
            {call: 'execveat', file: 'echo', directory: '/bin', argv: ['argv0', 'done']},
          ],
        },
        '--json',
        '-x',
      )
      const descriptors = events.map((event) =>
        (event['args'] as string[]).map((text) => text.replace(/^\/dev\/fd\/\d+/, 'FD')),
      )
      assert.deepEqual(descriptors, [
        ['FD/none', 'x'],
        ['/none', 'x'],
        ['none', 'x'],
        ['FD', 'x'],
        ['FD/echo', 'done'],
      ])
      assert.deepEqual(
        pick(events, 'pid', 'ret'),
        [-2, -2, -2, -13, 0].map((ret) => [workload.pid, ret]),
      )
      const empty = await tracedItself(
        {
          replacements: [
            {call: 'execveat', file: '', directory: '/bin/echo', argv: ['x', 'done'], flags: AT_EMPTY_PATH},
          ],
        },
        '--json',
      )
      assert.deepEqual(pick(empty.events, 'pid', 'ret'), [[empty.workload.pid, 0]])
      assert.match(JSON.stringify(empty.events[0]?.['args']), /^\["\/dev\/fd\/\d+","done"\]$/)
    })

    it('shows an exec from a thread that is not the first one, once and with the right process', async () => {
      const inThread = true
      const failed = await tracedItself(
        {replacements: [{call: 'execve', file: '/nonexist', argv: ['x', 'y'], inThread}]},
        '--json',
        '-x',
      )
      assert.deepEqual(pick(failed.events, 'pid', 'ret', 'args'), [
        [failed.workload.pid, -2, ['/nonexist', 'y']],
      ])
      for (const call of ['execve', 'execveat'] as const) {
        const {events, workload, records} = await tracedItself(
          {replacements: [{call, file: '/bin/echo', argv: ['argv0', 'done'], inThread}]},
          '--json',
          '-x',
        )
        assert.deepEqual(pick(events, 'pid', 'comm', 'ret', 'args'), [
          [workload.pid, 'echo', 0, ['/bin/echo', 'done']],
        ])
        assert.equal(records['end']?.['lost'], 0)
      }
    })

    it('shows 32-bit programs', async function () {
      const file = join(folder.path, 'program32')
      writeFileSync(file, elf32, {mode: 0o755})
      skipWithout(this, '32-bit programs', process.arch === 'x64' && spawnSync(file).status === 0)
      const {events} = await traced({spawns: [run(file, 'x', '', 'y'), run(file)]}, '--json')
      assert.deepEqual(pick(events, 'comm', 'ret', 'args'), [
        ['program32', 0, [file, 'x', '', 'y']],
        ['program32', 0, [file]],
      ])
    })

    it('-n matches the name after the exec, by a regular expression', async () => {
      const plan = {spawns: [quiet('PAR'), echo('x'), run('/nonexist')], comm: 'caller'}
      const shown = async (name: string): Promise<unknown[]> =>
        (await traced(plan, '--json', '-x', '-n', name)).events.map(({comm}) => comm)
      assert.deepEqual(await shown('ech'), ['echo'])
      assert.deepEqual(await shown('^(true|ech)'), ['true', 'echo'])
      assert.deepEqual(await shown('call'), ['caller'])
      assert.deepEqual(await shown('TRUE|PAR|^rue'), [])
    })

    it('-l matches the whole line, by a regular expression', async () => {
      const plan = {spawns: [quiet('a b', '"', 'new\nline'), quiet('other'), quiet(...range(20))]}
      const shown = async (line: string, ...options: string[]): Promise<unknown[]> =>
        args((await traced(plan, '--json', '-l', line, ...options)).events).map(
          (list) => (list as string[])[1],
        )
      assert.deepEqual(await shown('^/bin/true a b " new\nline$'), ['a b'])
      assert.deepEqual(await shown('^/bin/true a b " new\nline$', '-q'), ['a b'])
      assert.deepEqual(await shown('oth+er'), ['other'])
      assert.deepEqual(await shown(' \\.\\.\\.$'), ['a1'])
      assert.deepEqual(await shown('^true'), [])
      const none = await traced(plan, '-l', 'nowhere')
      assert.match(none.outcome.stderr, /no event passed the filters; 3 came before them/)
    })

    it('-u takes a name or a number, and 0 is a user like others', async () => {
      const shown = async (user: string, uid?: number): Promise<unknown[]> =>
        (
          await traced({spawns: [quiet()], ...(uid === undefined ? {} : {uid})}, '--json', '-u', user)
        ).events.map((event) => event['uid'])
      for (const user of ['root', '0']) {
        assert.deepEqual(await shown(user), [0], user)
        assert.deepEqual(await shown(user, nobody), [], user)
      }
      assert.deepEqual(await shown('nobody', nobody), [nobody])
      assert.deepEqual(await shown(`${nobody}`), [])
    })

    it('-P shows the children of a process and nothing else', async () => {
      const plan = {spawns: [run('/bin/sh', '-c', 'true; /bin/echo >/dev/null; exec /bin/true')]}
      const {events, workload} = await traced(plan, '--json')
      assert.deepEqual(pick(events, 'ppid', 'comm'), [
        [workload.pid, 'sh'],
        [workload.pid, 'true'],
      ])
      const none = await traceWorkload(plan, () => ['execsnoop', '--json', '-P', '1'], env)
      assert.deepEqual(
        none.events.filter(({args}) => String(args).includes('/bin/true')),
        [],
      )
    })

    it("-T, -t, -U, -M and -C add BCC's columns, at BCC's places", async () => {
      const plan = {spawns: [{...quiet('x'), times: many}], comm: 'parent'}
      const {outcome, workload} = await traced(plan, '-TtUMC')
      const [header, ...lines] = outcome.stdout.trimEnd().split('\n')
      assert.equal(
        header,
        'TIME     TIME(s) UID    COMM             PID     PCOMM            PPID    CPU  RET ARGS',
      )
      assert.equal(lines.length, many)
      const form = new RegExp(
        `^\\d\\d:\\d\\d:\\d\\d (\\d+\\.\\d{3}) +0 {6}true {13}\\d+ +parent {11}${workload.pid} +\\d+ +  0 /bin/true x$`,
      )
      const seconds = lines.map((line) => Number(form.exec(line)?.[1] ?? line))
      assert.deepEqual(
        seconds,
        seconds.toSorted((a, b) => a - b),
      )
      assert.ok(seconds.every((second) => second >= 0 && second < 60))
      const plain = await traced(plan)
      assert.equal(plain.outcome.stdout.split('\n')[0], 'COMM             PID     PPID    RET ARGS')
      assert.match(
        rows(plain.outcome.stdout)[0] ?? '',
        new RegExp(`^true {13}\\d+ +${plain.workload.pid} +  0 /bin/true x$`),
      )
    })

    it('--cgroup shows what is in the cgroup and below it', async function () {
      const mount = new Machine().cgroup2[0] ?? ''
      skipWithout(this, 'cgroup v2', mount !== '')
      const inside = join(mount, `tstrace-exec-${process.pid}`)
      const below = join(inside, 'below')
      const places = [inside, below, mount]
      mkdirSync(inside)
      mkdirSync(below)
      try {
        const workloads = await Promise.all(
          places.map((_, index) => Workload.start({spawns: [{...quiet(`place${index}`), times: many}]})),
        )
        const tool = tstrace(['execsnoop', '--json', '--cgroup', inside], {env: {...process.env, ...env}})
        await Promise.race([tool.firstLine, tool.outcome])
        for (const [index, workload] of workloads.entries()) {
          writeFileSync(join(places[index] ?? '', 'cgroup.procs'), `${workload.pid}`)
          await workload.go()
        }
        tool.signal('SIGINT')
        const {stdout, code, stderr} = await tool.outcome
        await Promise.all(workloads.map((workload) => workload.end()))
        assert.equal(code, 0, stderr)
        assert.deepEqual(
          args(records(stdout).events),
          ['place0', 'place1'].flatMap((place) => Array<string[]>(many).fill(['/bin/true', place])),
        )
      } finally {
        rmdirSync(below)
        rmdirSync(inside)
      }
    })

    it('traces a command with all that descends from it, and nothing else', async () => {
      const shell = 'true one; (true two; (true three) & wait); exec true four'
      const {events} = await traceWorkload(
        {spawns: [quiet('other')]},
        () => [
          'execsnoop',
          '--json',
          '--',
          'sh',
          '-c',
          `PATH=/nope; ${shell.replaceAll('true', '/bin/true')}`,
        ],
        env,
        {endsByItself: true},
      )
      // Its processes run on several CPUs.
      const inOrder = events.toSorted((one, other) => Number(one['time_ns']) - Number(other['time_ns']))
      const [first, ...rest] = inOrder.map((event) => (event['args'] as string[]).slice(0, 2))
      assert.match(String(first), /\/sh,-c$/)
      assert.deepEqual(
        rest,
        ['one', 'two', 'three', 'four'].map((word) => ['/bin/true', word]),
      )
    })

    it('-d ends an idle run in time', async () => {
      const tool = tstrace(['execsnoop', '--json', '-d', '1', '-P', '1'], {env: {...process.env, ...env}})
      const {code, stdout} = await tool.outcome
      assert.equal(code, 0)
      assert.match(stdout, /"type":"end","reason":"duration"/)
    })
  })
}

/** A program of 32-bit x86 that does nothing but exit(0): an ELF header, one segment, eight bytes of code. */
const elf32 = Buffer.from(
  [
    '7f454c46 01010100 0000000000000000', // 32 bits, little endian
    '0200 0300 01000000 54800408 34000000 00000000 00000000', // executable, i386, entry, program headers
    '3400 2000 0100 0000 0000 0000', // sizes: one program header
    '01000000 00000000 00800408 00800408 5b000000 5b000000 05000000 00100000', // load all of it
    '31c0 40 31db cd80', // xor eax, eax; inc eax; xor ebx, ebx; int 0x80
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
)
