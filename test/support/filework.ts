import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  readvSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {isMainThread, Worker, workerData} from 'node:worker_threads'
import koffi from 'koffi'

/** File calls of a known workload. `proc`, `pipe` and `socket` read one byte from there; the last two write it before. */
export type Call =
  | 'write'
  | 'read'
  | 'readv'
  | 'proc'
  | 'pipe'
  | 'socket'
  | 'fsync'
  | 'open'
  | 'touch'
  | 'mknod'
  | 'unlink'
  | 'mkdir'
  | 'rmdir'

export interface FilePlan {
  /** Made one after the other in each thread, each so many times. */
  readonly calls: readonly (readonly [Call, number])[]
  /** A folder, best in a tmpfs: other file systems may call the VFS again. */
  readonly folder: string
  readonly threads?: number
  /** Make them in a child process, too. */
  readonly inChild?: boolean
}

const numbers = ({x64: {gettid: 186, mknodat: 259}, arm64: {gettid: 178, mknodat: 33}} as const)[
  process.arch as 'x64' | 'arm64'
]
const libc = koffi.load(null)
const syscall = libc.func('long syscall(long number, long a, str path, long mode, long device)')
const pipe = libc.func('int pipe(_Out_ int *fds)')
const socketpair = libc.func('int socketpair(int domain, int type, int protocol, _Out_ int *fds)')
const workingDirectory = -100

interface Thread {
  readonly plan: FilePlan
  readonly name: string
  /** Which round to make, how many are made, and the thread's id. */
  readonly state: Int32Array<SharedArrayBuffer>
}

/** Opens and allocates all it needs, so that the work is nothing but the calls. */
function worker({calls, folder}: FilePlan, name: string): () => void {
  const at = (prefix: string, index: number): string => join(folder, `${prefix}-${name}-${index}`)
  const byte = Buffer.alloc(1)
  const file = openSync(at('file', 0), 'w+')
  const proc = openSync('/proc/self/stat', 'r')
  const [pipeEnds, socketEnds] = [
    [0, 0],
    [0, 0],
  ]
  pipe(pipeEnds)
  socketpair(1, 1, 0, socketEnds)
  const through = ([from = -1, to = -1]: readonly number[]): void => {
    writeSync(to, byte)
    readSync(from, byte)
  }
  const make: Record<Call, (index: number) => void> = {
    write: () => void writeSync(file, byte),
    read: () => void readSync(file, byte),
    // With one buffer, node would read().
    readv: () => void readvSync(file, [byte, byte]),
    proc: () => void readSync(proc, byte, 0, 1, 0),
    pipe: () => through(pipeEnds),
    socket: () => through(socketEnds),
    fsync: () => fsyncSync(file),
    open: () => closeSync(openSync('/proc/self/stat', 'r')),
    touch: (index) => closeSync(openSync(at('touched', index), 'wx')),
    mknod: (index) =>
      void syscall(numbers.mknodat, workingDirectory, at('node', index), constants.S_IFREG | 0o600, 0),
    unlink: (index) => unlinkSync(at('node', index)),
    mkdir: (index) => mkdirSync(at('folder', index)),
    rmdir: (index) => rmdirSync(at('folder', index)),
  }
  return () => {
    for (const [call, times] of calls) for (let index = 0; index < times; index++) make[call](index)
  }
}

/** Threads wait and answer through shared memory: any other way is itself a read or a write. */
function runThread({plan, name, state}: Thread): void {
  const work = worker(plan, name)
  state[2] = Number(syscall(numbers.gettid, 0, null, 0, 0))
  Atomics.store(state, 1, 0)
  Atomics.notify(state, 1)
  for (let round = 0; ; round++) {
    Atomics.wait(state, 0, round)
    work()
    Atomics.store(state, 1, round + 1)
    Atomics.notify(state, 1)
  }
}

/** Main thread: as that of workload.ts. */
async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? '') as FilePlan
  if (process.argv[3] === 'child') {
    worker(plan, 'child')()
    return
  }
  const states = Array.from({length: plan.threads ?? 1}, (_, index) => {
    const state = new Int32Array(new SharedArrayBuffer(12))
    state[1] = -1
    const thread: Thread = {plan, name: String(index), state}
    new Worker(import.meta.filename, {workerData: thread}).unref()
    return state
  })
  const waitForAll = (round: number): void => {
    for (const state of states) Atomics.wait(state, 1, round - 1)
  }
  waitForAll(0)
  process.stdout.write(JSON.stringify({pid: process.pid, tids: states.map((state) => state[2])}) + '\n')
  let round = 0
  for await (const line of createInterface({input: process.stdin})) {
    if (line !== 'go') break
    for (const state of states) {
      Atomics.add(state, 0, 1)
      Atomics.notify(state, 0)
    }
    waitForAll(++round)
    if (plan.inChild === true)
      spawnSync(process.execPath, [import.meta.filename, process.argv[2] ?? '', 'child'])
    process.stdout.write('done\n')
  }
  process.exit(0)
}

if (isMainThread) await main()
else runThread(workerData as Thread)
