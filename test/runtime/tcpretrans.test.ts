import assert from 'node:assert/strict'
import {Machine} from '#src/engine/kernel/machine.js'
import {engines} from '../support/engines.js'
import {blockedCgroup} from '../support/egress.js'
import {type Outcome, Running, tstrace} from '../support/processes.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'
import {deafClient, deafServer, loopbacks, unansweredConnection} from '../support/tcp.js'
import {type Event, records} from '../support/trace.js'

const machine = new Machine()
const header = 'TIME     PID     IP LADDR:LPORT          T> RADDR:RPORT          STATE'
const countHeader = 'LADDR:LPORT          RADDR:RPORT          RETRANSMITS ERROR'

/** The events of complete lines. */
const eventsIn = (stdout: string): Event[] => records(stdout.slice(0, stdout.lastIndexOf('\n') + 1)).events

/** Waits until there are enough events. */
type Wait = (enough: (events: readonly Event[]) => boolean) => Promise<void>

/**
 * Runs the tool; while it traces, `act` makes connections and waits for rows; then the tool is interrupted. Connections
 * are made when the tool is ready, because the kernel waits twice as long before each further attempt.
 */
async function trace<T>(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  act: (wait: Wait, tool: Running) => Promise<T>,
): Promise<Outcome & {events: Event[]; made: T}> {
  const tool = tstrace(['tcpretrans', ...args], {env: {...process.env, ...env}})
  await tool.firstLine
  let made: T
  try {
    made = await act((enough) => tool.until((stdout) => enough(eventsIn(stdout))), tool)
  } finally {
    tool.signal('SIGINT')
  }
  const outcome = await tool.outcome
  assert.equal(outcome.code, 0, outcome.stderr)
  return {...outcome, events: args.includes('--json') ? records(outcome.stdout).events : [], made}
}

/** The flows of a run with -c and --json. */
const flowsIn = (stdout: string): Event[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
    .filter(({type}) => type === 'flow')

/** Other connections of the machine may be retransmitting, too. */
const from = (events: readonly Event[], port: number): Event[] =>
  events.filter(({local_port}) => local_port === port)

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address)

