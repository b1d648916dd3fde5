import {spawnSync} from 'node:child_process'
import {
  closeSync,
  constants,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import koffi from 'koffi'
import {Machine} from '#src/engine/kernel/machine.js'
import {countedCall, countedName, workName} from '../differential/scripts.js'
import {blockedCgroup} from './egress.js'
import {sendSignals, startChild} from './signals.js'
import {TcpSocket} from './tcp.js'

/**
 * A process that does what a script of bpftrace's shows, so many times. It first writes its process id and that of a
 * child, which gets signals; each line that it reads names a piece of work, and where to write if it needs that. It answers with the ids of the processes
 * that it started for it, as JSON.
 */
export type Work = keyof typeof works

const numbers =
  (
    {
      x64: {nanosleep: 35, setuid: 105, setresuid: 117, setfsuid: 122},
      arm64: {nanosleep: 101, setuid: 146, setresuid: 147, setfsuid: 151},
    } as Record<string, Record<string, number>>
  )[process.arch] ?? {}
const libc = koffi.load(null)
const prctl = libc.func('int prctl(int option, const char *name)')
const syscall = libc.func('long syscall(long number, long a, long b, long c)')
const syscallPointer = libc.func('long syscall(long number, void *a, void *b)')
const msync = libc.func('int msync(long address, size_t length, int flags)')
const syncfs = libc.func('int syncfs(int fd)')
const syncRange = libc.func('int sync_file_range(int fd, int64_t from, int64_t length, uint32_t flags)')
const getaddrinfo = libc.func(
  'int getaddrinfo(const char *node, void *service, void *hints, _Out_ void **found)',
)
const dlsym = libc.func('void *dlsym(void *library, const char *name)')
const pthreadCreate = libc.func(
  'int pthread_create(_Out_ uint64_t *thread, void *options, void *start, void *value)',
)
const pthreadJoin = libc.func('int pthread_join(uint64_t thread, void *result)')
const pwrite = libc.func('long pwrite(int fd, void *bytes, size_t length, long at)')
const alignedAlloc = libc.func('void *aligned_alloc(size_t alignment, size_t size)')

const setName = 15
const noSuchProcess = 2 ** 22 - 1

function times(count: number, make: (round: number) => void): void {
  for (let round = 0; round < count; round++) make(round)
}

/** What is begun only when it is needed: nothing of it is to be seen in other works. */
const works = {
  readline: () => {
    const lines = Array.from({length: 22}, (_, round) => `: line ${round}\n`).join('')
    return spawnSync('bash', ['--norc', '--noprofile', '-i'], {input: `${lines}exit\n`}).pid
  },
  execs: () =>
    Array.from({length: 23}, (_, round) => spawnSync('/bin/true', ['marked', `${round}`, 'two words']).pid),
  resolve: () =>
    times(23, (round) => void getaddrinfo(round % 2 === 0 ? '127.0.0.1' : '::1', null, null, [null])),
  kill: () =>
    sendSignals(
      [
        {call: 'kill', signal: 0, to: 'child', times: 23},
        {call: 'kill', signal: 10, to: noSuchProcess, times: 7},
      ],
      child.pid ?? 0,
    ),
  naps: () => {
    const [nap, none] = [new BigInt64Array([0n, 2_000_003n]), new BigInt64Array([0n, 0n])]
    times(23, () => void syscallPointer(numbers['nanosleep'], nap, null))
    times(5, () => void syscallPointer(numbers['nanosleep'], none, null))
  },
  opens: (folder: string) => {
    times(23, (round) => missing(() => openSync(`/nx/missing ${round % 3}`, 'r')))
    const path = join(folder, 'opened')
    times(7, () => closeSync(openSync(path, 'w')))
  },
  // Only of this thread: the C library would tell the others, too. No privilege is lost before all ids are others.
  setuids: () => {
    times(5, () => void syscall(numbers['setuid'], 0, 0, 0))
    times(7, () => void syscall(numbers['setfsuid'], 1007, 0, 0))
    void syscall(numbers['setfsuid'], 0, 0, 0)
    void syscall(numbers['setresuid'], 1001, 1002, 0)
    times(3, () => void syscall(numbers['setresuid'], 5, 6, 7))
    void syscall(numbers['setuid'], 99, 0, 0)
    void syscall(numbers['setresuid'], 0, 0, -1)
  },
  // Without a connection, each fails at once.
  ssl: () => {
    // Deep, as Node has an OpenSSL of its own, which another release of this library crashes with.
    const ssl = koffi.load('libssl.so.3', {deep: true})
    const context = ssl.func('void *SSL_CTX_new(void *method)')(ssl.func('void *TLS_client_method()')())
    const connection = ssl.func('void *SSL_new(void *context)')(context)
    const shake = ssl.func('int SSL_do_handshake(void *ssl)')
    const write = ssl.func('int SSL_write(void *ssl, const char *bytes, int length)')
    const read = ssl.func('int SSL_read(void *ssl, _Out_ uint8_t *bytes, int length)')
    times(23, () => void shake(connection))
    times(7, () => void write(connection, 'x', 1))
    times(5, () => void read(connection, Buffer.alloc(1), 1))
  },
  stats: (folder: string) => {
    times(23, (round) => void statSync(`/nx/missing ${round % 3}`, {throwIfNoEntry: false}))
    times(7, () => void statSync(folder))
    times(5, () => void statfsSync(folder))
  },
  syncs: () => {
    const path = `/dev/shm/tstrace-${process.pid}`
    const fd = openSync(path, 'w')
    times(23, () => fsyncSync(fd))
    times(7, () => fdatasyncSync(fd))
    times(5, () => void syncfs(fd))
    times(3, () => void msync(0, 0, 4))
    times(2, () => void syncRange(fd, 0, 0, 0))
    closeSync(fd)
    rmSync(path)
  },
  calls: () => {
    prctl(setName, countedName)
    times(30_011, () => void syscall(countedCall, -1, 0, 0))
    prctl(setName, workName)
  },
  drops: async () => {
    const {inside, remove} = await blockedCgroup(new Machine().cgroup2[0] ?? '')
    const listener = new TcpSocket('127.0.0.1').listen(1)
    times(23, () => inside(() => new TcpSocket('127.0.0.1').connect(listener.port)).close())
    listener.close()
    remove()
  },
  threads: () => {
    const start = dlsym(null, 'getppid')
    times(23, () => {
      const thread = [0]
      pthreadCreate(thread, null, start, null)
      pthreadJoin(thread[0], null)
    })
  },
  // The kernel asks for the capability though no id changes.
  checks: () => times(23, () => void syscall(numbers['setuid'], 0, 0, 0)),
  /** @param path a block device, or a file that has its blocks */
  blocks: (path: string) => {
    const fd = openSync(path, constants.O_WRONLY | constants.O_DIRECT)
    const bytes = alignedAlloc(4096, 8192)
    times(23, (round) => void pwrite(fd, bytes, 4096, round * 16_384))
    times(7, (round) => void pwrite(fd, bytes, 8192, 2 ** 19 + round * 16_384))
    closeSync(fd)
  },
  connections: () => {
    for (const address of ['127.0.0.1', '::1'] as const) {
      const listener = new TcpSocket(address).listen(7)
      times(23, () => {
        const client = new TcpSocket(address).connect(listener.port)
        const server = listener.accept()
        times(2, () => client.send('x'.repeat(4096)))
        // The client ends first, and its process is the one that is shown.
        client.close()
        server.close()
      })
      listener.close()
    }
  },
  folders: (folder: string) => {
    const [path, other] = [join(folder, 'made'), join(folder, 'renamed')]
    times(23, () => {
      mkdirSync(path)
      rmdirSync(path)
    })
    symlinkSync('nowhere', path)
    times(7, (round) => (round % 2 === 0 ? renameSync(path, other) : renameSync(other, path)))
    rmSync(other)
    times(5, (round) => writeFileSync(join(folder, `created ${round}`), 'text', {flush: true}))
    times(5, (round) => rmSync(join(folder, `created ${round}`)))
  },
}

function missing(open: () => unknown): void {
  try {
    open()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

let child: ReturnType<typeof startChild>

async function main(): Promise<void> {
  child = startChild()
  prctl(setName, workName)
  process.stdout.write(`${process.pid} ${child.pid}\n`)
  for await (const line of createInterface({input: process.stdin})) {
    const [work = '', ...path] = line.split(' ')
    const pids = await works[work as Work](path.join(' '))
    process.stdout.write(`did ${JSON.stringify([pids ?? []].flat())}\n`)
  }
  child.kill()
  process.exit()
}

if (process.argv[1] === import.meta.filename) await main()
