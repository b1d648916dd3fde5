/** Hands items from callbacks to one `for await` loop, in order. */
export class Queue<T> implements AsyncIterable<T> {
  readonly #items: T[] = []
  #end: {error?: Error} | undefined
  #wake: (() => void) | undefined
  readonly #onTaken: (item: T) => void

  /** @param onTaken called with each item when the loop is done with it, to let a paused producer go on */
  constructor(onTaken: (item: T) => void) {
    this.#onTaken = onTaken
  }

  get length(): number {
    return this.#items.length
  }

  push(item: T): void {
    this.#items.push(item)
    this.#wake?.()
  }

  /** Ends the loop when all items are taken; with an error, the loop throws it then. */
  close(error?: Error): void {
    this.#end ??= error === undefined ? {} : {error}
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (;;) {
      const item = this.#items.shift()
      if (item !== undefined) {
        yield item
        this.#onTaken(item)
      } else if (this.#end !== undefined) {
        if (this.#end.error !== undefined) throw this.#end.error
        return
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    }
  }
}
