import {open} from 'node:fs/promises'
import {RunError, UsageError} from '../errors.js'

type File = Awaited<ReturnType<typeof open>>

/** A file in place of stdout: what was in it is gone. What cannot be written ends the run. */
export class FileOutput {
  readonly #path: string
  readonly #file: File
  #onClosed: () => void = () => {}
  #error: RunError | undefined

  /** @throws UsageError if there can be no such file */
  static async create(path: string): Promise<FileOutput> {
    try {
      return new FileOutput(path, await open(path, 'w'))
    } catch (cause) {
      throw new UsageError(`cannot write to ${path}: ${(cause as Error).message}`, {cause})
    }
  }

  private constructor(path: string, file: File) {
    this.#path = path
    this.#file = file
  }

  get closed(): boolean {
    return this.#error !== undefined
  }

  /** Calls back once when no more can be written. */
  onClosed(callback: () => void): void {
    this.#onClosed = callback
  }

  /** Resolves when all is written, or cannot be. */
  async write(text: string | Uint8Array): Promise<void> {
    if (this.closed) return
    try {
      await this.#file.writeFile(text)
    } catch (cause) {
      this.#error = new RunError(`cannot write to ${this.#path}: ${(cause as Error).message}`, {cause})
      this.#onClosed()
    }
  }

  /** @throws RunError if something could not be written */
  async finish(): Promise<void> {
    await this.#file.close()
    if (this.#error !== undefined) throw this.#error
  }
}
