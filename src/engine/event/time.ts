const nsPerSecond = 1_000_000_000n

/** `HH:MM:SS` in the local time zone, of nanoseconds since 1970. */
export function localTime(ns: bigint): string {
  const date = new Date(Number(ns / 1_000_000n))
  const two = (value: number): string => value.toString().padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** The text of the second that was asked for last: events come thousands a second, and making a date is slow. */
let last = {second: -1n, text: ''}

/** ISO 8601 in UTC with nine digits after the second, of nanoseconds since 1970. */
export function isoTime(ns: bigint): string {
  const second = ns / nsPerSecond
  if (second !== last.second) {
    last = {second, text: new Date(Number(second) * 1000).toISOString().slice(0, 19)}
  }
  return `${last.text}.${(ns % nsPerSecond).toString().padStart(9, '0')}Z`
}
