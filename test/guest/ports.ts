import {createServer, type Server, type Socket} from 'node:net'
import {socketFile, type Port} from './qemu.js'

/** The host's ends of the guest's ports: sockets that QEMU connects to when it starts. */
export class Ports {
  readonly #servers: Server[] = []
  readonly #sockets: Socket[] = []
  readonly #closed: Promise<unknown>[] = []

  constructor(private readonly folder: string) {}

  async listen(port: Port, receive: (socket: Socket) => void): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.push(socket)
      this.#closed.push(new Promise((resolve) => socket.on('close', resolve)))
      socket.on('error', () => socket.destroy())
      receive(socket)
    })
    this.#servers.push(server)
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject).listen(socketFile(this.folder, port), resolve)
    })
  }

  /** The guest writes the command's exit code last, when all of its output is written. */
  async listenForCode(): Promise<{code: Promise<number>}> {
    let report: (code: number) => void
    const code = new Promise<number>((resolve) => (report = resolve))
    await this.listen('code', (socket) => socket.on('data', (text) => report(Number(text.toString()))))
    return {code}
  }

  /** Resolves when all that the guest sent has been passed on. */
  async drained(): Promise<void> {
    await Promise.all(this.#closed)
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}
