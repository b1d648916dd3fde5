import {closeSync, fstatSync, openSync, readFileSync, readSync} from 'node:fs'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {print, type Measure} from './figures.js'
import {findTracers, type Tracer} from './tracers.js'
import {childrenOf, cpuTimeOf, folder, outputOf, peakMemoryOf, Subject} from './subject.js'

/**
 * What a process that fails to open a file again and again pays for being traced, and what the tracers pay, each once a
 * round: `node build/bench/throughput.js`.
 */
const {values: options} = parseArgs({
  allowPositionals: true,
  options: {
    rounds: {type: 'string', default: '11'},
    events: {type: 'string', default: '300000'},
    rate: {type: 'string', default: 'Infinity'},
    bpftrace: {type: 'string', multiple: true, default: ['bpftrace']},
    script: {type: 'string', default: '/usr/sbin/opensnoop.bt'},
    other: {type: 'string', multiple: true, default: []},
    only: {type: 'string', default: ''},
    json: {type: 'boolean', default: false},
  },
})
const rounds = Number(options.rounds)
const events = Number(options.events)
const path = '/nonexistent/opened-by-the-benchmark'
/** Opened until it is seen: every probe is attached. */
const firstPath = '/nonexistent/the-beginning-of-the-benchmark'
/** Opened when the work is done: an event that was sent before is not far behind it in the output. */
const lastPath = '/nonexistent/the-end-of-the-benchmark'

interface Round {
  /** Of the events made. */
  delivered: number
  /** CPU time of the traced process, for each open, in microseconds. */
  traced: number
  /** CPU time of the tracing processes, for each event delivered, in microseconds. */
  tracing: number
  /** The most memory they had, in MB. */
  memory: number
}

const {tracers: all, about} = await findTracers(options.bpftrace, options.script, options.other)
const tracers = all.filter(({name}) => new RegExp(options.only).test(name))
const file = join(folder, 'output')

const untraced: number[] = []
const results = new Map(tracers.map((tracer) => [tracer, [] as Round[]]))
for (let round = 0; round < rounds; round++) {
  untraced.push((await work()).cpu)
  // The other way round every second time, so that nobody always comes first.
  for (const tracer of round % 2 === 0 ? tracers : tracers.toReversed())
    results.get(tracer)?.push(await measured(tracer))
}

const measures: Measure[] = [
  {name: 'untraced: CPU time of an open', unit: 'us', digits: 2, values: untraced},
  ...[...results].flatMap(([{name}, of]): Measure[] => [
    {name: `${name}: delivered`, unit: '%', digits: 1, values: of.map(({delivered}) => delivered * 100)},
    {name: '  CPU time of an open', unit: 'us', digits: 2, values: of.map(({traced}) => traced)},
    {name: '  CPU time of the tracer', unit: 'us', digits: 2, values: of.map(({tracing}) => tracing)},
    {name: '  peak memory of the tracer', unit: 'MB', digits: 0, values: of.map(({memory}) => memory)},
  ]),
]
print({rounds, events, rate: options.rate, ...about}, measures, options.json)

async function measured({argv, env}: Tracer): Promise<Round> {
  const stdout = openSync(file, 'w')
  const tracer = new Subject(argv, {env, stdout})
  closeSync(stdout)
  await tracer.until(() => opensSeen(firstPath, 20) > 0)

  const pids = [tracer.pid, ...childrenOf(tracer.pid)]
  const cpuTime = (): number => pids.reduce((sum, pid) => sum + cpuTimeOf(pid), 0)
  const linesBefore = count(readFileSync(file), '\n')
  const before = cpuTime()
  const {cpu: traced} = await work()
  // Of many buffers, each was emptied since.
  await tracer.until(() => opensSeen(lastPath, 1) >= 3)
  const tracing = cpuTime() - before
  const memory = pids.reduce((sum, pid) => sum + peakMemoryOf(pid), 0)
  await tracer.stop()

  const output = readFileSync(file)
  // Others open files, too, and their events cost the same.
  const rows = count(output, '\n') - linesBefore
  return {delivered: count(output, path) / events, traced, tracing: tracing / rows, memory}
}

/** The traced process; what one open took it, in microseconds. */
async function work(): Promise<{cpu: number; clock: number}> {
  const opens = join(import.meta.dirname, 'opens.js')
  const args = [opens, events.toString(), path, options.rate]
  return JSON.parse(await outputOf([process.execPath, ...args])) as {cpu: number; clock: number}
}

/** Opens a path that does not exist some times, and says how often it is at the end of the output. */
function opensSeen(missing: string, times: number): number {
  for (let time = 0; time < times; time++) {
    try {
      openSync(missing, 'r')
    } catch {
      // It does not exist.
    }
  }
  return count(endOf(file), missing)
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