// In a guest there is one bpftrace; on a development machine several are tried on the machine's own kernel.
for (const {name, env} of await engines()) {
  for (const source of ['tracepoint', 'kprobe'] as const) {
    describe(`tcpretrans from ${source} with ${name}`, () => {
      // Only guests have kprobes; what tracepoints see has been tried on this machine.
      if (source === 'tracepoint') inGuestsOnly('shows SYN', '--synack', '-l shows')
      before(async function () {
        skipWithout(this, 'kprobe', source === 'tracepoint' || (await machine.kprobe()).ok)
      })
      const errno = source === 'kprobe' ? null : 0

      it('shows SYN, data and FIN that are sent again, with both ends, state and sequence number', async () => {
        const {events, made} = await trace(['--json', '-s', '--source', source], env, async (wait) => {
          const unanswered = loopbacks.map((address) => ({address, ...unansweredConnection(address)}))
          const deaf = loopbacks.map((address) => {
            const connection = deafServer(address)
            return {address, ...connection, sequence: connection.client.nextSequence()}
          })
          for (const {client} of deaf) client.send('unheard')
          await wait((rows) => unanswered.every(({client}) => from(rows, client.port).length >= 2))
          await wait((rows) => deaf.every(({client}) => from(rows, client.port).length >= 2))
          for (const {client} of deaf) client.close()
          const closed = (row: Event): boolean => row['state'] === 'FIN_WAIT1'
          await wait((rows) => deaf.every(({client}) => from(rows, client.port).some(closed)))
          return {unanswered, deaf}
        })
        const {unanswered, deaf} = made
        const expected = (address: string, client: number, listener: number, state: unknown): object => ({
          kind: 'retransmit',
          ip_version: address.includes(':') ? 6 : 4,
          family: address.includes(':') ? 10 : 2,
          local: `${bracketed(address)}:${client}`,
          local_address: address,
          local_port: client,
          remote: `${bracketed(address)}:${listener}`,
          remote_address: address,
          remote_port: listener,
          state,
          errno,
          error: null,
        })
        for (const {address, client, listener, sequence} of deaf) {
          const rows = from(events, client.port)
          const states = rows.map(({state}) => state)
          assert.deepEqual([...new Set(states)], ['ESTABLISHED', 'FIN_WAIT1'])
          for (const {time, time_ns, current_pid, type, ...row} of rows) {
            const state = row['state']
            assert.deepEqual(row, {...expected(address, client.port, listener.port, state), sequence})
            assert.equal(type, 'event')
            assert.match(String(time), /^20\d\d-\d\d-\d\dT/)
            assert.ok(Number.isInteger(time_ns) && Number.isInteger(current_pid))
          }
        }
        for (const {address, client, listener} of unanswered) {
          const [first, ...again] = from(events, client.port)
          assert.ok(again.length >= 1)
          for (const {time, time_ns, current_pid, type, ...row} of [first ?? {}, ...again]) {
            assert.deepEqual(row, {
              ...expected(address, client.port, listener.port, 'SYN_SENT'),
              sequence: first?.['sequence'],
            })
            assert.ok(time && time_ns && type && current_pid !== undefined)
          }
        }
        // Initial sequence numbers differ.
        assert.equal(
          new Set(unanswered.map(({client}) => from(events, client.port)[0]?.['sequence'])).size,
          3,
        )
        for (const {close} of [...unanswered, ...deaf]) close()
      })

      it('--synack shows what a server sends again, which is not shown otherwise', async () => {
        const run = async (
          ...flags: string[]
        ): Promise<{rows: Event[]; client: number; server: number}[]> => {
          const {events, made: connections} = await trace(
            ['--json', '--source', source, ...flags],
            env,
            async (wait) => {
              const clients = loopbacks.map((address) => deafClient(address))
              // When a client has sent its SYN twice, a server has sent its SYN-ACK again, too: that is what it answers.
              await wait((rows) =>
                clients.every(
                  ({client, listener}) =>
                    from(rows, client.port).length >= 2 &&
                    (flags.length === 0 || from(rows, listener.port).length >= 1),
                ),
              )
              return clients
            },
          )
          for (const {close} of connections) close()
          return connections.map(({client, listener}) => ({
            // Another of these connections may have the same port for its client.
            rows: from(events, listener.port).filter((row) => row['remote_port'] === client.port),
            client: client.port,
            server: listener.port,
          }))
        }
        for (const [index, {rows, client, server}] of (await run('--synack')).entries()) {
          const address = loopbacks[index]
          assert.ok(rows.length > 0)
          for (const row of rows) {
            assert.deepEqual(
              [
                row['kind'],
                row['local_address'],
                row['local_port'],
                row['remote_address'],
                row['remote_port'],
              ],
              ['syn_ack', address, server, address, client],
            )
            assert.deepEqual([row['state'], row['errno']], ['NEW_SYN_RECV', errno])
          }
        }
        for (const {rows} of await run()) assert.deepEqual(rows, [])
      })

      it('-4 and -6 compare the family of the socket, so that -6 keeps IPv4 on an IPv6 socket', async () => {
        for (const [flag, kept] of [
          ['-4', ['127.0.0.1']],
          ['-6', ['::1', '::ffff:127.0.0.1']],
        ] as const) {
          const {events, made: connections} = await trace(
            ['--json', '--source', source, flag],
            env,
            async (wait) => {
              const all = [...loopbacks, ...kept].map((address) => ({
                address,
                ...unansweredConnection(address),
              }))
              // Timers run in the order in which they were set: when the last ones have rows, the others had their time.
              const last = all.slice(loopbacks.length)
              await wait((rows) => last.every(({client}) => from(rows, client.port).length >= 2))
              return all
            },
          )
          const shown = connections
            .slice(0, loopbacks.length)
            .filter(({client}) => from(events, client.port).length > 0)
          assert.deepEqual(
            shown.map(({address}) => address),
            kept,
          )
          const families = new Set(events.map(({family}) => family))
          assert.deepEqual(families, new Set([flag === '-4' ? 2 : 10]))
          for (const {close} of connections) close()
        }
      })

      it('prints the columns of BCC, and does not cut a long address', async () => {
        const {stdout, made} = await trace(['--source', source], env, async (_wait, tool) => {
          const connections = loopbacks.map((address) => ({address, ...unansweredConnection(address)}))
          await tool.until((text) => connections.every(({client}) => text.includes(`:${client.port} `)))
          return connections
        })
        const lines = stdout.split('\n')
        assert.equal(lines[0], header)
        for (const {address, client, listener, close} of made) {
          const [line = ''] = lines.filter((text) => text.includes(`:${client.port} `))
          const local = `${bracketed(address)}:${client.port}`.padEnd(20)
          const remote = `${bracketed(address)}:${listener.port}`.padEnd(20)
          assert.match(line, /^\d\d:\d\d:\d\d \d+ +[46] /)
          const version = address.includes(':') ? '6 ' : '4 '
          assert.equal(line.slice(17), `${version} ${local} R> ${remote} SYN_SENT`)
          close()
        }
      })

      it('-c counts for each flow what a parallel trace shows', async () => {
        const args = ['--json', '--synack', '--source', source]
        const counter = tstrace(['tcpretrans', '-c', ...args], {env: {...process.env, ...env}})
        await counter.firstLine
        const {events, made} = await trace(args, env, async (wait) => {
          const unanswered = loopbacks.map((address) => ({address, ...unansweredConnection(address)}))
          const deaf = loopbacks.map((address) => ({address, ...deafClient(address)}))
          const all = [...unanswered, ...deaf]
          await wait((rows) => all.every(({client}) => from(rows, client.port).length >= 2))
          await wait((rows) => deaf.every(({listener}) => from(rows, listener.port).length >= 1))
          // Nothing is sent again by sockets that are gone, so that both tools have seen the same.
          for (const {close} of all) close()
          assert.deepEqual(flowsIn(counter.stdout), [])
          return {unanswered, deaf}
        })
        counter.signal('SIGINT')
        const {code, stdout} = await counter.outcome
        assert.equal(code, 0)
        const expected = [
          ...[...made.unanswered, ...made.deaf].map(({address, client, listener}) => ({
            ...{address, kind: 'retransmit', local: client.port, remote: listener.port},
          })),
          ...made.deaf.map(({address, client, listener}) => ({
            ...{address, kind: 'syn_ack', local: listener.port, remote: client.port},
          })),
        ]
        const flows = flowsIn(stdout)
        for (const {address, kind, local, remote} of expected) {
          const shown = from(events, local).filter((event) => event['kind'] === kind)
          assert.ok(shown.length > 0)
          const [flow, ...more] = from(flows, local).filter((row) => row['kind'] === kind)
          assert.deepEqual(more, [])
          const {time, seconds, ...fields} = flow ?? {}
          assert.match(String(time), /^20\d\d-\d\d-\d\dT/)
          assert.ok(Number(seconds) > 0)
          assert.deepEqual(fields, {
            type: 'flow',
            family: address.includes(':') ? 10 : 2,
            local: `${bracketed(address)}:${local}`,
            local_address: address,
            local_port: local,
            kind,
            remote: `${bracketed(address)}:${remote}`,
            remote_address: address,
            remote_port: remote,
            errno,
            error: null,
            retransmits: shown.length,
          })
        }
        const order = flows.map(({family, retransmits}) => [Number(family), Number(retransmits)] as const)
        assert.deepEqual(
          order,
          order.toSorted(([a, few], [b, many]) => a - b || few - many),
        )
      })

      it('-c prints nothing before the end, then a row for each flow', async () => {
        const counter = tstrace(['tcpretrans', '-c', '--source', source], {env: {...process.env, ...env}})
        await counter.written('Counting TCP retransmits. Ctrl-C to end.\n')
        const {events, made} = await trace(['--json', '--source', source], env, async (wait) => {
          const connection = unansweredConnection('::1')
          await wait((rows) => from(rows, connection.client.port).length >= 2)
          connection.close()
          return connection
        })
        assert.equal(counter.stdout, '')
        counter.signal('SIGINT')
        const {code, stdout} = await counter.outcome
        assert.equal(code, 0)
        const [first, ...rows] = stdout.split('\n')
        assert.equal(first, countHeader)
        const {client, listener} = made
        const local = `[::1]:${client.port}`.padEnd(20)
        const remote = `[::1]:${listener.port}`.padEnd(20)
        const count = `${from(events, client.port).length}`.padStart(11)
        assert.deepEqual(
          rows.filter((row) => row.startsWith(local)),
          [`${local} ${remote} ${count} -`],
        )
      })

      it('-l shows tail loss probes, and with -c counts them apart', async function () {
        skipWithout(this, 'kprobe', (await machine.kprobe()).ok)
        const args = ['--json', '-l', '-s', '--source', source]
        const counter = tstrace(['tcpretrans', '-c', ...args], {env: {...process.env, ...env}})
        await counter.firstLine
        const {events, made} = await trace(args, env, async (wait) => {
          const connection = deafServer('127.0.0.1')
          connection.client.send('unheard')
          const isProbe = ({kind}: Event): boolean => kind === 'loss_probe'
          await wait((rows) => from(rows, connection.client.port).some(isProbe))
          return connection
        })
        const {client, listener, close} = made
        const probes = from(events, client.port).filter(({kind}) => kind === 'loss_probe')
        for (const {kind, sequence, remote_port, state, errno} of probes)
          assert.deepEqual(
            [kind, sequence, remote_port, state, errno],
            ['loss_probe', 0, listener.port, 'ESTABLISHED', null],
          )
        counter.signal('SIGINT')
        const flows = from(flowsIn((await counter.outcome).stdout), client.port)
        const [counted, ...more] = flows.filter(({kind}) => kind === 'loss_probe')
        assert.deepEqual([counted?.['errno'], more], [null, []])
        assert.ok(Number(counted?.['retransmits']) >= probes.length)
        client.close()
        close()
      })
    })
  }

  describe(`tcpretrans with ${name}`, () => {
    it('shows a retransmit that could not be sent with its error', async function () {
      const mount = machine.cgroup2[0]
      skipWithout(this, 'cgroup v2', mount !== undefined)
      skipWithout(this, 'errors in the tracepoint', machine.tracepointField('tcp:tcp_retransmit_skb', 'err'))
      const cgroup = await blockedCgroup(mount ?? '')
      const blocked = (): ReturnType<typeof unansweredConnection> =>
        cgroup.inside(() => unansweredConnection('127.0.0.1'))
      try {
        const {events, made} = await trace(['--json'], env, async (wait) => {
          const connection = blocked()
          await wait((rows) => from(rows, connection.client.port).length > 0)
          return connection
        })
        for (const {errno, error, state} of from(events, made.client.port))
          assert.deepEqual([errno, error, state], [1, 'EPERM', 'SYN_SENT'])
        const {stdout, made: second} = await trace([], env, async (_wait, tool) => {
          const connection = blocked()
          await tool.until((text) => text.includes(`:${connection.client.port} `))
          return connection
        })
        assert.match(stdout, new RegExp(`:${second.client.port} .* SYN_SENT/EPERM\n`))
        const counter = tstrace(['tcpretrans', '-c', '--json'], {env: {...process.env, ...env}})
        await counter.firstLine
        const {events: failed, made: third} = await trace(['--json'], env, async (wait) => {
          const connection = blocked()
          await wait((rows) => from(rows, connection.client.port).length > 0)
          connection.close()
          return connection
        })
        counter.signal('SIGINT')
        const flows = from(flowsIn((await counter.outcome).stdout), third.client.port)
        assert.deepEqual(
          flows.map(({errno, error, retransmits}) => [errno, error, retransmits]),
          [[1, 'EPERM', from(failed, third.client.port).length]],
        )
        for (const {close} of [made, second]) close()
      } finally {
        cgroup.remove()
      }
    })
  })
}

