import assert from 'node:assert/strict'
import {closeSync, openSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {Machine} from '#src/engine/kernel/machine.js'
import {engines} from '../support/engines.js'
import {traceJob} from '../support/job.js'
import type {Call, CallPlan} from '../support/libcalls.js'
import {LibraryCalls} from '../support/libwork.js'
import {type Outcome, type Running, tstrace} from '../support/processes.js'
import {collected, probedCollections} from '../support/python.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'
import {types} from '../support/specifiers.js'
import {temporaryFolder} from '../support/temporary.js'
import type {Event} from '../support/trace.js'

const labs = (n: number, times: number): Call => ({prototype: 'long labs(long n)', args: [n], times})
const nameOf = (name: string | readonly number[], times: number): Call => ({
  prototype: 'uint32_t if_nametoindex(const char *name)',
  args: [name],
  times,
})
const numbers: CallPlan = {calls: [labs(-5, 7), labs(0, 11), labs(1, 13), labs(300, 17), labs(70_000, 23)]}
const texts: CallPlan = {calls: [nameOf('hello', 7), nameOf('hello-world', 11), nameOf('help', 13)]}
const n = 'p:c:labs(long n)'
const s = 'p:c:if_nametoindex(const char *s)'
/** Long enough that only the end of the run makes a report. */
const once = ['-i', '3600', '--json']

type Env = NodeJS.ProcessEnv

/** Has the calls made while the tool traces their process, and ends it. */
async function trace(
  plan: CallPlan,
  args: readonly string[],
  {env = {}, whom = ({pid}) => ['-p', `${pid}`]}: Options = {},
): Promise<Outcome> {
  const calls = await LibraryCalls.start(plan)
  try {
    const tool = start([...whom(calls), ...args], env)
    await Promise.race([tool.firstLine, tool.outcome])
    await calls.go()
    tool.signal('SIGINT')
    return await tool.outcome
  } finally {
    await calls.end()
  }
}

interface Options {
  readonly env?: Env
  readonly whom?: (calls: LibraryCalls) => readonly string[]
}

const start = (args: readonly string[], env: Env = {}): Running =>
  tstrace(['argdist', ...args], {env: {...process.env, ...env}})

/** What a run that ends with one report counted: by label, how often each event. */
async function counts(
  plan: CallPlan,
  args: readonly string[],
  options?: Options,
): Promise<Record<string, Record<string, number>>> {
  const {code, stdout, stderr} = await trace(plan, [...once, ...args], options)
  assert.deepEqual([code, stderr], [0, ''])
  const all: Record<string, Record<string, number>> = {}
  for (const {type, label, event, count} of records(stdout))
    if (type === 'count') (all[String(label)] ??= {})[String(event)] = Number(count)
  return all
}

/** The histograms by label: the lower and upper ends of buckets that hold something, and how much. */
async function histograms(
  plan: CallPlan,
  args: readonly string[],
  options?: Options,
): Promise<Record<string, [unknown, unknown, number][]>> {
  const {code, stdout, stderr} = await trace(plan, [...once, ...args], options)
  assert.deepEqual([code, stderr], [0, ''])
  return Object.fromEntries(
    records(stdout)
      .filter(({type}) => type === 'histogram')
      .map(({label, buckets}) => [
        label,
        (buckets as {min: unknown; max: unknown; count: number}[]).flatMap(({min, max, count}) =>
          count === 0 ? [] : [[min, max, count] as const],
        ),
      ]),
  ) as Record<string, [unknown, unknown, number][]>
}

const records = (stdout: string): Event[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)

/** The last block of a table, without the time above it. */
function lastBlock(stdout: string): string {
  return stdout.split(/^\[\d\d:\d\d:\d\d\]\n/m).at(-1) ?? ''
}

const headings = (stdout: string): number => stdout.match(/^\[\d\d:\d\d:\d\d\]$/gm)?.length ?? 0
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

for (const {name, env} of await engines()) {
  describe(`argdist with ${name}`, () => {
    inGuestsOnly('counts fields')

    it('prints tables and then histograms as BCC lays them out', async () => {
      const args = ['-i', '0.3', '-c', '-H', `${n}:long:n:n>=0`, '-C', `${n}:int:n:n>=0`, '-C', 'p:c:labs()']
      const {code, stdout, stderr} = await trace(numbers, args, {env})
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, /^\[([01]\d|2[0-3])(:[0-5]\d){2}\]\n/)
      const zeros = (...lows: number[]): string[] =>
        lows.map(
          (low) =>
            `${`${low}`.padStart(10)} -> ${`${2 * low - 1}`.padEnd(10)} : 0        |${' '.repeat(40)}|`,
        )
      assert.deepEqual(lastBlock(stdout).split('\n'), [
        `${n}:int:n:n>=0`,
        '\tCOUNT      EVENT',
        '\t11         n = 0',
        '\t13         n = 1',
        '\t17         n = 300',
        '\t23         n = 70000',
        'p:c:labs()',
        '\tCOUNT      EVENT',
        '\t71         total calls',
        '     n                   : count     distribution',
        '         0 -> 1          : 24       |****************************************|',
        ...zeros(2, 4, 8, 16, 32, 64, 128),
        `       256 -> 511        : 17       |${'*'.repeat(28).padEnd(40)}|`,
        ...zeros(512, 1024, 2048, 4096, 8192, 16384, 32768),
        `     65536 -> 131071     : 23       |${'*'.repeat(38).padEnd(40)}|`,
        '',
      ])
    })

    it('counts texts with numbers, filtered, and cut to -z', async () => {
      const args = ['-C', `${s}:char*,int:s,s[3]#both`, '-C', `${s}:char*:s:STRCMP("hello", s)#same`]
      const prefix = ['-C', `${s}:int:1:STRPREFIX("hello", s)#begins`]
      const found = await counts(texts, [...args, ...prefix], {env})
      assert.deepEqual(found, {
        both: {
          's = "hello", s[3] = 108': 7,
          's = "hello-world", s[3] = 108': 11,
          's = "help", s[3] = 112': 13,
        },
        same: {'s = "hello"': 7},
        begins: {'1 = 1': 18},
      })
      const cut = await counts(
        {calls: [...texts.calls, nameOf('hello, too', 5)]},
        [...['-z', '5', '-C', `${s}:char*:s#cut`]],
        {env},
      )
      assert.deepEqual(cut, {cut: {'s = "hello"': 7, 's = "help"': 13, 's = "hello"...': 16}})
    })

    it('counts returns, and pairs them with their entries', async () => {
      const args = [
        ...['-C', 'r:c:labs()', '-C', 'r:c:labs(long n):int,long:$retval,$entry(n):$latency>0#both'],
        ...['-C', 'r:c:labs(long n):int:1:$entry(n) > 1#filtered'],
      ]
      const found = await counts(numbers, args, {env})
      assert.deepEqual(found, {
        'r:c:labs()': {
          'retval = 5': 7,
          'retval = 0': 11,
          'retval = 1': 13,
          'retval = 300': 17,
          'retval = 70000': 23,
        },
        both: {
          '$retval = 5, n = -5': 7,
          '$retval = 0, n = 0': 11,
          '$retval = 1, n = 1': 13,
          '$retval = 300, n = 300': 17,
          '$retval = 70000, n = 70000': 23,
        },
        filtered: {'1 = 1': 40},
      })
    })

    it('makes histograms, with buckets for negative values, of latencies, too', async () => {
      const args = ['-H', `${n}:long:n`, '-H', 'r:c:labs():u64:$latency#ns', '-H', 'r:c:labs():int:$retval']
      const {n: values, ns = [], $retval: results} = await histograms(numbers, args, {env})
      assert.deepEqual(values, [
        [-7, -4, 7],
        [0, 1, 24],
        [256, 511, 17],
        [65_536, 131_071, 23],
      ])
      assert.deepEqual(results, [
        [0, 1, 24],
        [4, 7, 7],
        [256, 511, 17],
        [65_536, 131_071, 23],
      ])
      assert.equal(sum(ns.map(([, , count]) => count)), 71)
      assert.ok(ns.every(([low]) => Number(low) > 0))
    })

    it('counts fields of tracepoints, and makes histograms of them', async () => {
      const access = (path: string, mode: number, times: number): Call => ({
        prototype: 'int access(const char *path, int mode)',
        args: [path, mode],
        times,
      })
      const plan = {calls: [access('/nowhere/a', 6, 11), access('/nowhere/b', 0, 13)]}
      const args = [
        ...['-C', 't:syscalls:sys_enter_access():int:args->mode#modes'],
        ...['-C', 't:syscalls:sys_enter_access():char*:args->filename:args->mode==6#paths'],
        ...['-C', 't:syscalls:sys_exit_access():long:args->ret#results'],
      ]
      assert.deepEqual(await counts(plan, args, {env}), {
        modes: {'args->mode = 6': 11, 'args->mode = 0': 13},
        paths: {'args->filename = "/nowhere/a"': 11},
        results: {'args->ret = -2': 24},
      })
      const fields = ['-H', 't:syscalls:sys_enter_access():int:args->mode:args->mode>0#modes']
      const results = ['-H', 't:syscalls:sys_exit_access():long:args->ret#results']
      assert.deepEqual(await histograms(plan, [...fields, ...results], {env}), {
        modes: [[4, 7, 11]],
        results: [[-3, -2, 24]],
      })
    })

    it('counts the arguments of a USDT probe, as a filter and a histogram, too', async function () {
      const job = probedCollections(this)
      const start = `u:${job.command}:gc__start()`
      const {counted, outcome} = await traceJob(
        job,
        (pid) => [
          ...['argdist', ...once, '-p', `${pid}`],
          ...['-C', `${start}:int:arg1#generations`, '-C', `${start}:int:arg1:arg1 > 0#filtered`],
          ...['-C', `${start}#calls`, '-H', `${start}:int:arg1#histogram`],
        ],
        env,
      )
      assert.deepEqual(
        counted.map(({label, event, count}) => [label, event, count]),
        [
          ['generations', 'arg1 = 1', collected[1]],
          ['generations', 'arg1 = 0', collected[0]],
          ['filtered', 'arg1 = 1', collected[1]],
          ['calls', 'total calls', collected[0] + collected[1]],
        ],
      )
      const histogram = records(outcome.stdout).find(({type}) => type === 'histogram')
      assert.deepEqual(histogram?.['buckets'], [{min: 0, max: 1, count: collected[0] + collected[1]}])
      const other = await traceJob(
        job,
        () => ['argdist', ...once, '-p', `${process.pid}`, '-C', `${start}:int:arg1`],
        env,
      )
      assert.deepEqual([other.counted, other.outcome.code], [[], 0])
    })

    it('counts each interval anew, or goes on with -c, and Ctrl-C prints the last one', async () => {
      for (const cumulative of [false, true]) {
        const calls = await LibraryCalls.start({calls: [labs(3, 23)]})
        try {
          const args = ['-p', `${calls.pid}`, '-i', '0.3', '--json', '-C', `${n}:int:n`]
          const tool = start([...args, ...(cumulative ? ['-c'] : [])], env)
          await tool.firstLine
          await calls.go()
          await tool.written('"count":23')
          await calls.go()
          tool.signal('SIGINT')
          const {stdout} = await tool.outcome
          const seen = records(stdout).flatMap(({type, count}) => (type === 'count' ? [Number(count)] : []))
          assert.equal(cumulative ? seen.at(-1) : sum(seen), 46, stdout)
          assert.ok(seen.length > 1 && seen[0] === 23)
        } finally {
          await calls.end()
        }
      }
    })
  })
}

