import assert from 'node:assert/strict'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {embeddedInGuests} from '../support/engines.js'
import {type Outcome, tstrace, Workload} from '../support/processes.js'
import {inGuest, skipWithout} from '../support/skip.js'
import {temporaryFolder} from '../support/temporary.js'
import {traceWorkload} from '../support/trace.js'
import type {Open, Plan} from '../support/workload.js'

const many = 23
const [O_WRONLY, O_RDWR, O_CREAT, O_CLOEXEC] = [1, 2, 0o100, 0o2000000]
/** Tools that trace one workload at the same time: a guest has little memory. */
const atOnce = 4

/** A line that each of the events is, and one of none: with an option that lets them through, and one that does not. */
interface Flag {
  readonly flag: string
  readonly all: readonly string[]
  readonly none: readonly string[]
  /** What each row of `all` looks like. */
  readonly row: RegExp
  /** What both write above their rows. */
  readonly header?: string
}

const usual = 'PID    COMM               FD ERR PATH'

for (const {name, env} of await embeddedInGuests()) {
  describe(`flags of opensnoop with ${name}`, () => {
    const folder = temporaryFolder()
    after(folder.remove)
    const here = join(folder.path, 'here')
    before(() => writeFileSync(here, ''))

    /** 23 of each kind. */
    const plan: Plan = {
      opens: [
        {call: 'openat', path: here, times: many},
        {call: 'open', path: '/nx/failed', times: many},
        {
          call: 'openat2',
          path: '/nx/new.conf',
          flags: O_CREAT | O_WRONLY | O_CLOEXEC,
          mode: 0o640,
          times: many,
        },
        {call: 'creat', path: 'relative/to', mode: 0o600, times: many},
      ],
      comm: 'parity;x',
      workingDirectory: folder.path,
    }

    const flags = ({pid, tids}: {pid: number; tids: readonly number[]}): readonly Flag[] => {
      const [of, other] = [['-p', `${pid}`], `${process.pid}`]
      const path = (glob: string): string[] => ['--path', glob]
      const failed = new RegExp(`^${pid} +parity;x +-1 +2 /nx/failed$`)
      return [
        {flag: '-p', all: [...of, ...path('/nx/f*')], none: ['-p', other, ...path('/nx/f*')], row: failed},
        {
          flag: '-t',
          all: ['-t', `${tids[0]}`, ...path('/nx/f*')],
          none: ['-t', other, ...path('/nx/f*')],
          row: failed,
        },
        {
          flag: '-x',
          all: [...of, '-x', ...path('/nx/f*')],
          none: [...of, '-x', ...path(here)],
          row: failed,
        },
        {
          flag: '-u',
          all: [...of, '-u', 'root', ...path('/nx/f*')],
          none: [...of, '-u', 'nobody', ...path('/nx/f*')],
          row: failed,
        },
        {
          flag: '-n',
          all: ['-n', 'parity;', ...path('/nx/f*')],
          none: ['-n', 'Parity;', ...path('/nx/f*')],
          row: failed,
        },
        {
          flag: '--path',
          all: [...of, ...path(here)],
          none: [...of, ...path(`${here}?`)],
          row: new RegExp(`^${pid} +parity;x +\\d+ +0 ${here}$`),
        },
        {
          flag: '-f',
          all: [...of, '-f', 'O_CLOEXEC'],
          none: [...of, '-f', 'O_DIRECTORY'],
          row: /\/nx\/new\.conf$/,
        },
        {
          flag: '-F',
          all: [...of, '-F', ...path(join(folder.path, 'relative/*'))],
          none: [...of, '-F', ...path('relative/*')],
          row: new RegExp(` ${join(folder.path, 'relative/to')}$`),
        },
        {
          flag: '-e',
          all: [...of, '-e', ...path('*.conf')],
          none: [...of, '-e', ...path('*.cnf')],
          row: / 02000101 0640 \/nx\/new\.conf$/,
          header: 'PID    COMM               FD ERR FLAGS    MODE PATH',
        },
        {
          flag: '-T',
          all: [...of, '-T', ...path('/nx/f*')],
          none: ['-p', other, '-T', ...path('/nx/f*')],
          row: /^([01]\d|2[0-3])(:[0-5]\d){2} \d+ +parity;x +-1 +2 \/nx\/failed$/,
          header: `TIME     ${usual}`,
        },
        {
          flag: '-U',
          all: [...of, '-U', ...path('/nx/f*')],
          none: ['-p', other, '-U', ...path('/nx/f*')],
          row: /^0 {6}\d+ +parity;x +-1 +2 \/nx\/failed$/,
          header: `UID    ${usual}`,
        },
        {
          flag: '--csv',
          all: [...of, '--csv', ...path('/nx/f*')],
          none: ['-p', other, '--csv', ...path('/nx/f*')],
          row: new RegExp(`^${pid},parity;x,-1,2,/nx/failed$`),
          header: 'pid,comm,fd,errno,path',
        },
      ].map((each) => ({header: usual, ...each}))
    }

    /** Traces a workload with several tools at the same time. */
    const together = async (
      lines: (workload: Workload) => readonly (readonly string[])[],
    ): Promise<readonly Outcome[]> => {
      const workload = await Workload.start(plan)
      try {
        const tools = lines(workload).map((args) =>
          tstrace(['opensnoop', ...args], {env: {...process.env, ...env}}),
        )
        await Promise.all(tools.map((tool) => Promise.race([tool.firstLine, tool.outcome])))
        await workload.go()
        for (const tool of tools) tool.signal('SIGINT')
        return await Promise.all(tools.map(({outcome}) => outcome))
      } finally {
        await workload.end()
      }
    }

    const names = flags({pid: 1, tids: [1]}).map(({flag}) => flag)
    for (let first = 0; first < names.length; first += atOnce) {
      it(`each show ${many} of ${many} events: ${names.slice(first, first + atOnce).join(', ')}`, async () => {
        let tested: readonly Flag[] = []
        const outcomes = await together((workload) => {
          tested = flags(workload).slice(first, first + atOnce)
          return tested.map(({all}) => all)
        })
        for (const [index, {code, stdout, stderr}] of outcomes.entries()) {
          const {flag, row, header} = tested[index] as Flag
          const [above, ...rows] = stdout.trimEnd().split('\n')
          assert.deepEqual([code, above, rows.length], [0, header, many], `${flag}: ${stdout}${stderr}`)
          for (const each of rows) assert.match(each, row, flag)
        }
      })

      it(`each leave out what they are to: ${names.slice(first, first + atOnce).join(', ')}`, async () => {
        let tested: readonly Flag[] = []
        const outcomes = await together((workload) => {
          tested = flags(workload).slice(first, first + atOnce)
          return tested.map(({none}) => none)
        })
        for (const [index, {code, stdout, stderr}] of outcomes.entries()) {
          const {flag, header} = tested[index] as Flag
          assert.deepEqual([code, stdout], [0, `${header}\n`], `${flag}: ${stderr}`)
        }
      })
    }

    it('-d ends it', async () => {
      const began = performance.now()
      const {code, stdout} = await tstrace(['opensnoop', '-d', '1', '-p', `${process.pid}`], {
        env: {...process.env, ...env},
      }).outcome
      const seconds = (performance.now() - began) / 1000
      assert.deepEqual([code, stdout], [0, `${usual}\n`])
      assert.ok(seconds >= 1 && seconds < (inGuest ? 60 : 20), `${seconds} s`)
    })
  })

  describe(`opensnoop with ${name}`, () => {
    const folder = temporaryFolder()
    after(folder.remove)

    for (const source of ['fentry', 'kprobe']) {
      it(`sees the same by source ${source}`, async function () {
        const probe = tstrace(['doctor', '--json'], {env: {...process.env, ...env}})
        const {machine} = JSON.parse((await probe.outcome).stdout) as {machine: Record<string, {ok: boolean}>}
        skipWithout(this, source, machine[source]?.ok === true)
        const missing = (path: string, call: Open['call'] = 'openat', flags = 0): Open => ({
          call,
          path,
          flags,
        })
        const opens = [
          missing('/nx/openat', 'openat', O_CLOEXEC),
          missing('/nx/open', 'open', O_RDWR),
          {...missing('/nx/creat', 'creat'), mode: 0o640},
          {...missing('/nx/openat2', 'openat2', O_CREAT | O_WRONLY), mode: 0o600},
          {...missing('at'), directory: '/dev'},
          {call: 'openat', path: null} as const,
          {...missing(folder.path), times: many},
        ]
        const traced = async (name: string): Promise<unknown[][]> => {
          const columns = 'comm,errno,flags,mode,path,full_path'
          const {events, records} = await traceWorkload(
            {opens},
            ({pid}) => ['opensnoop', '--json', '-F', '--source', name, '--columns', columns, '-p', `${pid}`],
            env,
          )
          assert.equal(records['start']?.['source'], name)
          return events.map((event) => columns.split(',').map((column) => event[column]))
        }
        const rows = await traced(source)
        assert.equal(rows.length, 6 + many)
        assert.deepEqual(rows, await traced('tracepoint'))
      })
    }
  })
}
