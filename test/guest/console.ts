import type {ChildProcess} from 'node:child_process'
import {GuestError} from './host.js'

const KEPT = 16_384
const SHOWN_LINES = 25

/** A CPU that stands still, in the words of the kernel's two watchdogs; a whole line, as they come in pieces. */
const LOCKUP = /(?:BUG: soft lockup|rcu: INFO: \w+ (?:self-)?detected stall)[^\n]*\n/

/** The guest's serial console and QEMU's own words: kept for the case that something goes wrong. */
export class Console {
  #text = ''
  #report: (error: GuestError) => void = () => {}
  /** Rejects when the guest's kernel has locked up and does not end by itself; never resolves. */
  readonly lockedUp = new Promise<never>((_resolve, reject) => (this.#report = reject))
  #lockup: string | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param lastWordsMs how long a kernel that locked up may go on to speak; it may be beyond ending itself */
  constructor(qemu: ChildProcess, verbose: boolean, lastWordsMs = 10_000) {
    for (const stream of [qemu.stdout, qemu.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#text = (this.#text + text).slice(-KEPT)
        if (verbose) process.stderr.write(text)
        this.#lockup ??= LOCKUP.exec(this.#text)?.[0].trim().replace(/:$/, '')
        if (this.#lockup !== undefined)
          this.#timer ??= setTimeout(() => this.#report(this.verdict()), lastWordsMs)
      })
    }
    this.lockedUp.catch(() => {})
    qemu.once('close', () => clearTimeout(this.#timer))
  }

  /** The end of it, quoted for an error message. */
  tail(): string {
    const text = this.#text.replaceAll('\r', '').trim()
    if (text === '') return 'Its console said nothing.'
    const lines = text.split('\n').slice(-SHOWN_LINES)
    return `Its console ended with:\n${lines.map((line) => `  | ${line}`).join('\n')}`
  }

  /** Why a guest ended that reported no exit code. */
  verdict(): GuestError {
    if (this.#lockup !== undefined)
      return new GuestError(`the guest's kernel locked up: ${this.#lockup}. ${this.tail()}`)
    const panic = /Kernel panic - not syncing: (.*)/.exec(this.#text)?.[1]?.trim()
    if (panic !== undefined) return new GuestError(`the guest's kernel panicked: ${panic}. ${this.tail()}`)
    return new GuestError(
      `the guest ended before its command did. ${this.tail()}`,
      '--verbose shows the whole console',
    )
  }
}
