import {fstatSync, writeSync} from 'node:fs'
import {Socket} from 'node:net'
import {Writable} from 'node:stream'
import {isatty} from 'node:tty'
import {RunError} from '../errors.js'

const stdoutFd = 1
const hangupCheckMs = 200
/** What a reader that has gone away leaves: a closed pipe or connection, a terminal that is no more. */
const goneAway = new Set(['EPIPE', 'ECONNRESET', 'EIO'])

/** What a write to stdout that failed means; undefined where nobody is left to read. */
function outputError(error: NodeJS.ErrnoException): RunError | undefined {
  if (goneAway.has(error.code ?? '')) return undefined
  return new RunError(`cannot write to stdout: ${error.message}`, {cause: error})
}

/**
 * Calls back when something was printed in vain by who does not use an `Output`, in place of all who listen already.
 * @returns what resolves when nobody is left to read
 */
export function onOutputError(call: (error: RunError) => void): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.removeAllListeners('error').on('error', (error: Error) => {
      const known = outputError(error)
      if (known === undefined) resolve()
      else call(known)
    })
  })
}

/**
 * Stdout as a tracer needs it: a slow reader makes the run wait (and the kernel's buffer fill, which is
 * reported) instead of memory grow, and a reader that goes away ends the run, also while nothing is written. So does a
 * disk that is full, but as an error.
 */
export class Output {
  readonly #stream: Writable
  readonly #isPipe: boolean
  #watch: NodeJS.Timeout | undefined
  #onClosed: () => void = () => {}
  #closed = false
  #error: RunError | undefined

  constructor() {
    const stat = fstatSync(stdoutFd)
    this.#isPipe = stat.isFIFO() || stat.isSocket()
    this.#stream = streamTo(this.#isPipe)
    this.#stream.on('error', (error) => {
      this.#error ??= outputError(error)
      this.#close()
    })
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

  /**
   * Resolves when everything is with the reader, or the reader is gone.
   * @throws RunError if something could not be written though there is a reader
   */
  async finish(): Promise<void> {
    clearInterval(this.#watch)
    if (!this.#closed) {
      await new Promise<void>((resolve) => {
        this.#stream.on('close', resolve)
        this.#stream.write('', () => resolve())
      })
    }
    if (this.#error !== undefined) throw this.#error
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#watch)
    this.#onClosed()
    this.#stream.destroy()
  }
}

function streamTo(isPipe: boolean): Writable {
  // process.stdout writes to a pipe synchronously: a reader that stops would keep signals from us.
  if (isPipe) return new Socket({fd: stdoutFd, readable: false, writable: true})
  if (isatty(stdoutFd)) return process.stdout
  // process.stdout takes it for written when a disk took a part of it.
  return new Writable({
    decodeStrings: true,
    write: (chunk: Uint8Array, _encoding, done) => {
      try {
        for (let at = 0; at < chunk.length;) at += writeSync(stdoutFd, chunk, at)
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
}
