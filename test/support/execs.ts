import {once} from 'node:events'
import {constants, mkdtempSync, openSync, rmSync, writeSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {Worker, workerData} from 'node:worker_threads'
import koffi from 'koffi'

/** A child that execs, `times` times. Texts are bytes, written in latin1. */
export interface Spawn {
  readonly file: string
  readonly argv: readonly string[]
  /** What is put in memory that nobody has touched: the texts of argv, or also the pointers to them. */
  readonly untouched?: 'texts' | 'all'
  readonly times?: number
}

/** The workload itself becomes another program, which has to say `done`. */
export interface Replacement {
  readonly call: 'execve' | 'execveat'
  readonly file: string
  readonly argv: readonly string[]
  /** What is opened for the descriptor that execveat gets; its flags. */
  readonly directory?: string
  readonly flags?: number
  /** Make the call in a thread that is not the first one. */
  readonly inThread?: boolean
}

/** What the workload does when it is told to go. */
export interface ExecPlan {
  readonly spawns?: readonly Spawn[]
  readonly replacements?: readonly Replacement[]
  readonly comm?: string
  readonly uid?: number
  readonly path?: string
}

const numbers =
  (
    {
      x64: {execve: 59, execveat: 322, prctl: 157},
      arm64: {execve: 221, execveat: 281, prctl: 167},
    } as Record<string, Record<string, number>>
  )[process.arch] ?? {}
const setName = 15
const setDescriptorFlags = 2
const workingDirectoryFd = -100
const privateMapping = 2
const readable = 1

const libc = koffi.load(null)
const schedGetcpu = libc.func('int sched_getcpu()')
const schedSetaffinity = libc.func('int sched_setaffinity(int thread, size_t size, void *mask)')
const posixSpawn = libc.func(
  'int posix_spawn(_Out_ int *pid, void *path, void *actions, void *attributes, intptr_t argv, void *envp)',
)
const waitpid = libc.func('int waitpid(int pid, void *status, int options)')
const fcntl = libc.func('int fcntl(int fd, int command, long value)')
const prctl = libc.func('int prctl(int option, void *name)')
const mmap = libc.func('intptr_t mmap(void *at, size_t size, int protection, int flags, int fd, long offset)')
const execve = libc.func('long syscall(long number, void *path, void *argv, void *envp)')
const execveat = libc.func(
  'long syscall(long number, long fd, void *path, void *argv, void *envp, long flags)',
)

const bytes = (text: string): Buffer => Buffer.from(`${text}\0`, 'latin1')

/** Pointers to texts, and NULL; `texts` must be kept for as long. */
function pointers(texts: readonly Buffer[]): Buffer {
  return addresses(texts.map((text) => koffi.address(text)))
}

function addresses(list: readonly bigint[]): Buffer {
  const array = Buffer.alloc(8 * (list.length + 1))
  for (const [index, address] of list.entries()) array.writeBigUInt64LE(address, 8 * index)
  return array
}

/** Texts and pointers to them in a mapped file: nothing of it is in memory before somebody reads it. */
function mapped(argv: readonly string[]): {texts: bigint[]; array: bigint} {
  const folder = mkdtempSync(join(tmpdir(), 'tstrace-test-'))
  const fd = openSync(join(folder, 'argv'), 'w+')
  rmSync(folder, {recursive: true})
  const size = 1 << 20
  writeSync(fd, Buffer.alloc(size))
  const base = BigInt(mmap(null, size, readable, privateMapping, fd, 0) as number)
  let at = 8192
  const texts = argv.map((text) => {
    const place = at
    at += writeSync(fd, bytes(text), 0, null, at)
    return base + BigInt(place)
  })
  const array = addresses(texts)
  writeSync(fd, array, 0, array.length, 0)
  return {texts, array: base}
}

function spawn({file, argv, untouched, times = 1}: Spawn, environment: Buffer): void {
  for (let round = 0; round < times; round++) {
    const texts = argv.map(bytes)
    const fresh = untouched === undefined ? undefined : mapped(argv)
    const array = fresh === undefined ? pointers(texts) : addresses(fresh.texts)
    const pid = [0]
    const at = untouched === 'all' ? fresh?.array : koffi.address(array)
    if (posixSpawn(pid, bytes(file), null, null, at, environment) === 0) waitpid(pid[0], null, 0)
  }
}

/** Returns only if it failed. */
function replace({call, file, argv, directory, flags = 0}: Replacement, environment: Buffer): void {
  const texts = argv.map(bytes)
  const array = pointers(texts)
  // Node has its standard streams closed by an exec.
  for (const fd of [0, 1, 2]) fcntl(fd, setDescriptorFlags, 0)
  if (call === 'execve') {
    execve(numbers['execve'], bytes(file), array, environment)
    return
  }
  const fd = directory === undefined ? workingDirectoryFd : openSync(directory, constants.O_RDONLY)
  execveat(numbers['execveat'], fd, bytes(file), array, environment, flags)
}

/** Keeps this thread and its children on one CPU: across CPUs, bpftrace 0.17 does not keep the order of events. */
function stayHere(): void {
  const cpu = Number(schedGetcpu())
  const mask = Buffer.alloc(128)
  mask[cpu >> 3] = 1 << (cpu & 7)
  schedSetaffinity(0, mask.length, mask)
}

/** As that of workload.ts. */
async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? '') as ExecPlan
  stayHere()
  if (plan.uid !== undefined) process.setuid?.(plan.uid)
  if (plan.comm !== undefined) prctl(setName, bytes(plan.comm))
  const path = bytes(`PATH=${plan.path ?? '/usr/bin:/bin'}`)
  const environment = pointers([path])
  const threads = plan.replacements?.map((replacement) =>
    replacement.inThread === true ? new Worker(import.meta.filename, {workerData: replacement}) : undefined,
  )
  for (const worker of threads ?? []) if (worker !== undefined) await once(worker, 'online')
  process.stdout.write(JSON.stringify({pid: process.pid, tids: [process.pid]}) + '\n')
  let others = 0
  for await (const line of createInterface({input: process.stdin})) {
    if (line.startsWith('{')) {
      for (const each of (JSON.parse(line) as ExecPlan).spawns ?? []) spawn(each, environment)
      process.stdout.write(`did ${++others}\n`)
      continue
    }
    if (line !== 'go') break
    for (const each of plan.spawns ?? []) spawn(each, environment)
    for (const [index, replacement] of (plan.replacements ?? []).entries()) {
      const worker = threads?.[index]
      if (worker === undefined) replace(replacement, environment)
      else {
        worker.postMessage('go')
        await once(worker, 'message')
      }
    }
    process.stdout.write('done\n')
  }
  process.exit(0)
}

if (workerData === null) await main()
else {
  const {parentPort} = await import('node:worker_threads')
  parentPort?.on('message', () => {
    replace(workerData as Replacement, pointers([]))
    parentPort.postMessage('failed')
  })
}
