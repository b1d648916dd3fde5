import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {parentPort, Worker, workerData} from 'node:worker_threads'
import koffi from 'koffi'
import {type Send, sendSignals, startChild} from './signals.js'

/** One system call of a known workload, made `times` times. Paths are bytes, written in latin1; null is NULL. */
export interface Open {
  readonly call: 'open' | 'creat' | 'openat' | 'openat2'
  readonly path: string | null
  readonly flags?: number
  readonly mode?: number
  /** A directory whose descriptor the path is relative to. */
  readonly directory?: string
  readonly times?: number
}

/** What a workload process does when it is told to go. */
export interface Plan {
  readonly opens?: readonly Open[]
  /** Sent after the opens. */
  readonly signals?: readonly Send[]
  /** Name of the threads that make the calls; the main thread's too. */
  readonly comm?: string
  readonly uid?: number
  readonly workingDirectory?: string
  /** Make the calls in so many threads besides the main one, each all of them; otherwise in the main thread. */
  readonly threads?: number
}

const numbers =
  (
    {
      x64: {open: 2, creat: 85, openat: 257, openat2: 437, gettid: 186, prctl: 157},
      arm64: {open: -1, creat: -1, openat: 56, openat2: 437, gettid: 178, prctl: 167},
    } as Record<string, Record<string, number>>
  )[process.arch] ?? {}
const setName = 15
const workingDirectoryFd = -100

const libc = koffi.load(null)
const syscall = libc.func('long syscall(long number, long a, void *b, long c, long d)')
const syscallPath = libc.func('long syscall(long number, void *path, long flags, long mode)')
const close = libc.func('int close(int fd)')
const prctl = libc.func('int prctl(int option, void *name)')

/** Makes the calls of a plan and closes what they opened. */
function work({opens = [], signals = []}: Plan, child: number): void {
  for (const {call, path, flags = 0, mode = 0, directory, times = 1} of opens) {
    const bytes = path === null ? null : Buffer.from(`${path}\0`, 'latin1')
    const at = directory === undefined ? workingDirectoryFd : openDirectory(directory)
    const how = Buffer.alloc(24)
    how.writeBigUInt64LE(BigInt(flags), 0)
    how.writeBigUInt64LE(BigInt(mode), 8)
    for (let round = 0; round < times; round++) {
      const number = numbers[call]
      const fd =
        call === 'open'
          ? syscallPath(number, bytes, flags, mode)
          : call === 'creat'
            ? syscallPath(number, bytes, mode, 0)
            : syscallAt(
                number,
                at,
                bytes,
                call === 'openat2' ? how : flags,
                call === 'openat2' ? how.length : mode,
              )
      if (Number(fd) >= 0) close(Number(fd))
    }
  }
  sendSignals(signals, child)
}

const directories = new Map<string, number>()

/** Opened before the work begins, so that it is not among the calls. */
function openDirectory(path: string): number {
  let fd = directories.get(path)
  if (fd === undefined) {
    fd = Number(
      syscallAt(numbers['openat'], workingDirectoryFd, Buffer.from(`${path}\0`, 'latin1'), 0o200000, 0),
    )
    directories.set(path, fd)
  }
  return fd
}

function syscallAt(
  number: number | undefined,
  at: number,
  path: Buffer | null,
  third: number | Buffer,
  fourth: number,
): unknown {
  const flags = typeof third === 'number' ? third : koffi.address(third)
  return syscall(number, at, path, flags, fourth)
}

function prepare(plan: Plan): number {
  if (plan.comm !== undefined) prctl(setName, Buffer.from(`${plan.comm}\0`, 'latin1'))
  for (const {directory} of plan.opens ?? []) if (directory !== undefined) openDirectory(directory)
  return Number(syscall(numbers['gettid'], 0, null, 0, 0))
}

/**
 * Main thread: says who it is, waits for `go`, works, says `done`, waits for the end of its input. A line of JSON is
 * another plan, whose calls it makes at once, for a tracer that is to show that it is there; the answers are `did 1`,
 * `did 2` ...
 */
async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? '') as Plan
  if (plan.workingDirectory !== undefined) process.chdir(plan.workingDirectory)
  if (plan.uid !== undefined) process.setuid?.(plan.uid)
  const child = plan.signals === undefined ? 0 : (startChild().pid ?? 0)
  const workers = Array.from(
    {length: plan.threads ?? 0},
    () => new Worker(import.meta.filename, {workerData: {plan, child}}),
  )
  const tids = await Promise.all(
    workers.map(async (worker) => ((await once(worker, 'message')) as [number])[0]),
  )
  const own = prepare(plan)
  const who = {pid: process.pid, tids: workers.length > 0 ? tids : [own], child}
  process.stdout.write(JSON.stringify(who) + '\n')
  let others = 0
  for await (const line of createInterface({input: process.stdin})) {
    if (line.startsWith('{')) {
      const other = JSON.parse(line) as Plan
      prepare(other)
      work(other, child)
      prepare(plan)
      process.stdout.write(`did ${++others}\n`)
      continue
    }
    if (line !== 'go') break
    if (workers.length === 0) work(plan, child)
    const done = workers.map((worker) => once(worker, 'message'))
    for (const worker of workers) worker.postMessage('go')
    await Promise.all(done)
    process.stdout.write('done\n')
  }
  process.exit(0)
}

if (parentPort === null) {
  await main()
} else {
  const port = parentPort
  const {plan, child} = workerData as {plan: Plan; child: number}
  port.on('message', () => {
    work(plan, child)
    port.postMessage('done')
  })
  port.postMessage(prepare(plan))
}
