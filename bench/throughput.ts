import {closeSync, fstatSync, openSync, readFileSync, readSync} from 'node:fs'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {print, type Measure} from './figures.js'
import {findPeer, isReady, opensnoop} from './peer.js'
import {childrenOf, cpuTimeOf, folder, outputOf, Subject} from './subject.js'

/**
 * What a process that fails to open a file at full speed pays for being traced, and what the tracers pay: untraced,
 * under bpftrace alone, under tstrace with it and the same program, and under tstrace alone (the embedded engine), each once a
 * round: `node build/bench/throughput.js`.
 */
const {values: options} = parseArgs({
  allowPositionals: true,
  options: {
    rounds: {type: 'string', default: '5'},
    events: {type: 'string', default: '300000'},
    json: {type: 'boolean', default: false},
  },
})
const rounds = Number(options.rounds)
const events = Number(options.events)
const path = '/nonexistent/opened-by-the-benchmark'
/** Opened when the work is done: an event that was sent before is not far behind it in the output. */
const lastPath = '/nonexistent/the-end-of-the-benchmark'

interface Round {
  /** Of the events made. */
  delivered: number
  lost: number
  /** CPU time of the traced process, for each open, in microseconds. */
  traced: number
  /** CPU time of the tracing processes, for each event delivered, in microseconds. */
  tracing: number
}

const peer = await findPeer()
const file = join(folder, 'output')

const untraced: number[] = []
type Name = 'embedded' | 'tstrace' | 'bpftrace'
const results: Record<Name, Round[]> = {embedded: [], tstrace: [], bpftrace: []}
const measured = {
  embedded: () => underTracer(opensnoop, {TSTRACE_ENGINE: 'embedded'}),
  tstrace: () => underTracer(opensnoop, {TSTRACE_ENGINE: 'bpftrace'}),
  bpftrace: () => underTracer(peer.argv, peer.env),
}
for (let round = 0; round < rounds; round++) {
  untraced.push((await work()).cpu)
  const names = ['bpftrace', 'tstrace', 'embedded'] as const
  for (const name of round % 2 === 0 ? names : names.toReversed()) results[name].push(await measured[name]())
}

const measures: Measure[] = [
  {name: 'untraced: CPU time of an open', unit: 'us', digits: 2, values: untraced},
  ...(['bpftrace', 'tstrace', 'embedded'] as const).flatMap((name) => rows(name, results[name])),
]
print({rounds, events, ...peer.about}, measures, options.json)

function rows(name: Name, of: readonly Round[]): Measure[] {
  const label = {bpftrace: 'bpftrace alone', tstrace: 'tstrace with bpftrace', embedded: 'tstrace alone'}[
    name
  ]
  const who = {bpftrace: 'bpftrace', tstrace: 'tstrace and bpftrace', embedded: 'tstrace'}[name]
  return [
    {name: `${label}: delivered`, unit: '%', digits: 1, values: of.map(({delivered}) => delivered * 100)},
    {name: `${label}: lost, as reported`, unit: '%', digits: 1, values: of.map(({lost}) => lost * 100)},
    {name: `${label}: CPU time of an open`, unit: 'us', digits: 2, values: of.map(({traced}) => traced)},
    {
      name: `${label}: CPU time of ${who}`,
      unit: 'us',
      digits: 2,
      values: of.map(({tracing}) => tracing),
    },
  ]
}

async function underTracer(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Round> {
  const stdout = openSync(file, 'w')
  const tracer = new Subject(argv, {env, stdout})
  closeSync(stdout)
  let ready = false
  tracer.onLine((line) => (ready ||= isReady(line)))
  await tracer.until(() => ready || readFileSync(file, 'utf8').split('\n').some(isReady))

  const pids = [tracer.pid, ...childrenOf(tracer.pid)]
  const cpuTime = (): number => pids.reduce((sum, pid) => sum + cpuTimeOf(pid), 0)
  const before = cpuTime()
  const {cpu: traced} = await work()
  await tracer.until(isLastSeen)
  const tracing = cpuTime() - before
  await tracer.stop()

  const output = readFileSync(file)
  // Others open files, too, and their events cost the same.
  const rows = count(output, '"type":"event"') + count(output, '"type": "value"')
  return {
    delivered: count(output, path) / events,
    lost: lostIn(output) / events,
    traced,
    tracing: tracing / rows,
  }
}

/** The traced process; what one open took it, in microseconds. */
async function work(): Promise<{cpu: number; clock: number}> {
  const opens = join(import.meta.dirname, 'opens.js')
  return JSON.parse(await outputOf([process.execPath, opens, events.toString(), path])) as {
    cpu: number
    clock: number
  }
}

/** Opens the last path, and again until the output ends with several: of many buffers, each was emptied since. */
function isLastSeen(): boolean {
  try {
    openSync(lastPath, 'r')
  } catch {
    // It does not exist.
  }
  return count(endOf(file), lastPath) >= 3
}

function endOf(path: string): Buffer {
  const fd = openSync(path, 'r')
  const {size} = fstatSync(fd)
  const end = Buffer.alloc(Math.min(size, 16_384))
  readSync(fd, end, 0, end.length, size - end.length)
  closeSync(fd)
  return end
}

function count(text: Buffer, wanted: string): number {
  let found = 0
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) found++
  return found
}

/** Both tell of a loss when they see it; tstrace's last line has the whole number. */
function lostIn(output: Buffer): number {
  const text = output.toString('latin1')
  const total = /^\{"type":"end".*"lost":(\d+)/m.exec(text)?.[1]
  if (total !== undefined) return Number(total)
  const reports = text.matchAll(/^\{"type": "lost_events", "data": \{"events": (\d+)\}\}/gm)
  return [...reports].reduce((sum, [, lost]) => sum + Number(lost), 0)
}
