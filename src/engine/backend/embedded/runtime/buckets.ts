import type {Held} from '../object.js'

/** What a bucket counts: from `low` on, up to but without `high`; nothing where there is no bound. */
export interface BucketRange {
  readonly low: bigint | undefined
  readonly high: bigint | undefined
}

/** The range of a bucket of a hist() whose powers of two are each divided into 2^bits parts; `object.ts` numbers them. */
export function histRange(bucket: number, bits: number): BucketRange {
  return bucket === 0
    ? {low: undefined, high: 0n}
    : {low: histLow(bucket - 1, bits), high: histLow(bucket, bits)}
}

/** The range of a bucket of an lhist(). */
export function lhistRange(bucket: number, {min, max, step}: Held & {kind: 'lhist'}): BucketRange {
  if (bucket === 0) return {low: undefined, high: min}
  const low = min + BigInt(bucket - 1) * step
  return bucket > Number((max - min) / step) ? {low: max, high: undefined} : {low, high: low + step}
}

/** The range of a bucket of a map that holds either. */
export function rangeOf(bucket: number, held: Held & {kind: 'hist' | 'lhist'}): BucketRange {
  return held.kind === 'hist' ? histRange(bucket, held.bits) : lhistRange(bucket, held)
}

/** The least value of a bucket, counted from that of 0. */
function histLow(index: number, bits: number): bigint {
  const parts = 2 ** bits
  if (index < 2 * parts) return BigInt(index)
  const power = Math.floor(index / parts) - 1
  return BigInt(parts + (index % parts)) << BigInt(power)
}
