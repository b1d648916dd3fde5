import type Koffi from 'koffi'

/** The native calls tstrace makes, behind one small interface, so that another binding could replace koffi. */
export interface Native {
  /** Nanoseconds of CLOCK_BOOTTIME (what `nsecs` is in a program) and of CLOCK_REALTIME, read together. */
  clocks: () => {boot: bigint; real: bigint}
  /** A file descriptor of a process, readable when it has ended (pidfd_open(2)); or minus the error number. */
  openProcess: (pid: number) => number
  /** Whether the other end of a pipe or socket is gone; asked without writing to it. */
  hungUp: (fd: number) => boolean
  /** The id of a user by name, from every source the C library knows; undefined if there is none. */
  userId: (name: string) => number | undefined
  /** The name of a user by id; undefined if there is none. */
  userName: (uid: number) => string | undefined
  /** A time in seconds since 1970 in this machine's time zone, in a format of strftime(3). */
  formatTime: (format: string, seconds: bigint) => string
  /** What strerror(3) says of an error number. */
  errorText: (error: number) => string
  /** The bpf system call; returns its result or minus the error number. */
  bpf: (command: number, attributes: Buffer) => number
  /**
   * The perf_event_open system call, for all processes on CPU 0 unless told otherwise (-1: all processes, or any CPU); as
   * `bpf`. A process that is started later does not get the file descriptor.
   */
  perfEventOpen: (attributes: Buffer, pid?: number, cpu?: number) => number
  /** The ioctl system call with a number; as `bpf`. */
  ioctl: (fd: number, request: number, argument: number) => number
  /** Maps the memory behind a file descriptor (MAP_SHARED), or gives minus the error number. */
  map: (fd: number, offset: number, length: number, access: 'read' | 'write') => Mapping | number
  /** How long a page of memory is. */
  pageSize: () => number
  /** Lets this process lock as much memory as it likes (RLIMIT_MEMLOCK), if it may. */
  liftMemoryLimit: () => void
  /** Calls back each time there is something to read, and keeps the process alive. @returns what ends that */
  onReadable: (fd: number, call: () => void) => () => void
  /** The same, but once for each time that the kernel wakes its readers, however much there is to read meanwhile. */
  onWoken: (fd: number, call: () => void) => () => void
  /** Closes a file descriptor that one of the calls above gave. */
  close: (fd: number) => void
  /** The same in another thread, for what takes the kernel long: the end of a probe. */
  closeLater: (fd: number) => Promise<void>
  /** The address of a buffer, for structures that hold pointers; valid while the buffer is referenced. */
  address: (buffer: Uint8Array) => bigint
  /** Where a function of a library that this process has loaded is in memory; 0 if it has not, or there is none. */
  symbolAddress: (library: string, name: string) => bigint
  /** A name of C++ or (old) Rust as it is written in the source; undefined if it is none, or no library knows how. */
  demangle: (name: string) => string | undefined
}

/** Memory that the kernel writes, too. */
export interface Mapping {
  /** A write to memory mapped to be read ends the process, as does any use after `unmap`. */
  readonly memory: ArrayBuffer
  readonly unmap: () => void
}

const clockRealtime = 0
const clockBoottime = 7
const pollError = 8
/** RTLD_LAZY | RTLD_NOLOAD of dlfcn.h: only what is loaded already. */
const ifLoaded = 0x1 | 0x4
const pollHangup = 16
/** include/uapi/asm-generic/mman-common.h and resource.h, and the C library's unistd.h. */
const protections = {read: 0x1, write: 0x3}
const mapShared = 0x1
const limitOfLockedMemory = 8
const pageSizeQuestion = 30
/** EPOLL_CLOEXEC, EPOLL_CTL_ADD, and EPOLLIN | EPOLLET of include/uapi/linux/eventpoll.h. */
const closeSetOnExec = 0x80000
const addToSet = 1
const eachWake = 0x8000_0001
/** The longest that struct epoll_event is on any architecture: events first, then what we do not use. */
const epollEventBytes = 16
/** PERF_FLAG_FD_CLOEXEC */
const closeOnExec = 8
/** The same number on every architecture. */
const pidfdOpen = 434
const systemCalls: Record<string, {bpf: number; perfEventOpen: number}> = {
  x64: {bpf: 321, perfEventOpen: 298},
  arm64: {bpf: 280, perfEventOpen: 241},
}

let loaded: Promise<Native> | undefined

/** Loads the binding on first use: it takes about ten milliseconds that `--help` need not pay. */
export function native(): Promise<Native> {
  return (loaded ??= load())
}

