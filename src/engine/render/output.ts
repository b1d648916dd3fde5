import {fstatSync} from 'node:fs'
import {Socket} from 'node:net'
import type {Writable} from 'node:stream'

const stdoutFd = 1
const hangupCheckMs = 200

/**
 * Stdout as a tracer needs it: a slow reader makes the run wait (and the kernel's buffer fill, which is
 * reported) instead of memory grow, and a reader that goes away ends the run, also while nothing is written.
 */
export class Output {
  readonly #stream: Writable
  readonly #isPipe: boolean
  #watch: NodeJS.Timeout | undefined
  #onClosed: () => void = () => {}
  #closed = false

  constructor() {
    const stat = fstatSync(stdoutFd)
    this.#isPipe = stat.isFIFO() || stat.isSocket()
    // process.stdout writes to a pipe synchronously: a reader that stops would keep signals from us.
    this.#stream = this.#isPipe ? new Socket({fd: stdoutFd, readable: false, writable: true}) : process.stdout
    this.#stream.on('error', () => this.#close())
  }

  /** Calls back once when the reader is gone. @param hungUp asks the kernel without writing */
  onClosed(callback: () => void, hungUp: (fd: number) => boolean): void {
    this.#onClosed = callback
    if (this.#closed) callback()
    if (!this.#isPipe) return
    this.#watch = setInterval(() => {
      if (hungUp(stdoutFd)) this.#close()
    }, hangupCheckMs)
    this.#watch.unref()
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Writes; resolves when all is with the reader, or the reader is gone: bytes may be changed then. */
  async write(text: string | Uint8Array): Promise<void> {
    if (text.length === 0 || this.#closed) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#stream.off('close', done)
        resolve()
      }
      this.#stream.on('close', done)
      this.#stream.write(text, done)
    })
  }

  /** Resolves when everything is with the reader, or the reader is gone. */
  async finish(): Promise<void> {
    clearInterval(this.#watch)
    if (this.#closed) return
    await new Promise<void>((resolve) => {
      this.#stream.on('close', resolve)
      this.#stream.write('', () => resolve())
    })
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#watch)
    this.#onClosed()
    this.#stream.destroy()
  }
}
