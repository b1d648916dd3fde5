import koffi from 'koffi'
import {children, cpuTime, self} from './usage.js'

/**
 * The work that is traced: `calls.js CALL COUNT TIMES` makes a call COUNT times at full speed, and that TIMES times; it
 * prints what a call took, in nanoseconds of CPU time: the least of all times, so that what else the machine does hardly counts.
 */
const name = process.argv[2] ?? ''
const count = Number(process.argv[3])
const times = Number(process.argv[4])

const libc = koffi.load(null)
const open = libc.func('int open(const char *path, int flags)')
const kill = libc.func('int kill(int pid, int signal)')
const pread = libc.func('long pread(int fd, _Out_ uint8_t *bytes, size_t count, long offset)')
const fsync = libc.func('int fsync(int fd)')
const atoi = libc.func('int atoi(const char *text)')
const spawn = libc.func(
  'int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attributes, const char **argv, const char **env)',
)
const wait = libc.func('int waitpid(int pid, void *status, int options)')

const byte = Buffer.alloc(1)
const zero = Number(open('/dev/zero', 0))
const pid = new Int32Array(1)
const words = ['/bin/true', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', null]

const calls: Readonly<Record<string, () => unknown>> = {
  // Fails: nothing is to be closed.
  open: () => open('/nonexistent/opened-by-the-benchmark', 0) as unknown,
  // Signal 0 arrives nowhere.
  kill: () => kill(process.pid, 0) as unknown,
  read: () => pread(zero, byte, 1, 0) as unknown,
  // Fails at once, so that no disk is waited for.
  fsync: () => fsync(-1) as unknown,
  atoi: () => atoi('7') as unknown,
  exec: () => {
    const failed = Number(spawn(pid, words[0], null, null, words, [null]))
    if (failed !== 0) throw new Error(`posix_spawn: errno ${failed}`)
    return wait(pid[0], null, 0) as unknown
  },
}

const call = calls[name]
if (call === undefined) throw new Error(`no such call: ${name}`)
// Until the code of the loop is compiled.
for (let at = 0; at < Math.min(count, 1000); at++) call()
const took = Array.from({length: times}, () => {
  const before = taken()
  for (let at = 0; at < count; at++) call()
  return (taken() - before) / count
})
process.stdout.write(`${JSON.stringify(Math.min(...took))}\n`)

/** What the calls took: those of this process, and of the programs that it ran. */
function taken(): number {
  return cpuTime(self) + cpuTime(children)
}