async function load(): Promise<Native> {
  const {default: koffi} = await import('koffi')
  const libc = koffi.load(null)
  const clockGettime = libc.func('int clock_gettime(int clock, _Out_ int64_t *time)')
  const poll = libc.func('int poll(_Inout_ uint8_t *fds, unsigned long count, int timeout)')
  const epollCreate = libc.func('int epoll_create1(int flags)')
  const epollControl = libc.func('int epoll_ctl(int set, int operation, int fd, void *event)')
  const epollWait = libc.func('int epoll_wait(int set, void *events, int count, int timeout)')
  const syscall = libc.func('long syscall(long number, long a, void *b, long c, long d, long e)')
  const perf = libc.func('long syscall(long number, void *attr, long pid, long cpu, long group, long flags)')
  const close = libc.func('int close(int fd)')
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, long argument)')
  const mmap = libc.func(
    'uintptr_t mmap(void *at, size_t length, int access, int flags, int fd, int64_t offset)',
  )
  const munmap = libc.func('int munmap(uintptr_t at, size_t length)')
  const sysconf = libc.func('long sysconf(int name)')
  const setrlimit = libc.func('int setrlimit(int resource, uint64_t *limits)')
  const dlopen = libc.func('uintptr_t dlopen(const char *path, int flags)')
  const dlsym = libc.func('uintptr_t dlsym(uintptr_t library, const char *name)')
  // struct passwd begins with two pointers (name, password) and two 32-bit ids on every Linux.
  koffi.struct('passwd', {name: 'char *', password: 'char *', uid: 'uint32_t', gid: 'uint32_t'})
  const getpwnam = libc.func('passwd *getpwnam(const char *name)')
  const getpwuid = libc.func('passwd *getpwuid(uint32_t uid)')
  const strerror = libc.func('const char *strerror(int error)')
  const localtime = libc.func('void *localtime_r(const void *time, void *tm)')
  const strftime = libc.func('size_t strftime(void *text, size_t room, const char *format, const void *tm)')
  const passwd = (pointer: unknown): {name: string; uid: number} | undefined =>
    pointer === null ? undefined : (koffi.decode(pointer, 'passwd') as {name: string; uid: number})
  const numbers = systemCalls[process.arch] ?? {bpf: -1, perfEventOpen: -1}

  const nanoseconds = (clock: number): bigint => {
    const time = new BigInt64Array(2)
    clockGettime(clock, time)
    return (time[0] ?? 0n) * 1_000_000_000n + (time[1] ?? 0n)
  }
  const result = (value: number | bigint): number => (Number(value) < 0 ? -koffi.errno() : Number(value))

  return {
    clocks: () => ({boot: nanoseconds(clockBoottime), real: nanoseconds(clockRealtime)}),
    hungUp: (fd) => {
      const entry = Buffer.alloc(8)
      entry.writeInt32LE(fd)
      return Number(poll(entry, 1, 0)) > 0 && (entry.readInt16LE(6) & (pollError | pollHangup)) !== 0
    },
    openProcess: (pid) => result(syscall(pidfdOpen, pid, null, 0, 0, 0) as number | bigint),
    userId: (name) => passwd(getpwnam(name))?.uid,
    userName: (id) => passwd(getpwuid(id))?.name,
    formatTime: (format, seconds) => {
      // struct tm has 56 bytes on every 64-bit Linux.
      const [time, tm, text] = [new BigInt64Array([seconds]), Buffer.alloc(56), Buffer.alloc(512)]
      localtime(time, tm)
      return text.toString('utf8', 0, Number(strftime(text, text.length, format, tm)))
    },
    errorText: (error) => strerror(error) as string,
    bpf: (command, attributes) =>
      result(syscall(numbers.bpf, command, attributes, attributes.length, 0, 0) as number | bigint),
    perfEventOpen: (attributes, pid = -1, cpu = 0) =>
      result(perf(numbers.perfEventOpen, attributes, pid, cpu, -1, closeOnExec) as number | bigint),
    ioctl: (fd, request, argument) => result(ioctl(fd, request, argument) as number),
    map: (fd, offset, length, access) => {
      const at = BigInt(mmap(null, length, protections[access], mapShared, fd, offset) as number | bigint)
      if (at === 0xffff_ffff_ffff_ffffn) return -koffi.errno()
      return {memory: koffi.view(at, length), unmap: () => void munmap(at, length)}
    },
    pageSize: () => Number(sysconf(pageSizeQuestion)),
    liftMemoryLimit: () => {
      const unlimited = new BigUint64Array(2).fill(0xffff_ffff_ffff_ffffn)
      setrlimit(limitOfLockedMemory, unlimited)
    },
    onReadable: (fd, call) => {
      const handle = koffi.node.poll(fd, {readable: true}, call)
      return () => handle.close()
    },
    onWoken: (fd, call) => {
      const set = epollCreate(closeSetOnExec) as number
      const event = Buffer.alloc(epollEventBytes)
      event.writeUInt32LE(eachWake)
      epollControl(set, addToSet, fd, event)
      const handle = koffi.node.poll(set, {readable: true}, () => {
        // So that the set is not readable again before the next time.
        epollWait(set, event, 1, 0)
        call()
      })
      return () => {
        handle.close()
        close(set)
      }
    },
    close: (fd) => void close(fd),
    closeLater: (fd) =>
      new Promise((resolve) => {
        close.async(fd, () => resolve())
      }),
    address: (buffer) => koffi.address(buffer),
    demangle: demangler(koffi),
    symbolAddress: (library, name) => {
      const handle = dlopen(library, ifLoaded) as number | bigint
      return BigInt(handle) === 0n ? 0n : BigInt(dlsym(handle, name) as number | bigint)
    },
  }
}

/** That of the C++ library which node needs, and so has loaded: no other knows all of its own names. */
function demangler(koffi: typeof Koffi): Native['demangle'] {
  try {
    const loaded = koffi.load(null)
    const demangle = loaded.func(
      'void *__cxa_demangle(const char *name, void *buffer, void *length, _Out_ int *status)',
    )
    const free = loaded.func('void free(void *memory)')
    return (name) => {
      const text: unknown = demangle(name, null, null, [0])
      if (text === null) return undefined
      try {
        return koffi.decode(text, 'char', -1) as string
      } finally {
        free(text)
      }
    }
  } catch {
    return () => undefined
  }
}
