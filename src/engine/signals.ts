import {UsageError} from './errors.js'
import {isIt} from './near.js'

// include/uapi/asm-generic/signal.h, the same on x86-64 and arm64, in order of the number; the first is 1.
const names = `
HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU
XFSZ VTALRM PROF WINCH IO PWR SYS
`
  .trim()
  .split(/\s+/)
/** The names of the signals from 1 on, without `SIG`. */
export const signalNames: readonly string[] = names
const aliases: Readonly<Record<string, string>> = {IOT: 'ABRT', CLD: 'CHLD', POLL: 'IO'}

/** What glibc and `kill -l` call SIGRTMIN; it keeps the kernel's first two real-time signals, 32 and 33, for itself. */
const realTimeMin = 34
/** SIGRTMAX, the last signal there is. */
const realTimeMax = 64
/** INT_MAX: a call can be given any int for a signal, and fails with EINVAL above `realTimeMax`. */
const largest = 2 ** 31 - 1

/** The name of a signal, `SIGKILL` or `SIGRTMIN+2`; the number itself for one without a name, such as 0. */
export function signalName(signal: number): string {
  const name = names[signal - 1]
  if (name !== undefined) return `SIG${name}`
  if (signal === realTimeMin) return 'SIGRTMIN'
  return signal > realTimeMin && signal <= realTimeMax
    ? `SIGRTMIN+${signal - realTimeMin}`
    : signal.toString()
}

/**
 * The signals of a list such as `9,TERM,SIGRTMIN+2`: numbers as they are, names with or without `SIG`, in any case.
 *
 * @throws UsageError
 */
export function parseSignals(text: string, option: string): number[] {
  return text.split(',').map((word) => {
    const signal = /^\d+$/.test(word) ? Number(word) : signalNumber(word.toUpperCase().replace(/^SIG/, ''))
    if (signal !== undefined && signal <= largest) return signal
    throw new UsageError(`--${option}: '${word}' is not a signal`, {
      hint: word.startsWith('!')
        ? 'to leave signals out, use --exclude-signal'
        : (isIt(word.toUpperCase().replace(/^SIG/, ''), names) ??
          'numbers, and names as `kill -l` lists them, are signals: 9,TERM,SIGRTMIN+2'),
    })
  })
}

function signalNumber(name: string): number | undefined {
  const at = names.indexOf(aliases[name] ?? name)
  if (at !== -1) return at + 1
  const [, edge, offset = '0'] = /^(RTMIN(?=$|\+)|RTMAX(?=$|-))(?:[+-](\d+))?$/.exec(name) ?? []
  if (edge === undefined) return undefined
  const signal = edge === 'RTMIN' ? realTimeMin + Number(offset) : realTimeMax - Number(offset)
  return signal >= realTimeMin && signal <= realTimeMax ? signal : undefined
}
