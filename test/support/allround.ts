import {spawn, spawnSync} from 'node:child_process'
import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmdirSync,
  writeSync,
} from 'node:fs'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import koffi from 'koffi'
import {TcpSocket} from './tcp.js'

/**
 * A process that does a little of everything when it is told to go, so that any tool has something to show, or that uses
 * a second of CPU time when it is told to be busy; it says when it is done. Arguments: a folder with the programs `mount` and `main`; a block device to write to, if there is one.
 * It first writes its process id and that of a child, which gets the signals.
 */
const [folder = '', device = ''] = process.argv.slice(2)

/** A user that is not root; no name is needed. */
const user = 1000

/** Linux shows it where the tools filter by a part of a name. */
process.title = 'mained'

const libc = koffi.load('libc.so.6')
const malloc = libc.func('void *malloc(size_t size)')
const free = libc.func('void free(void *memory)')
const write = libc.func('long write(int fd, const void *bytes, size_t length)')
const read = libc.func('long read(int fd, _Out_ uint8_t *bytes, size_t length)')
const open = libc.func('int open(const char *path, int flags)')
const puts = libc.func('int puts(const char *text)')
const sleep = libc.func('unsigned int sleep(unsigned int seconds)')
const nanosleep = libc.func('int nanosleep(const void *time, void *left)')
const epollCreate = libc.func('int epoll_create1(int flags)')
const syscall = libc.func('long syscall(long number, long a, void *b, long c, long d)')
const getsFromFile = libc.func('char *gets(_Out_ uint8_t *line)')

function files(): void {
  closeSync(openSync('/etc/hosts', 'r'))
  closeSync(openSync(join(folder, 'sample.txt'), constants.O_CREAT | constants.O_WRONLY))
  // By its name alone, which some compare with the whole path.
  process.chdir(folder)
  closeSync(openSync('sample.txt', constants.O_WRONLY))
  const fd = openSync(join(folder, 'test.txt'), constants.O_CREAT | constants.O_RDWR)
  for (let n = 0; n < 23; n++) writeSync(fd, 'some bytes\n')
  fsyncSync(fd)
  readSync(fd, Buffer.alloc(8), 0, 8, 0)
  closeSync(fd)
  try {
    openSync('/nx/missing', 'r')
  } catch {
    // It is meant to fail.
  }
  mkdirSync(join(folder, 'made'))
  readdirSync(folder)
  rmdirSync(join(folder, 'made'))
  if (device !== '') {
    const block = openSync(device, 'w')
    writeSync(block, Buffer.alloc(4096))
    fsyncSync(block)
    closeSync(block)
  }
}

function programs(): void {
  for (const name of ['mount', 'main']) spawnSync(join(folder, name), ['testpkg'])
  spawnSync(join(folder, 'missing'))
  spawnSync(join(folder, 'mount'), [], {uid: user})
  spawnSync('cat', ['/etc/hosts'], {uid: user})
  // The shell calls fork(), and is the parent of another program.
  spawnSync('sh', ['-c', '(true); cat /dev/null; true'])
}

function signals(): void {
  process.kill(target, 0)
  process.kill(target, 'SIGTERM')
  process.kill(target, 'SIGKILL')
  try {
    process.kill(2 ** 22 - 1, 0)
  } catch {
    // There is none.
  }
}

function library(): void {
  for (let n = 0; n < 23; n++) free(malloc(16))
  closeSync(Number(open('test.txt', constants.O_RDONLY)))
  const fd = Number(open('/dev/zero', constants.O_RDONLY))
  read(fd, Buffer.alloc(100), 100)
  closeSync(fd)
  write(1, Buffer.from('\n'), 1)
  puts('hello')
  sleep(0)
  nanosleep(Buffer.alloc(16), null)
  if (process.arch === 'x64') syscall(232, epollCreate(0), Buffer.alloc(12), 1, 0) // epoll_wait
}

function network(): void {
  for (const address of ['127.0.0.1', '::1'] as const) {
    const listener = new TcpSocket(address).listen(1)
    const client = new TcpSocket(address).connect(listener.port)
    const server = listener.accept()
    for (let n = 0; n < 23; n++) client.send('hello')
    for (const each of [client, server, listener]) each.close()
  }
}

function busy(): void {
  // Enough for samples nine times a second.
  while (process.cpuUsage().user < 1_000_000);
}

function everything(): void {
  files()
  programs()
  signals()
  library()
  network()
  spawnSync(process.execPath, [import.meta.filename, 'gets'], {input: 'snooped\n'})
}

if (folder === 'gets') {
  getsFromFile(Buffer.alloc(64))
  process.exit()
}

const target = spawn('sleep', ['1000'], {stdio: 'ignore'}).pid ?? 0
process.stdout.write(`${process.pid} ${target}\n`)
for await (const line of createInterface({input: process.stdin})) {
  if (line === 'busy') busy()
  else everything()
  process.stdout.write('done\n')
}
process.exit()
