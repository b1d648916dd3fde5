import {execFileSync} from 'node:child_process'
import {parseArgs} from 'node:util'
import {print, type Measure} from './figures.js'
import {tstrace} from './subject.js'
import {children, cpuTime} from './usage.js'

/**
 * How long one waits for TAB, and what of it is CPU time: `node build/bench/completion.js`. Each round asks for each line once, as
 * the shells' scripts do.
 */
const {values: options} = parseArgs({
  options: {rounds: {type: 'string', default: '11'}, json: {type: 'boolean', default: false}},
})
const lines = [
  'tstrace open',
  'tstrace opensnoop --f',
  'tstrace opensnoop -f O_',
  'tstrace opensnoop -p ',
  'tstrace opensnoop -u ro',
  'tstrace killsnoop -s SIG',
  'tstrace funccount vfs_',
  'tstrace funccount t:sched:',
  'tstrace funccount c:get',
]

const waited: Record<string, number[]> = Object.fromEntries(lines.map((line) => [line, []]))
const used: Record<string, number[]> = Object.fromEntries(lines.map((line) => [line, []]))
for (let round = 0; round <= Number(options.rounds); round++) {
  for (const line of lines) {
    const [began, before] = [performance.now(), cpuTime(children)]
    execFileSync(tstrace[0] ?? '', [
      ...tstrace.slice(1),
      '__complete',
      'bash',
      line,
      `${line.length}`,
      '"\'><=;|&(:',
      '9',
    ])
    // The first round warms the page cache.
    if (round === 0) continue
    waited[line]?.push(performance.now() - began)
    used[line]?.push((cpuTime(children) - before) / 1e6)
  }
}
const rows = (name: string, of: Record<string, number[]>): Measure[] =>
  lines.map((line) => ({name: `${line}<TAB>, ${name}`, unit: 'ms', digits: 0, values: of[line] ?? []}))
print(
  {rounds: options.rounds, node: process.version},
  [...rows('clock', waited), ...rows('CPU', used)],
  options.json,
)
