import assert from 'node:assert/strict'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {type Running, tstrace} from '../support/processes.js'
import {deafServer, loopbacks, unansweredConnection} from '../support/tcp.js'
import {temporaryFolder} from '../support/temporary.js'
import {compare, type Difference} from './differences.js'
import {ofBcc, ofBpftrace} from './packages.js'
import {printed, skipWithoutPeer, startPeer} from './peer.js'
import type {Row, Table} from './table.js'

const [local, remote] = ['LADDR:LPORT', 'RADDR:RPORT']

const bracketed = (endpoint: string): string => endpoint.replace(/^(.*:.*):(\d+)$/, '[$1]:$2')

const differences: readonly Difference[] = [
  {because: 'its times are those of printing, ours those of the event', unlike: 'TIME'},
  {
    because: 'it writes the port of an IPv6 address as if it were a part of it',
    means: (row) => ({...row, [local]: bracketed(row[local] ?? ''), [remote]: bracketed(row[remote] ?? '')}),
  },
]

const lines = (stdout: string): string[] => stdout.slice(0, stdout.lastIndexOf('\n') + 1).split('\n')
const portOf = (row: Row): number => Number(/:(\d+)$/.exec(row[local] ?? '')?.[1])

/** Waits until a tool has printed enough lines about a local port. */
function shows(tool: Running, port: number, text = '', times = 1): Promise<void> {
  const about = new RegExp(`:${port} .*${text}`)
  return tool.until((stdout) => lines(stdout).filter((line) => about.test(line)).length >= times)
}

/**
 * Makes connections that send SYN, data and FIN again, waits until tools have shown it, and ends them.
 *
 * @param tools those that show each retransmit
 * @param kinds letters of what each connection with data must have had
 * @returns the clients' ports, about which nothing more comes
 */
async function retransmit(tools: readonly Running[], kinds: readonly string[]): Promise<Set<number>> {
  const unanswered = loopbacks.map(unansweredConnection)
  const deaf = loopbacks.map(deafServer)
  const all = [...unanswered, ...deaf]
  const seen = (connections: typeof all, text: string, times = 1): Promise<unknown> =>
    Promise.all(
      tools.flatMap((tool) => connections.map(({client: {port}}) => shows(tool, port, text, times))),
    )
  try {
    for (const {client} of deaf) client.send('unheard')
    await seen(deaf, 'ESTABLISHED', 2)
    for (const kind of kinds) await seen(deaf, `${kind}> `)
    for (const {client} of deaf) client.finish()
    await seen(deaf, 'FIN_WAIT1')
    await seen(unanswered, 'SYN_SENT')
    for (const {client} of all) client.abort()
    // What is shown after these was there before them: there may be a buffer for each version of IP.
    const marks = (['127.0.0.1', '::1'] as const).map(unansweredConnection)
    all.push(...marks)
    await seen(marks, 'SYN_SENT')
    return new Set([...unanswered, ...deaf].map(({client: {port}}) => port))
  } finally {
    for (const {client, close} of all) {
      client.abort()
      close()
    }
  }
}

/**
 * Runs a peer and our tool side by side.
 *
 * @param flags those of our tool
 * @param watch what happens while both trace
 */
async function sideBySide(
  peer: {start: readonly [string, readonly string[]]; ready: string; read?: (stdout: string) => Table},
  flags: readonly string[],
  watch: (theirs: Running, ours: Running) => Promise<void>,
): Promise<{theirs: Table; ours: Table}> {
  const theirs = startPeer(...peer.start)
  try {
    await theirs.written(peer.ready)
    const ours = tstrace(['tcpretrans', ...flags])
    await Promise.race([ours.written('Ctrl-C to end'), ours.firstLine, ours.outcome])
    await watch(theirs, ours)
    ours.signal('SIGINT')
    theirs.signal('SIGINT')
    return {theirs: printed(await theirs.outcome, peer.read), ours: printed(await ours.outcome)}
  } finally {
    theirs.signal('SIGKILL')
  }
}

