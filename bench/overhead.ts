import {execFileSync} from 'node:child_process'
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {cpus, release} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {unansweredConnection} from '../test/support/tcp.js'
import {isReady} from './peer.js'
import {cases, type Case, commandOf} from './overheadcases.js'
import {childrenOf, outputOf, Subject} from './subject.js'
import {type Figure, figuresFile, merged, readFigures} from '../scripts/overhead.js'

/**
 * What an event costs whoever causes it: `node build/bench/overhead.js`. Each round measures a call untraced and under
 * each engine, in turn; the least of all rounds counts, as whatever else runs can only add to it.
 */
const {values: options} = parseArgs({
  options: {
    rounds: {type: 'string', default: '5'},
    only: {type: 'string', multiple: true},
    source: {type: 'string', default: 'tracepoint'},
    bpftrace: {type: 'string', multiple: true},
    emulated: {type: 'boolean', default: false},
    take: {type: 'string'},
    save: {type: 'boolean', default: false},
  },
})

const engines: readonly (readonly [name: string, env: Readonly<Record<string, string>>])[] = [
  ...(options.bpftrace ?? ['bpftrace']).map((path) => {
    const version = execFileSync(path, ['--version'], {encoding: 'utf8'})
      .trim()
      .replace(/^bpftrace v/, '')
    return [
      `bpftrace ${version}`,
      {TSTRACE_ENGINE: 'bpftrace', ...(path === 'bpftrace' ? {} : {TSTRACE_BPFTRACE: path})},
    ] as const
  }),
  ['embedded', {TSTRACE_ENGINE: 'embedded'}],
]

const statistics = '/proc/sys/kernel/bpf_stats_enabled'

const found = options.take === undefined ? await measureAll() : readFigures(options.take)
if (options.save) {
  const all = merged(readFigures(figuresFile), found)
  writeFileSync(figuresFile, `[\n${all.map((figure) => `  ${JSON.stringify(figure)}`).join(',\n')}\n]\n`)
}
process.stdout.write(`${JSON.stringify(found)}\n`)

async function measureAll(): Promise<Figure[]> {
  const wanted = cases.filter(
    ({tool, source = 'tracepoint'}) =>
      (options.only === undefined || options.only.includes(tool)) && source === options.source,
  )
  const figures: Figure[] = []
  for (const each of wanted) {
    for (const figure of await measure(each)) {
      process.stderr.write(`${JSON.stringify(figure)}\n`)
      figures.push(figure)
    }
  }
  return figures
}

async function measure(each: Case): Promise<Figure[]> {
  const untraced: number[] = []
  const traced = new Map(engines.map(([name]) => [name, [] as number[]]))
  for (let round = 0; round < Number(options.rounds); round++) {
    if (each.call !== undefined) untraced.push(await callTime(each))
    for (const [name, env] of round % 2 === 0 ? engines : engines.toReversed())
      traced.get(name)?.push(...(await underTracer(each, env)))
  }
  const where = {
    kernel: release(),
    cpus: cpus().length,
    ...(options.emulated ? {emulated: true} : {}),
  }
  const whole = [...traced].filter(([, times]) => times.length > 0)
  return whole.map(([engine, times]) => ({
    tool: each.tool,
    what: each.what,
    engine,
    untraced: each.call === undefined ? null : Math.round(Math.min(...untraced)),
    traced: Math.round(Math.min(...times)),
    rounds: times.length,
    ...where,
  }))
}

/** One time; none if events were lost, as one that is lost costs less than one that is sent. */
async function underTracer(each: Case, env: Readonly<Record<string, string>>): Promise<number[]> {
  const tracer = new Subject(commandOf(each), {env})
  let lost = 0
  tracer.onLine((line) => {
    if (line.startsWith('{"type":"end"')) ({lost = 0} = JSON.parse(line) as {lost?: number})
  })
  await tracer.line(isReady)
  const took = each.call === undefined ? await probeTime(each, tracer.pid) : await callTime(each)
  await tracer.stop()
  return lost > 0 ? [] : [took]
}

/** What a call takes the process that makes it, in nanoseconds of CPU time. */
async function callTime({call = '', count = 2000, times = 5}: Case): Promise<number> {
  const program = join(import.meta.dirname, 'calls.js')
  return Number(await outputOf([process.execPath, program, call, count.toString(), times.toString()]))
}

/**
 * What a run of a program takes, in nanoseconds, as the kernel measures it: for events that happen in interrupts, which
 * are nobody's CPU time.
 */
async function probeTime({work = 'connections'}: Case, tracer: number): Promise<number> {
  const before = readFileSync(statistics, 'utf8')
  writeFileSync(statistics, '1')
  try {
    if (work === 'busy')
      await callTime({tool: '', what: '', flags: [], call: 'atoi', count: 10_000_000, times: 2})
    else await retransmits(tracer)
    const {runs, time} = busiestProgram(tracer)
    return time / runs
  } finally {
    writeFileSync(statistics, before)
  }
}

/** Connections that nobody answers, until the SYN of each was sent again. */
async function retransmits(tracer: number): Promise<void> {
  const connections = Array.from({length: 300}, () => unansweredConnection('127.0.0.1'))
  const watched = new Subject(['sleep', '60'])
  await watched.until(() => busiestProgram(tracer).runs >= connections.length)
  await watched.stop()
  for (const {close} of connections) close()
}

/** Of the programs that a process and its children hold, the one that ran most often; its time in nanoseconds. */
function busiestProgram(pid: number): {runs: number; time: number} {
  const programs = [pid, ...childrenOf(pid)].flatMap((each) => {
    const folder = `/proc/${each}/fdinfo`
    return readdirSync(folder).map((fd) => {
      const text = readFileSync(join(folder, fd), 'utf8')
      const field = (name: string): number =>
        Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0)
      return {runs: field('run_cnt'), time: field('run_time_ns')}
    })
  })
  return programs.reduce((most, each) => (each.runs > most.runs ? each : most), {runs: 0, time: 0})
}
