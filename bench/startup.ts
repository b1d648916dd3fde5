import {parseArgs} from 'node:util'
import {print, type Measure} from './figures.js'
import {findPeer, isReady, opensnoop} from './peer.js'
import {Subject, tstrace} from './subject.js'

/**
 * How long opensnoop takes to trace, beside bpftrace alone with the same program: `node build/bench/startup.js`.
 * Each round runs everything once, so that what slows the machine down for a while slows down all.
 */
const {values: options} = parseArgs({
  allowPositionals: true,
  options: {rounds: {type: 'string', default: '11'}, json: {type: 'boolean', default: false}},
})
const rounds = Number(options.rounds)

const peer = await findPeer()
const measured = {
  embedded: () => untilReady(opensnoop, {TSTRACE_ENGINE: 'embedded'}),
  whole: () => untilReady(opensnoop, {TSTRACE_ENGINE: 'bpftrace'}),
  alone: () => untilReady(peer.argv, peer.env),
  node: () => new Subject([process.execPath, '-e', '0']).end(),
  version: () => new Subject([...tstrace, '--version']).end(),
  help: () => new Subject([...tstrace, 'opensnoop', '--help']).end(),
}
type Name = keyof typeof measured

const times: Record<Name, number[]> = {embedded: [], whole: [], alone: [], node: [], version: [], help: []}
for (let round = 0; round <= rounds; round++) {
  for (const [name, measure] of Object.entries(measured) as [Name, () => Promise<number>][]) {
    const took = await measure()
    // The first round warms the page cache.
    if (round > 0) times[name].push(took)
  }
}

const own = times.whole.map((whole, round) => whole - (times.alone[round] ?? NaN))
const measures: Measure[] = [
  row('tstrace opensnoop --json with bpftrace, to its first line', times.whole),
  row('the same with the embedded engine', times.embedded),
  {
    name: 'embedded engine / with bpftrace',
    unit: '',
    digits: 2,
    values: times.embedded.map((own, round) => own / (times.whole[round] ?? NaN)),
  },
  row('bpftrace alone, to its ready marker', times.alone),
  row("tstrace's own share", own),
  ratio("tstrace's own share / bpftrace alone", own),
  ratio('tstrace / bpftrace alone', times.whole),
  row('node -e 0', times.node),
  row('tstrace --version', times.version),
  row('tstrace opensnoop --help', times.help),
]
print({rounds, ...peer.about}, measures, options.json)

async function untilReady(argv: readonly string[], env = {}): Promise<number> {
  const subject = new Subject(argv, {env})
  const took = await subject.line(isReady)
  await subject.stop()
  return took
}

function row(name: string, values: readonly number[]): Measure {
  return {name, unit: 'ms', digits: 0, values}
}

/** Round by round, so that both parts of a ratio were measured within seconds of each other. */
function ratio(name: string, values: readonly number[]): Measure {
  return {
    name,
    unit: '',
    digits: 2,
    values: values.map((value, round) => value / (times.alone[round] ?? NaN)),
  }
}