/** What BCC prints with -c, with endpoints as we write them: `[::1]#80 <-> [::1]#81 3`. */
function readFlows(stdout: string): Table {
  const columns = [local, remote, 'RETRANSMITS']
  const flow = /^\[(.*)\]#(\d+) +<-> \[(.*)\]#(\d+) +(\d+)$/gm
  const rows = [...stdout.matchAll(flow)].map(([, from, fromPort, to, toPort, count]) => [
    bracketed(`${from}:${fromPort}`),
    bracketed(`${to}:${toPort}`),
    `${count}`,
  ])
  return {
    columns,
    rows: rows.map((cells) => Object.fromEntries(cells.map((cell, index) => [columns[index] ?? '', cell]))),
  }
}

const bcc = {name: 'tcpretrans of BCC', file: ofBcc('tcpretrans')}

describe(`tcpretrans beside ${bcc.name}`, () => {
  it('-l -s: SYN, data, FIN and tail loss probes, with sequence numbers', async function () {
    skipWithoutPeer(this, bcc)
    const flags = ['-l', '-s']
    let ports = new Set<number>()
    const {theirs, ours} = await sideBySide(
      {start: [bcc.file, flags], ready: 'STATE'},
      flags,
      async (...tools) => {
        ports = await retransmit(tools, ['L', 'R'])
      },
    )
    // It has a buffer for each version of IP, so that only the order of each connection is kept.
    compare(byPort(theirs), byPort(ours), (row) => ports.has(portOf(row)), differences)
  })

  it('-c -6: totals of IPv6 and of IPv4 on it', async function () {
    skipWithoutPeer(this, bcc)
    const flags = ['-c', '-6']
    const tracer = tstrace(['tcpretrans'])
    try {
      await tracer.firstLine
      let ports = new Set<number>()
      const {theirs, ours} = await sideBySide(
        {start: [bcc.file, flags], ready: 'Hit Ctrl-C', read: readFlows},
        flags,
        async () => {
          ports = await retransmit([tracer], ['R'])
        },
      )
      const isOfClient = (row: Row): boolean => ports.has(portOf(row))
      for (const {rows} of [theirs, ours]) {
        const counts = rows.filter(isOfClient).map(({RETRANSMITS}) => Number(RETRANSMITS))
        assert.deepEqual(
          counts,
          counts.toSorted((a, b) => a - b),
        )
      }
      // Which of equal counts comes first is up to chance.
      compare(byPort(theirs), byPort(ours), isOfClient, [
        {because: 'it does not tell a tail loss probe from a retransmit', extra: 'T>'},
        {because: 'it does not know which retransmits fail', extra: 'ERROR'},
      ])
    } finally {
      tracer.signal('SIGINT')
      await tracer.outcome
    }
  })
})

/** The rows of each port in their order. */
function byPort({columns, rows}: Table): Table {
  return {columns, rows: rows.toSorted((a, b) => portOf(a) - portOf(b))}
}

describe('tcpretrans beside tcpretrans.bt', () => {
  const folder = temporaryFolder()
  before(() => {
    // Older versions include a header of the C library, which guests do not have, for these two numbers.
    mkdirSync(join(folder.path, 'sys'))
    writeFileSync(join(folder.path, 'sys', 'socket.h'), '#define AF_INET 2\n#define AF_INET6 10\n')
  })
  after(folder.remove)

  it('SYN, data and FIN', async function () {
    const file = ofBpftrace('tcpretrans')
    skipWithoutPeer(this, {name: 'tcpretrans.bt', file})
    let ports = new Set<number>()
    // Where the tracepoint is passed, that function is not: a segment that a tail loss probe sends again.
    const {theirs, ours} = await sideBySide(
      {start: ['bpftrace', ['-I', folder.path, file]], ready: 'STATE'},
      ['--source', 'kprobe'],
      async (...tools) => {
        ports = await retransmit(tools, [])
      },
    )
    compare(theirs, ours, (row) => ports.has(portOf(row)), [
      ...differences,
      {because: 'it does not show the version of IP', extra: 'IP'},
      {because: 'it knows retransmits only', extra: 'T>'},
    ])
  })
})
