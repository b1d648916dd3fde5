import {setTimeout as sleep} from 'node:timers/promises'
import koffi from 'koffi'

/**
 * The work that is traced: `opens.js COUNT PATH [RATE]` fails to open PATH so many times, at full speed or so many times a
 * second, and prints what one took, in microseconds: CPU time and time on the clock.
 */
const count = Number(process.argv[2])
const path = process.argv[3] ?? ''
const rate = Number(process.argv[4] ?? Infinity)
const open = koffi.load(null).func('int open(const char *path, int flags)') as (
  path: string,
  flags: number,
) => number

const cpu = process.cpuUsage()
const began = performance.now()
for (let at = 0; at < count;) {
  const due = rate === Infinity ? count : Math.min(count, ((performance.now() - began) / 1000) * rate)
  for (; at < due; at++) open(path, 0)
  if (at < count) await sleep(1)
}
const {user, system} = process.cpuUsage(cpu)
const clock = (performance.now() - began) * 1000
process.stdout.write(`${JSON.stringify({cpu: (user + system) / count, clock: clock / count})}\n`)
