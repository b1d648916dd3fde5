import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {engines} from '../support/engines.js'
import {Running, tstrace, Workload} from '../support/processes.js'
import {inGuest, inGuestsOnly, skipWithout} from '../support/skip.js'
import {type Event, records, traceWorkload} from '../support/trace.js'
import type {Open, Plan} from '../support/workload.js'

/** Prime, so that no multiple of something else looks right. */
const many = 23
const nobody = 65534

const O_WRONLY = 1
const O_RDWR = 2
const O_CREAT = 0o100
const O_CLOEXEC = 0o2000000
const O_TMPFILE = 0o20200000
const O_DIRECTORY = 0o200000

const missing = (path: string, call: Open['call'] = 'openat', flags = 0): Open => ({call, path, flags})
const repeated = (path = '/nx/repeated'): Plan => ({opens: [{call: 'openat', path, times: many}]})
const pick = (events: readonly Event[], ...names: string[]): unknown[][] =>
  events.map((event) => names.map((name) => event[name]))
const paths = (events: readonly Event[]): unknown[] => events.map(({path}) => path)

// In a guest there is one engine; on a development machine several are tried on its own kernel.
for (const {name, version, env} of await engines()) {
  describe(`opensnoop with ${name}`, () => {
    // How flags become filters does not depend on the engine: opensnoopflags.test.ts tries them in guests.
    const always = ['shows every kind', '-p means', '-F starts', 'one event is']
    const flags = ['-x shows', '-p and', '-u', '-n matches', '-f', '-e', '-T', '-d', '--path']
    inGuestsOnly(...always, ...(version === undefined ? [] : flags))
    let folder: string
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'tstrace-'))
      writeFileSync(join(folder, 'here'), '')
    })
    after(() => rmSync(folder, {recursive: true}))

    it('shows every kind of open, each once, with its result', async () => {
      const here = join(folder, 'here')
      const opens: Open[] = [
        missing('/nx/openat'),
        missing('/nx/open', 'open'),
        missing('/nx/creat', 'creat'),
        missing('/nx/openat2', 'openat2'),
        missing(here),
        missing(here, 'open'),
        missing(here, 'creat'),
        missing(here, 'openat2'),
        missing('/etc/passwd/x'),
        missing('x'.repeat(300)),
        {call: 'openat', path: null},
      ]
      const {events, outcome, workload, records} = await traceWorkload(
        {opens, comm: 'parity test;x'},
        ({pid}) => ['opensnoop', '--json', '-p', `${pid}`],
        env,
      )
      assert.equal(outcome.code, 0, outcome.stderr)
      assert.deepEqual(
        events.map(({path, fd, errno, error}) => [String(path).slice(0, 100), Number(fd) >= 0, errno, error]),
        [
          ...['/nx/openat', '/nx/open', '/nx/creat', '/nx/openat2'].map((path) => [path, false, 2, 'ENOENT']),
          ...Array.from({length: 4}, () => [here, true, 0, null]),
          ['/etc/passwd/x', false, 20, 'ENOTDIR'],
          ['x'.repeat(100), false, 36, 'ENAMETOOLONG'],
          ['', false, 14, 'EFAULT'],
        ],
      )
      for (const event of events) {
        assert.deepEqual(pick([event], 'pid', 'tid', 'comm'), [
          [workload.pid, workload.tids[0], 'parity test;x'],
        ])
      }
      assert.equal(records['end']?.['lost'], 0)
    })

    it('-x shows failed opens only', async () => {
      const opens = [missing(folder), {...missing('/nx/failed'), times: many}]
      const {events} = await traceWorkload(
        {opens},
        ({pid}) => ['opensnoop', '-x', '--json', '-p', `${pid}`],
        env,
      )
      assert.deepEqual(paths(events), Array(many).fill('/nx/failed'))
    })

    it('-p means the process with all its threads, and -t one of them', async () => {
      const plan = {...repeated(), threads: 3}
      const all = await traceWorkload(plan, ({pid}) => ['opensnoop', '--json', '-p', `${pid}`], env)
      assert.equal(all.events.length, 3 * many)
      assert.deepEqual(new Set(all.events.map(({pid}) => pid)), new Set([all.workload.pid]))
      assert.deepEqual(new Set(all.events.map(({tid}) => tid)), new Set(all.workload.tids))

      const one = await traceWorkload(plan, ({tids}) => ['opensnoop', '--json', '-t', `${tids[1]}`], env)
      assert.deepEqual(
        pick(one.events, 'pid', 'tid'),
        Array(many).fill([one.workload.pid, one.workload.tids[1]]),
      )
    })

    it('-p and -t of somebody else show nothing', async () => {
      const none = await traceWorkload(repeated(), () => ['opensnoop', '--json', '-p', '1', '-t', '1'], env)
      assert.deepEqual(none.events, [])
      const both = await traceWorkload(
        {...repeated(), threads: 2},
        ({tids}) => ['opensnoop', '--json', '-p', '1', '-t', `${tids[0]}`],
        env,
      )
      assert.deepEqual(both.events, [])
    })

    it('-u takes a name or a number, and 0 is a user like others', async () => {
      const asNobody = {...repeated('/nx/nobody'), uid: nobody}
      const args = (user: string) => () => ['opensnoop', '--json', '-u', user, '--path', '/nx/*']
      for (const user of ['nobody', `${nobody}`]) {
        const {events} = await traceWorkload(asNobody, args(user), env)
        assert.deepEqual(pick(events, 'uid', 'path'), Array(many).fill([nobody, '/nx/nobody']), user)
      }
      for (const user of ['root', '0']) {
        assert.deepEqual((await traceWorkload(asNobody, args(user), env)).events, [], user)
        const {events} = await traceWorkload(repeated('/nx/root'), args(user), env)
        assert.deepEqual(pick(events, 'uid', 'path'), Array(many).fill([0, '/nx/root']), user)
      }
    })

    it('-n matches a part of the name of the thread, in the right case', async () => {
      const plan = {...repeated(), comm: 'parity test;x'}
      const args = (text: string) => () => ['opensnoop', '--json', '-n', text]
      assert.equal((await traceWorkload(plan, args('test;'), env)).events.length, many)
      assert.equal((await traceWorkload(plan, args('parity test;x'), env)).events.length, many)
      assert.equal((await traceWorkload(plan, args('TEST;'), env)).events.length, 0)
      assert.equal((await traceWorkload(plan, args('t.st'), env)).events.length, 0)
    })

    it('-f compares access modes as values and other flags as bits', async () => {
      const opens = [
        missing('/nx/read'),
        missing('/nx/write', 'open', O_WRONLY),
        missing('/nx/both', 'openat2', O_RDWR),
        missing('/nx/create', 'creat'),
        missing('/nx/directory', 'openat', O_DIRECTORY),
        missing('/nx/temporary', 'openat', O_TMPFILE | O_RDWR),
      ]
      const shown = async (...wanted: string[]): Promise<unknown[]> => {
        const options = wanted.flatMap((flag) => ['-f', flag])
        const {events} = await traceWorkload(
          {opens},
          ({pid}) => ['opensnoop', '--json', '-p', `${pid}`, ...options],
          env,
        )
        return paths(events).map((path) => String(path).slice(4))
      }
      assert.deepEqual(await shown('O_WRONLY', 'O_RDWR'), ['write', 'both', 'create', 'temporary'])
      assert.deepEqual(await shown('O_RDONLY'), ['read', 'directory'])
      assert.deepEqual(await shown('O_TMPFILE'), ['temporary'])
      assert.deepEqual(await shown('O_DIRECTORY'), ['directory', 'temporary'])
      assert.deepEqual(await shown('O_CREAT', 'O_DIRECT'), ['create'])
    })

    it('-e shows flags and mode, n/a where there is no mode; --csv and the table agree', async () => {
      const opens = [
        missing('/nx/plain', 'openat', O_CLOEXEC),
        {...missing('/nx/new', 'openat2', O_CLOEXEC | O_CREAT | O_WRONLY), mode: 0o640},
        {...missing('/nx/creat', 'creat'), mode: 0o600},
      ]
      const plan = {opens, comm: 'extended'}
      const csv = await traceWorkload(plan, ({pid}) => ['opensnoop', '--csv', '-e', '-p', `${pid}`], env)
      assert.deepEqual(csv.outcome.stdout.split('\n'), [
        'pid,comm,fd,errno,flags,mode,path',
        `${csv.workload.pid},extended,-1,2,02000000,"n/a ",/nx/plain`,
        `${csv.workload.pid},extended,-1,2,02000101,0640,/nx/new`,
        `${csv.workload.pid},extended,-1,2,00001101,0600,/nx/creat`,
        '',
      ])
      const table = await traceWorkload(plan, ({pid}) => ['opensnoop', '-e', '-p', `${pid}`], env)
      const row = `${table.workload.pid}`.padEnd(6) + ' extended           -1   2'
      assert.deepEqual(table.outcome.stdout.split('\n'), [
        'PID    COMM               FD ERR FLAGS    MODE PATH',
        `${row} 02000000 n/a  /nx/plain`,
        `${row} 02000101 0640 /nx/new`,
        `${row} 00001101 0600 /nx/creat`,
        '',
      ])
    })

    it("-T and JSON give the time of the event by the machine's clock", async () => {
      const workload = await Workload.start(repeated())
      const tool = tstrace(['opensnoop', '--json', '-p', `${workload.pid}`], {env: {...process.env, ...env}})
      await tool.firstLine
      // Whoever took the time when a message comes would now be late.
      const tracer = tool.tracer()
      process.kill(tracer, 'SIGSTOP')
      const before = Date.now()
      await workload.go()
      const after = Date.now()
      await setTimeout(300)
      process.kill(tracer, 'SIGCONT')
      tool.signal('SIGINT')
      const {events} = records((await tool.outcome).stdout)
      await workload.end()
      assert.equal(events.length, many)
      const times = events.map(({time}) => Date.parse(String(time)))
      assert.ok(
        times.every((time) => time >= before - 1 && time <= after + 1),
        `${before} ${after}: ${times.join(' ')}`,
      )
      assert.ok(events.every(({time}) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(String(time))))
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      )

      const table = await traceWorkload(repeated(), ({pid}) => ['opensnoop', '-T', '-U', '-p', `${pid}`], env)
      const [header, ...rows] = table.outcome.stdout.trimEnd().split('\n')
      assert.equal(header, 'TIME     UID    PID    COMM               FD ERR PATH')
      assert.equal(rows.length, many)
      for (const row of rows)
        assert.match(row, /^([01]\d|2[0-3])(:[0-5]\d){2} 0 {6}\d+ +node +-1 {3}2 \/nx\/repeated$/)
    })

    it('-d ends an idle run in time', async () => {
      const tool = tstrace(['opensnoop', '--json', '-d', '3', '-p', `${process.pid}`], {
        env: {...process.env, ...env},
      })
      await tool.firstLine
      const began = performance.now()
      const {code, stdout} = await tool.outcome
      const seconds = (performance.now() - began) / 1000
      assert.equal(code, 0)
      assert.match(stdout, /"type":"end","reason":"duration"/)
      // What is above three seconds is the kernel's: each probe takes up to 0.1 s to detach, more in a guest.
      assert.ok(seconds >= 2.9 && seconds < (inGuest ? 15 : 5), `${seconds} s`)
    })

    it('--path keeps the paths that match', async () => {
      const opens = [
        {...missing('/nx/a.conf'), times: many},
        missing('/nx/a.conf.d'),
        missing('b.conf'),
        missing('/nx/c'),
      ]
      const args = (glob: string) => (workload: {pid: number}) => [
        'opensnoop',
        '--json',
        '-p',
        `${workload.pid}`,
        '--path',
        glob,
      ]
      const {events} = await traceWorkload({opens}, args('*.conf'), env)
      assert.deepEqual(paths(events), [...Array(many).fill('/nx/a.conf'), 'b.conf'])
      const none = await traceWorkload({opens}, args('*.ini'), env)
      assert.deepEqual(none.events, [])
      assert.match(
        none.outcome.stderr,
        new RegExp(`no event passed the filters; ${many + 3} came before them`),
      )
    })

    it('-F starts relative paths from the directory the call used', async () => {
      const deep = join(folder, 'a', 'b', 'c')
      mkdirSync(deep, {recursive: true})
      symlinkSync(deep, join(folder, 'link'))
      const opens: Open[] = [
        missing('relative'),
        missing('../up', 'open'),
        {...missing('at'), directory: join(folder, 'a')},
        {...missing('at2', 'openat2'), directory: '/dev'},
        {...missing('in-root'), directory: '/'},
        missing('/absolute'),
      ]
      const {events, outcome} = await traceWorkload(
        {opens, workingDirectory: join(folder, 'link')},
        ({pid}) => ['opensnoop', '--json', '-F', '-p', `${pid}`],
        env,
      )
      assert.equal(outcome.code, 0, outcome.stderr)
      assert.deepEqual(
        events.map((event) => event['full_path']),
        [
          join(deep, 'relative'),
          `${deep}/../up`,
          join(folder, 'a', 'at'),
          '/dev/at2',
          '/in-root',
          '/absolute',
        ],
      )
      const filtered = await traceWorkload(
        {opens, workingDirectory: deep},
        ({pid}) => [
          'opensnoop',
          '--json',
          '-F',
          '--path',
          '*/a/b/c/*',
          '--columns',
          'pid,full_path',
          '-p',
          `${pid}`,
        ],
        env,
      )
      assert.deepEqual(filtered.events, [
        {type: 'event', pid: filtered.workload.pid, full_path: join(deep, 'relative')},
        {type: 'event', pid: filtered.workload.pid, full_path: `${deep}/../up`},
      ])
    })

    it('one event is one row, whatever is in the path', async () => {
      const odd = [
        'q"uote',
        'new\nline',
        'tab\tcr\r',
        'esc\x1b[31m\x07',
        'del\x7f',
        'back\\slash',
        "s'q;$(x)`",
        '%s%d%n',
      ]
      const bytes = ['\xc3\xa9\xe2\x82\xac', '\xe9\xff\xfe', '\xc2\x9b31m', '\xe2\x80\xae']
      const names = [...odd, ...bytes].map((name) => `/nx/${name}`)
      const plan = {opens: names.map((name) => missing(name)), comm: 'odd\n\x1b"'}
      const json = await traceWorkload(plan, ({pid}) => ['opensnoop', '--json', '-p', `${pid}`], env)
      assert.deepEqual(
        json.events.map(({path, path_base64: base64}) =>
          base64 === undefined
            ? Buffer.from(String(path)).toString('latin1')
            : Buffer.from(base64 as string, 'base64').toString('latin1'),
        ),
        names,
      )
      assert.deepEqual(new Set(json.events.map(({comm}) => comm)), new Set(['odd\n\x1b"']))

      for (const format of ['table', 'csv']) {
        const {outcome} = await traceWorkload(
          plan,
          ({pid}) => ['opensnoop', '--format', format, '-p', `${pid}`],
          env,
        )
        const rows = outcome.stdout.trimEnd().split('\n').slice(1)
        assert.equal(rows.length, names.length, outcome.stdout)

        assert.doesNotMatch(rows.join(''), /[\x00-\x1f\x7f-\x9f\u202e]/)
        assert.match(rows[1] ?? '', /\/nx\/new\\nline/)
        assert.match(rows[9] ?? '', /\/nx\/\\xe9\\xff\\xfe/)
      }
    })

    it('a path that is too long is cut and marked, one that just fits is not', async () => {
      const long = `/nx/${'long/'.repeat(700)}`
      const fits = `/nx/${'f'.repeat(90)}`
      const plan = {opens: [missing(long), missing(fits)]}
      const json = await traceWorkload(plan, ({pid}) => ['opensnoop', '--json', '-p', `${pid}`], env)
      const [cut, whole] = json.events
      assert.equal(cut?.['path_cut'], true)
      assert.ok(String(cut['path']).length > 90 && long.startsWith(String(cut['path'])))
      assert.deepEqual([whole?.['path'], whole?.['path_cut']], [fits, undefined])
      assert.equal(json.records['end']?.['cut'], 1)
      const table = await traceWorkload(plan, ({pid}) => ['opensnoop', '-p', `${pid}`], env)
      assert.deepEqual(
        table.outcome.stdout
          .trimEnd()
          .split('\n')
          .slice(1)
          .map((row) => row.endsWith('...')),
        [true, false],
      )
    })

    it('--limit ends after so many events', async () => {
      const {events, records, outcome} = await traceWorkload(
        repeated(),
        ({pid}) => ['opensnoop', '--json', '--limit', '7', '-p', `${pid}`],
        env,
        {endsByItself: true},
      )
      assert.equal(outcome.code, 0)
      assert.equal(events.length, 7)
      assert.equal(records['end']?.['reason'], 'limit')
    })

    it('--columns shows those columns only', async () => {
      const {outcome} = await traceWorkload(
        {opens: [missing('/nx/columns', 'open', O_WRONLY)]},
        ({pid}) => ['opensnoop', '--csv', '--columns', 'PATH,flag_names,err,user', '-p', `${pid}`],
        env,
      )
      assert.equal(outcome.stdout, 'path,flag_names,errno,user\n/nx/columns,O_WRONLY,2,root\n')
    })

    it('leaves out its own events', async () => {
      const tool = tstrace(['opensnoop', '--json', '--columns', 'pid,path'], {env: {...process.env, ...env}})
      await tool.firstLine
      const own = [tool.pid, tool.tracer()]
      tool.signal('SIGINT')
      const {stdout} = await tool.outcome
      for (const line of stdout.trim().split('\n'))
        assert.ok(!own.includes((JSON.parse(line) as Event)['pid'] as number), line)
    })

    it('-x and -n together show the failed opens of one name', async () => {
      const {outcome, workload} = await traceWorkload(
        {opens: [missing(folder), missing('/nx/failed')], comm: 'parity;x'},
        () => ['opensnoop', '-x', '-n', 'parity;'],
        env,
      )
      assert.deepEqual(outcome.stdout.split('\n'), [
        'PID    COMM               FD ERR PATH',
        `${workload.pid}`.padEnd(6) + ' parity;x           -1   2 /nx/failed',
        '',
      ])
    })

    /** The paths and threads that are shown of a program that says when it is ready, waits, opens and says `done`. */
    const shownOf = async (program: Running, args: readonly string[]): Promise<readonly Event[]> => {
      try {
        await program.firstLine
        const tool = tstrace(['opensnoop', '--json', ...args], {env: {...process.env, ...env}})
        await Promise.race([tool.firstLine, tool.outcome])
        program.send('go\n')
        await program.written('done\n')
        tool.signal('SIGINT')
        return records((await tool.outcome).stdout).events
      } finally {
        program.closeInput()
        await program.outcome
      }
    }

    it('-p leaves out what children of the process open', async () => {
      const opens = `for i in {1..${many}}; do true < /nx/own; done; (true < /nx/fork); cat /nx/program`
      const bash = new Running('bash', ['-c', `echo ready; read; ${opens}; echo done; read`])
      const events = await shownOf(bash, ['-p', `${bash.pid}`, '--path', '/nx/*'])
      assert.deepEqual(pick(events, 'pid', 'path'), Array(many).fill([bash.pid, '/nx/own']))
      assert.match(bash.stderr, /\/nx\/fork.*\n.*\/nx\/program/)
    })

    it('-n goes by the name of the thread, not by that of the process', async function () {
      skipWithout(this, 'python3', spawnSync('python3', ['-c', 'import ctypes']).status === 0)
      const script = [
        'import ctypes, threading',
        'libc = ctypes.CDLL(None)',
        'def work(comm):',
        '    libc.prctl(15, comm)',
        `    for _ in range(${many}): libc.open(b"/nx/" + comm, 0)`,
        'print("ready", flush=True); input()',
        'thread = threading.Thread(target=work, args=(b"odd thread",))',
        'thread.start(); thread.join(); work(b"odd main"); print("done", flush=True); input()',
      ]
      for (const name of ['odd thread', 'odd main']) {
        const python = new Running('python3', ['-c', script.join('\n')])
        // A thread that ends may make the C library load libgcc.
        const shown = await shownOf(python, ['-n', name.slice(0, -1)])
        const events = shown.filter(({path}) => !/\/libgcc_s\.so/.test(String(path)))
        assert.deepEqual(
          pick(events, 'pid', 'comm', 'path'),
          Array(many).fill([python.pid, name, `/nx/${name}`]),
        )
        for (const {pid, tid} of events) assert.equal(pid === tid, name === 'odd main')
      }
    })
  })
}