describe('tcpretrans', () => {
  // What it prints then does not depend on the kernel.
  inGuestsOnly()

  it('prints the header when nothing is retransmitted, and ends on Ctrl-C with exit code 0', async () => {
    const {stdout, stderr} = await trace([], {}, () => Promise.resolve())
    const [first, ...rows] = stdout.trimEnd().split('\n')
    assert.equal(first, header)
    for (const row of rows) assert.match(row, /^\S+:\d+ +\S+:\d+ +\d+ \S+$/)
    assert.equal(stderr, '')
  })

  it('-c prints the header when nothing is retransmitted, and ends on Ctrl-C with exit code 0', async () => {
    const tool = tstrace(['tcpretrans', '-c'])
    await tool.written('Ctrl-C to end.\n')
    assert.equal(tool.stdout, '')
    tool.signal('SIGINT')
    const {code, stdout, stderr} = await tool.outcome
    assert.deepEqual([code, stderr], [0, 'Counting TCP retransmits. Ctrl-C to end.\n'])
    const [first, ...rows] = stdout.trimEnd().split('\n')
    assert.equal(first, countHeader)
    for (const row of rows) assert.match(row, / R> /)
  })

  it('-c ends after a duration, and as CSV has the header in any case', async () => {
    const {code, stdout, stderr} = await tstrace(['tcpretrans', '-c', '-d', '0.1', '--csv']).outcome
    assert.deepEqual([code, stderr], [0, ''])
    assert.equal(stdout.split('\n')[0], 'time,seconds,local,remote,retransmits,error')
  })

  it('says that -l needs kprobes where there are none', async function () {
    skipWithout(this, 'no kprobe', !(await machine.kprobe()).ok)
    const {code, stderr} = await tstrace(['tcpretrans', '-l']).outcome
    assert.equal(code, 3)
    assert.match(stderr, /^ {2}tracepoint: -l needs kprobe:tcp_send_loss_probe, and the kernel /m)
  })

  it('with a command shows the retransmits of the machine until the command ends', async () => {
    const guard = new Running('cat', [])
    const tool = tstrace([
      'tcpretrans',
      '--json',
      '--',
      'tail',
      '-s',
      '0.1',
      `--pid=${guard.pid}`,
      '-f',
      '/dev/null',
    ])
    await tool.firstLine
    const {client, close} = unansweredConnection('127.0.0.1')
    await tool.until((stdout) => from(eventsIn(stdout), client.port).length > 0)
    guard.closeInput()
    const {code, stdout} = await tool.outcome
    assert.deepEqual([code, records(stdout).records['end']?.['reason']], [0, 'command exited'])
    close()
  })
})
