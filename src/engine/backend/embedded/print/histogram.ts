import type {Held} from '../object.js'
import {rangeOf} from '../runtime/buckets.js'

const barWidth = 52
const suffixes = ['', 'K', 'M', 'G', 'T', 'P', 'E']

/**
 * The lines of a histogram as bpftrace draws it, from the first to the last bucket that was hit, and an empty one.
 * @param divisor what the counts are divided by; the bars are not
 */
export function histogramLines(
  counts: ReadonlyMap<number, number | bigint>,
  held: Held & {kind: 'hist' | 'lhist'},
  divisor = 1n,
): string {
  const hit = [...counts.keys()]
  if (hit.length === 0) return '\n'
  let most = 0
  for (const count of counts.values()) most = Math.max(most, Number(count))
  const label = held.kind === 'hist' ? histLabel : (value: bigint) => lhistLabel(value, held.step)
  const bits = held.kind === 'hist' ? held.bits : 0
  let text = ''
  for (let bucket = Math.min(...hit); bucket <= Math.max(...hit); bucket++) {
    const count = counts.get(bucket) ?? 0
    const {low, high} = rangeOf(bucket, held)
    const range =
      low === undefined
        ? `(..., ${label(high ?? 0n, bits)})`
        : high === undefined
          ? `[${label(low, bits)}, ...)`
          : held.kind === 'hist' && high === low + 1n
            ? `[${label(low, bits)}]`
            : `[${label(low, bits)}, ${label(high, bits)})`
    const bar = '@'.repeat(Math.floor((Number(count) / most) * barWidth)).padEnd(barWidth)
    text += `${range.padEnd(16)} ${(BigInt(count) / divisor).toString().padStart(7)} |${bar}|\n`
  }
  return `${text}\n`
}

/** A bound with the suffix of the greatest power of 2^10 that divides it whatever part of a power of two it begins. */
function histLabel(value: bigint, bits: number): string {
  const power = value === 0n ? 0 : value.toString(2).length - 1
  const decade = Math.floor(Math.max(0, power - bits) / 10)
  return `${value >> BigInt(10 * decade)}${suffixes[decade]}`
}

/** Bounds have a suffix where the step is a multiple of it. */
function lhistLabel(value: bigint, step: bigint): string {
  const decade = value === 0n ? 0 : step % 0x10_0000n === 0n ? 2 : step % 0x400n === 0n ? 1 : 0
  const unit = 1n << BigInt(10 * decade)
  return value % unit === 0n ? `${value / unit}${suffixes[decade]}` : value.toString()
}
