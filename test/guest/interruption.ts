import {GuestError} from './host.js'

const SIGNALS = {SIGHUP: 1, SIGINT: 2, SIGTERM: 15} as const

/**
 * Rejects with the first thing outside the guest that ends a run: time is up, a signal came, nobody reads our output.
 * `finished` takes all listeners away.
 */
export async function interruption(
  seconds: number,
  lastWords: () => string,
  finished: AbortSignal,
): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (message: string, exitCode: number, hint?: string) =>
      reject(new GuestError(message, hint, undefined, exitCode))

    const late = () => {
      const message = `the guest's time was up: ended after ${seconds} seconds. ${lastWords()}`
      end(message, 124, '--timeout SECONDS allows more, 0 allows any')
    }
    const timer = seconds > 0 ? setTimeout(late, seconds * 1000) : undefined
    const handlers = Object.entries(SIGNALS).map(([name, number]) => {
      const handler = () => end(`the guest was ended by ${name}`, 128 + number)
      process.on(name, handler)
      return [name, handler] as const
    })
    const unread = () => end('the guest was ended: nobody reads its output any more', 141)
    process.stdout.on('error', unread)

    finished.addEventListener('abort', () => {
      clearTimeout(timer)
      for (const [name, handler] of handlers) process.off(name, handler)
      process.stdout.off('error', unread)
    })
  })
}
