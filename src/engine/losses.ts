const reportEveryMs = 1000

/** Keeps count of lost events and says so when it happens, at most once a second. */
export class Losses {
  #reported = 0
  #total = 0
  #saidAt = -Infinity
  readonly #say: (events: number) => void

  /** @param say gets the number lost since it was last called */
  constructor(say: (events: number) => void) {
    this.#say = say
  }

  get total(): number {
    return this.#total
  }

  /** Events the backend knows to be lost. */
  add(events: number): void {
    this.#total += events
    if (performance.now() - this.#saidAt >= reportEveryMs) this.#report()
  }

  /**
   * What is certain at the end: the kernel side counted what it sent. bpftrace's own reports were seen to be
   * missing in some runs of 0.17 and 0.27.
   *
   * @param late how many messages of events after the end came: where a stop throws away what is on its way, no
   *   more than about as many can be missing without a loss
   */
  settle(sent: number | undefined, received: number, late: number): void {
    const missing = sent === undefined ? 0 : sent - received
    if (sent !== undefined && (late === 0 || missing > late)) this.#total = Math.max(0, missing)
    this.#report()
  }

  #report(): void {
    if (this.#total <= this.#reported) return
    this.#say(this.#total - this.#reported)
    this.#reported = this.#total
    this.#saidAt = performance.now()
  }
}