describe('argdist', () => {
  inGuestsOnly('from the arguments')

  it('keeps the most frequent with -T, the biggest last', async () => {
    const {stdout} = await trace(numbers, ['-i', '0.3', '-c', '-T', '2', '-C', `${n}:int:n#top`])
    assert.equal(lastBlock(stdout), 'top\n\tCOUNT      EVENT\n\t17         n = 300\n\t23         n = 70000\n')
  })

  it('prints as often as -n says, and until -d', async () => {
    const often = await start(['-i', '0.2', '-n', '3', '-C', `${n}:int:n#none`]).outcome
    assert.deepEqual([often.code, headings(often.stdout)], [0, 3])
    // Each second, if nothing else is said; nothing was counted, and of a histogram nothing is printed.
    const args = ['-d', '2.5', '-C', `${n}:int:n#none`, '-H', `${n}:long:n`, '-t', '1']
    const long = await start(args).outcome
    assert.equal(long.stdout.replace(/^\[.*\]$/gm, '[]'), '[]\nnone\n\tCOUNT      EVENT\n'.repeat(3))
    const {stdout} = await start(['-d', '0.3', '--json', '-C', `${n}:int:n`]).outcome
    assert.deepEqual(
      records(stdout).map(({type, reason}) => [type, reason]),
      [
        ['start', undefined],
        ['end', 'duration'],
      ],
    )
  })

  it('knows process, thread, user and name', async () => {
    const calls = await LibraryCalls.start({calls: [labs(1, 23)]})
    try {
      const tool = start([
        ...once,
        '-t',
        `${calls.pid}`,
        '-C',
        'p:c:labs():u32,u32,u32,char*:$PID,$TID,$UID,$COMM',
      ])
      await tool.firstLine
      await calls.go()
      tool.signal('SIGINT')
      const rows = records((await tool.outcome).stdout).filter(({type}) => type === 'count')
      assert.deepEqual(
        rows.map(({values, count}) => [values, count]),
        [[{$PID: calls.pid, $TID: calls.pid, $UID: process.getuid?.(), $COMM: 'node'}, 23]],
      )
    } finally {
      await calls.end()
    }
  })

  it('leaves out other threads with -t, of functions of libraries, too', async () => {
    const other = ({pid}: LibraryCalls): readonly string[] => {
      const tids = readdirSync(`/proc/${pid}/task`).filter((tid) => tid !== `${pid}`)
      assert.ok(tids[0])
      return ['-p', `${pid}`, '-t', tids[0]]
    }
    assert.deepEqual(await counts(numbers, ['-C', `${n}:int:n`], {whom: other}), {})
  })

  it('pairs each return of a function that calls itself', async () => {
    const found = await counts({calls: [], recursion: 5}, [
      ...['-C', 'r:c:bsearch(void *key, void *base, size_t n):size_t:$entry(n)#sizes'],
      ...['-C', 'r:c:bsearch():void*#results'],
    ])
    assert.deepEqual(found, {
      sizes: Object.fromEntries([1, 2, 3, 4, 5].map((size) => [`n = ${size}`, 1])),
      results: {'retval = 0': 5},
    })
  })

  it('shows numbers of 64 bits and odd texts as they are', async () => {
    const odd = [...Buffer.from('a\n"\\'), 0xff, 0x1b, 0]
    const plan = {calls: [labs(-1, 23), nameOf(odd, 29)]}
    const args = ['-C', `${n}:u64,s8:n,n#number`, '-C', `${s}:char*:s#text`]
    const {stdout} = await trace(plan, [...once, ...args])
    const [number, text] = records(stdout).filter(({type}) => type === 'count')
    assert.deepEqual(number?.['event'], 'n = 18446744073709551615, n = -1')
    assert.deepEqual([text?.['count'], text?.['values']], [29, {s: 'a\n"\\\\xff\x1b'}])
    const bytes = Buffer.concat([Buffer.from('s = "'), Buffer.from(odd.slice(0, -1)), Buffer.from('"')])
    assert.equal(text?.['event_base64'], bytes.toString('base64'))
    const table = await trace(plan, ['-i', '0.3', '-c', ...args])
    assert.equal(
      lastBlock(table.stdout),
      [
        'number\n\tCOUNT      EVENT\n\t23         n = 18446744073709551615, n = -1\n',
        'text\n\tCOUNT      EVENT\n\t29         s = "a\\n"\\\\\\xff\\x1b"\n',
      ].join(''),
    )
  })

  it('takes the headers of BCC, shows the program with -v, and traces a command', async () => {
    const args = ['-v', '-I', 'linux/fs.h', '-C', 't:syscalls:sys_enter_chdir():char*:args->filename']
    const command = ['sh', '-c', 'cd / && cd /proc']
    const {code, stdout, stderr} = await start([...args, '-i', '60', '--', ...command]).outcome
    assert.equal(code, 0)
    assert.equal(
      lastBlock(stdout).split('\n').slice(1).join('\n'),
      '\tCOUNT      EVENT\n\t1          args->filename = "/"\n\t1          args->filename = "/proc"\n',
    )
    assert.match(stderr, /tracepoint:syscalls:sys_enter_chdir\n/)
    assert.match(stderr, /-I is not needed/)
  })

  describe('refuses, with a mark under what is wrong,', () => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [[], 2, /there is no specifier\nHINT: /],
      [['-C', 'p:f'], 2, /expected ':' before the function\n {2}p:f\n {5}\^\n/],
      [['-C', 'x::f()'], 2, /'x' is no kind of probe/],
      [['-C', 'p::f'], 2, /expected '\(' after the name of the function/],
      [['-C', `${n}:int:n:n>0:n`], 2, /expected the end of the filter/],
      [['-C', `${n}:int,int:n`], 2, /2 types for 1 expression/],
      [['-C', `${n}:int:m`], 2, /there is no m here\n.*\n +\^\nHINT: there is n\./],
      [['-C', `${n}:nosuch_t:n`], 2, /nosuch_t/],
      [['-H', `${n}:int,int:n,n`], 2, /a histogram has one expression/],
      [['-H', n], 2, /a histogram needs an expression/],
      [['-H', `${s}:char*:s`], 2, /a histogram is of numbers/],
      [['-C', 't:syscalls:sys_enter_openat():int:args->flag'], 2, /no field flag\n[^]*HINT: .*flags/],
      [['-C', 'p:c:lab*(long n)'], 2, /names one function, not a pattern/],
      [['-C', 'p:c:mallok()'], 3, /no function of .* matches 'c:mallok'\nHINT: is it malloc/],
      [['-C', 't:sched:sched_swich()'], 3, /HINT: is it sched:sched_switch/],
      [['-C', `${n}:int:n`, '-z', '0'], 2, /--string-size: '0' is not a number of bytes/],
    ]
    for (const [args, expected, message] of cases) {
      it(args.length === 0 ? 'no specifier' : args.join(' '), async () => {
        const {code, stdout, stderr} = await start(args).outcome
        assert.deepEqual([code, stdout], [expected, ''], stderr)
        assert.match(stderr, message)
        assert.ok(stderr.startsWith('tstrace: '))
      })
    }
  })

  describe('follows structures of the kernel', () => {
    const folder = temporaryFolder()
    after(folder.remove)
    before(async function () {
      skipWithout(this, 'kprobe', (await new Machine().kprobe()).ok && types !== undefined)
    })

    it('from the arguments of its functions', async () => {
      const prototype = 'long write(int fd, const void *data, size_t size)'
      const plan = {calls: [{prototype, args: [2, [...Buffer.from('hello\0')], 5], times: 23}]}
      const file = openSync(join(folder.path, 'notes'), 'w')
      const calls = await LibraryCalls.start(plan, {stdio: ['pipe', 'pipe', file]})
      closeSync(file)
      try {
        const write = 'vfs_write(struct file *file, const char __user *buf, size_t count)'
        const tool = start([
          ...[...once, '-t', `${calls.pid}`],
          ...[
            '-C',
            `p::${write}:char*,char*:file->f_path.dentry->d_name.name,buf:count==5 && STRCMP("hello", buf)`,
          ],
          ...[
            '-H',
            `r::${write}:ssize_t:$retval:STRPREFIX("hello", $entry(buf)) && $entry(file)->f_flags & 1`,
          ],
        ])
        await tool.firstLine
        await calls.go()
        tool.signal('SIGINT')
        const [row, histogram] = records((await tool.outcome).stdout).slice(1)
        assert.deepEqual(
          [row?.['values'], row?.['count']],
          [{'file->f_path.dentry->d_name.name': 'notes', buf: 'hello'}, 23],
        )
        assert.deepEqual((histogram?.['buckets'] as unknown[]).at(-1), {min: 4, max: 7, count: 23})
      } finally {
        await calls.end()
      }
    })
  })
})
