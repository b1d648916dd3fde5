import koffi from 'koffi'

/** Addresses of the loopback interface: IPv4, IPv6, and IPv4 on an IPv6 socket. */
export const loopbacks = ['127.0.0.1', '::1', '::ffff:127.0.0.1'] as const
export type Loopback = (typeof loopbacks)[number]

const libc = koffi.load(null)
const socket = libc.func('int socket(int domain, int type, int protocol)')
const bind = libc.func('int bind(int fd, void *address, uint32_t length)')
const listen = libc.func('int listen(int fd, int backlog)')
const accept4 = libc.func('int accept4(int fd, void *address, void *length, int flags)')
const connect = libc.func('int connect(int fd, void *address, uint32_t length)')
const send = libc.func('long send(int fd, void *bytes, size_t length, int flags)')
const getsockname = libc.func('int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *length)')
const getsockopt = libc.func(
  'int getsockopt(int fd, int level, int name, _Out_ uint32_t *value, _Inout_ uint32_t *length)',
)
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, void *value, uint32_t length)')
const shutdown = libc.func('int shutdown(int fd, int how)')
const closeFd = libc.func('int close(int fd)')

// The numbers of x86-64 and arm64.
const AF_INET = 2
const AF_INET6 = 10
const SOCK_STREAM = 1
const SOCK_NONBLOCK = 0o4000
// A child that inherited a socket would keep it open.
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_LINGER = 13
const SO_ATTACH_FILTER = 26
const IPPROTO_TCP = 6
const TCP_REPAIR = 19
const TCP_REPAIR_QUEUE = 20
const TCP_QUEUE_SEQ = 21
const TCP_SEND_QUEUE = 2
const SHUT_WR = 1
const EINPROGRESS = 115

/** `return 0` of classic BPF: no byte of any packet is let through. */
const dropAll = Buffer.from('0600000000000000', 'hex')

/**
 * A TCP socket that no library reads from or tidies up, so that its packets can be kept from being answered, which
 * makes the kernel send them again. No call waits.
 */
export class TcpSocket {
  /** -1 when it is closed. */
  #fd: number
  readonly #address: Loopback
  /** The port it is bound to. */
  readonly port: number

  /** @param fd of a socket that is there; else a new one is made and bound to a free port */
  constructor(address: Loopback, fd?: number) {
    this.#address = address
    this.#fd = fd ?? check('socket', socket(familyOf(address), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
    if (fd === undefined) check('bind', bind(this.#fd, ...socketAddress(address, 0)))
    const name = Buffer.alloc(28)
    check('getsockname', getsockname(this.#fd, name, new Uint32Array([name.length])))
    this.port = name.readUInt16BE(2)
  }

  /** @param backlog that many connections and one more are taken; further ones are not answered */
  listen(backlog: number): this {
    check('listen', listen(this.#fd, backlog))
    return this
  }

  /** On loopback the whole handshake is done when this returns, or there is none. */
  connect(port: number): this {
    const result = Number(connect(this.#fd, ...socketAddress(this.#address, port)))
    if (result < 0 && koffi.errno() !== EINPROGRESS) check('connect', result)
    return this
  }

  accept(): TcpSocket {
    return new TcpSocket(this.#address, check('accept', accept4(this.#fd, null, null, SOCK_CLOEXEC)))
  }

  /** From now on every packet to it is dropped unseen. */
  deafen(): this {
    const program = Buffer.alloc(16)
    program.writeUInt16LE(1)
    program.writeBigUInt64LE(koffi.address(dropAll), 8)
    this.#set(SOL_SOCKET, SO_ATTACH_FILTER, program)
    return this
  }

  /** The sequence number of the next byte it will send, asked from the kernel as CRIU does it; needs root. */
  nextSequence(): number {
    this.#set(IPPROTO_TCP, TCP_REPAIR, int32(1))
    this.#set(IPPROTO_TCP, TCP_REPAIR_QUEUE, int32(TCP_SEND_QUEUE))
    const value = new Uint32Array(1)
    check('getsockopt', getsockopt(this.#fd, IPPROTO_TCP, TCP_QUEUE_SEQ, value, new Uint32Array([4])))
    // -1 leaves the repair mode without sending anything.
    this.#set(IPPROTO_TCP, TCP_REPAIR, int32(-1))
    return value[0] ?? 0
  }

  send(text: string): void {
    const bytes = Buffer.from(text)
    check('send', send(this.#fd, bytes, bytes.length, 0))
  }

  /** Says that nothing more comes, as close() does, but the socket stays. */
  finish(): void {
    check('shutdown', shutdown(this.#fd, SHUT_WR))
  }

  close(): void {
    if (this.#fd >= 0) closeFd(this.#fd)
    this.#fd = -1
  }

  /** As `close`, but nothing is sent again any more: to wait for no time at all is to reset the connection. */
  abort(): void {
    if (this.#fd < 0) return
    this.#set(SOL_SOCKET, SO_LINGER, Buffer.concat([int32(1), int32(0)]))
    this.close()
  }

  #set(level: number, name: number, value: Buffer): void {
    check(`setsockopt ${name}`, setsockopt(this.#fd, level, name, value, value.length))
  }
}

/** A connection that nobody answers: the queue of the listener is full. Its SYN is sent again and again. */
export function unansweredConnection(address: Loopback): {
  listener: TcpSocket
  client: TcpSocket
  close: () => void
} {
  const listener = new TcpSocket(address).listen(0)
  const first = new TcpSocket(address).connect(listener.port)
  const client = new TcpSocket(address).connect(listener.port)
  return {listener, client, close: () => [client, first, listener].forEach((each) => each.close())}
}

/** A connection whose server has gone deaf: what the client sends then is sent again and again. */
export function deafServer(address: Loopback): {
  listener: TcpSocket
  client: TcpSocket
  server: TcpSocket
  close: () => void
} {
  const listener = new TcpSocket(address).listen(1)
  const client = new TcpSocket(address).connect(listener.port)
  const server = listener.accept().deafen()
  return {listener, client, server, close: () => [server, listener].forEach((each) => each.close())}
}

/** A client that does not hear the answer to its SYN: the server sends its SYN-ACK again and again. */
export function deafClient(address: Loopback): {
  listener: TcpSocket
  client: TcpSocket
  close: () => void
} {
  const listener = new TcpSocket(address).listen(1)
  const client = new TcpSocket(address).deafen().connect(listener.port)
  return {listener, client, close: () => [client, listener].forEach((each) => each.close())}
}

function familyOf(address: Loopback): number {
  return address.includes(':') ? AF_INET6 : AF_INET
}

/** struct sockaddr_in and sockaddr_in6, with their lengths. */
function socketAddress(address: Loopback, port: number): [Buffer, number] {
  const bytes = Buffer.alloc(familyOf(address) === AF_INET ? 16 : 28)
  bytes.writeUInt16LE(familyOf(address))
  bytes.writeUInt16BE(port, 2)
  if (address === '127.0.0.1') bytes.set([127, 0, 0, 1], 4)
  else if (address === '::1') bytes[23] = 1
  else bytes.set([0xff, 0xff, 127, 0, 0, 1], 18)
  return [bytes, bytes.length]
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

function check(call: string, result: unknown): number {
  if (Number(result) < 0) throw new Error(`${call}: errno ${koffi.errno()}`)
  return Number(result)
}
