import koffi from 'koffi'

/**
 * The work that is traced: `opens.js COUNT PATH` fails to open PATH so many times at full speed, and prints what one
 * took, in microseconds: CPU time and time on the clock.
 */
const count = Number(process.argv[2])
const path = process.argv[3] ?? ''
const open = koffi.load(null).func('int open(const char *path, int flags)') as (
  path: string,
  flags: number,
) => number

const cpu = process.cpuUsage()
const began = performance.now()
for (let at = 0; at < count; at++) open(path, 0)
const {user, system} = process.cpuUsage(cpu)
const clock = (performance.now() - began) * 1000
process.stdout.write(`${JSON.stringify({cpu: (user + system) / count, clock: clock / count})}\n`)
