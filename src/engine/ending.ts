/** Why a run stopped. */
export type Reason =
  'duration' | 'limit' | 'interrupt' | 'pipe closed' | 'command exited' | 'program ended' | 'error'

/** The one ending of a run: the first reason wins, and later ones change nothing. */
export class Ending {
  #reason: Reason | undefined
  #act: ((reason: Reason) => void) | undefined
  readonly #cleanups = new Set<() => void>()

  /** Says how an ending is carried out; called once, at once if one was asked for before. */
  onRequest(act: (reason: Reason) => void): void {
    this.#act = act
    if (this.#reason !== undefined) act(this.#reason)
  }

  get reason(): Reason | undefined {
    return this.#reason
  }

  request(reason: Reason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#act?.(reason)
  }

  /** Ends the run after some seconds from now, also after more than a timer can count (24 days). */
  after(seconds: number): void {
    this.#wait(seconds, () => this.request('duration'))
  }

  /**
   * Acts every so many seconds from now, on the clock so that nothing adds up.
   * @param duration when the run ends, which is itself the end of the last interval
   */
  every(seconds: number, duration: number, act: () => void): void {
    let ticks = 0
    const next = (): void => {
      ticks++
      // The margin is for what rounding leaves of products such as 6 * 0.35, which is less than 2.1.
      if (ticks * seconds < duration - seconds / 1000)
        this.#wait(ticks * seconds - (performance.now() - startAt) / 1000, tick)
    }
    const tick = (): void => {
      if (this.#reason !== undefined) return
      // After a standstill, the ticks that were missed are not made up for.
      ticks = Math.max(ticks, Math.floor((performance.now() - startAt) / 1000 / seconds))
      act()
      next()
    }
    const startAt = performance.now()
    next()
  }

  /** Ends the run on Ctrl-C, SIGTERM or SIGHUP; a second signal forces. */
  onSignals(force: () => void): void {
    let heard = 0
    const listener = (): void => {
      if (++heard > 1) force()
      else this.request('interrupt')
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, listener)
      this.#cleanups.add(() => process.off(signal, listener))
    }
  }

  /** Calls back once after some seconds. */
  #wait(seconds: number, callback: () => void): void {
    const longest = 2 ** 31 - 1
    const endAt = performance.now() + seconds * 1000
    const look = (): void => {
      const left = endAt - performance.now()
      if (left > 0) {
        timer = setTimeout(look, Math.min(Math.ceil(left), longest))
        return
      }
      this.#cleanups.delete(cancel)
      callback()
    }
    let timer: NodeJS.Timeout | undefined
    const cancel = (): void => clearTimeout(timer)
    this.#cleanups.add(cancel)
    look()
  }

  /** Takes back timers and signal handlers. */
  cleanUp(): void {
    for (const cleanup of this.#cleanups) cleanup()
    this.#cleanups.clear()
  }
}
