import {didYouMean} from '../../../program/slip.js'
import {programTypes} from '../helpers.js'
import {Mistake} from '../mistake.js'
import type {ProbeName} from '../syntax/ast.js'
import type {Attachment} from '../object.js'
import type {ProbeFacts} from '../types/probe.js'
import {hardwareEvents, softwareEvents} from './events.js'

type Resolve = (probe: ProbeName, words: readonly string[]) => readonly ProbeFacts[]

const units: Readonly<Record<string, bigint>> = {
  ...{ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n},
  d: 86_400_000_000_000n,
}

/**
 * How often a clock may run a program on a CPU. Measured: with 50,000 a second a run ends at once when it is told to, with
 * 100,000 the CPUs come to nothing else, and it took a minute. The kernel's own limit is 100,000, and the user's to set.
 */
const mostPerSecond = 50_000n
const leastNanoseconds = 1_000_000_000n / mostPerSecond
const tooOften = `at most ${mostPerSecond} times a second: more would leave the CPUs no time for anything else`
/** The kernel refuses periods with the highest bit (perf_event_open(2)). */
const mostPeriod = 2n ** 63n - 1n

/**
 * `profile:hz:99` on every CPU, `interval:s:1` on one. Since bpftrace 0.24 also `interval:1s`, where a number alone is one of
 * nanoseconds.
 */
export function timed(kind: 'profile' | 'interval'): Resolve {
  return ({place, text}, words) => {
    const [first = '', second] = words
    const joined = /^(\d+(?:e\d)?)((?!hz)[a-z]*)$/.exec(first)
    const [unit, count] = second === undefined ? [joined?.[2], joined?.[1]] : [first, second]
    const [, digits, zeros = '0'] = /^(\d+)(?:e(\d))?$/.exec(count ?? '') ?? []
    if (unit === undefined || digits === undefined || words.length > 2)
      throw new Mistake(
        `expected ${kind}:UNIT:NUMBER, such as ${kind === 'profile' ? 'profile:hz:99' : 'interval:s:1'}`,
        place,
      )
    const number = BigInt(digits) * 10n ** BigInt(zeros)
    if (number === 0n) throw new Mistake(`${kind === 'profile' ? 'a' : 'an'} ${kind} of 0 never comes`, place)
    const fact = (attachment: Attachment): ProbeFacts[] => [
      {kind, label: text, attachment, programType: programTypes.perfEvent, space: 'kernel'},
    ]
    if (unit === 'hz') {
      if (number > mostPerSecond) throw new Mistake(tooOften, place)
      return kind === 'profile'
        ? fact({kind, frequency: Number(number)})
        : fact({kind, nanoseconds: 1_000_000_000n / number})
    }
    const size = units[unit === '' ? 'ns' : unit]
    if (size === undefined)
      throw new Mistake(
        `there is no unit ${unit}`,
        place,
        `the units are hz, ${Object.keys(units).join(', ')}`,
      )
    const nanoseconds = number * size
    if (nanoseconds < leastNanoseconds)
      throw new Mistake(
        `${nanoseconds} nanoseconds are too few: ${tooOften}`,
        place,
        unit === '' ? `for so many times a second, write ${kind}:hz:${count}` : undefined,
      )
    if (nanoseconds > mostPeriod)
      throw new Mistake(
        `${number}${unit === '' ? 'ns' : unit} are too many: at most ${mostPeriod / size}`,
        place,
      )
    return fact({kind, nanoseconds})
  }
}

/** `software:page-faults:100`, `hardware:cache-misses:1e6`. */
export function counted(kind: 'software' | 'hardware'): Resolve {
  const events = kind === 'software' ? softwareEvents : hardwareEvents
  return ({place, text}, words) => {
    const [name = '', count, ...more] = words
    const event = Object.hasOwn(events, name) ? events[name] : undefined
    if (event === undefined || more.length > 0)
      throw new Mistake(`there is no event ${kind}:${name}`, place, didYouMean(name, Object.keys(events)))
    const period = count === undefined || count === '' ? event.period : Number(count)
    if (period > Number.MAX_SAFE_INTEGER)
      throw new Mistake(`at most ${Number.MAX_SAFE_INTEGER} events make a sample`, place)
    if (!Number.isSafeInteger(period) || period <= 0)
      throw new Mistake('expected how many events make a sample', place)
    if (event.isClock === true && period < Number(leastNanoseconds)) throw new Mistake(tooOften, place)
    const {type, config} = event
    return [
      {
        kind,
        label: text,
        attachment: {kind, type, config, period},
        programType: programTypes.perfEvent,
        space: 'kernel',
      },
    ]
  }
}
