import {type Bt, bt} from './bt.js'

/**
 * Statements that put the number of a value's power-of-two bucket into `$bucket`: 0 for 0 and 1 (as BCC's first row
 * `0 -> 1`), n for 2^n to 2^(n+1)-1; for negative values -1 for -1 and -n-1 for -2^n to -2^(n+1)+1, so that they mirror
 * the others. bpftrace's own `hist()` puts values from 2^31 on into a wrong bucket up to 0.17.
 * @param value text that bpftrace takes for an int64 if `isSigned`, else for a uint64
 */
export function log2Bucket(value: Bt, isSigned: boolean): Bt {
  const steps = [32, 16, 8, 4, 2, 1].map((bits) => {
    const rest = bits > 1 && bt` $rest = $rest >> ${bits};`
    return bt`if ($rest >= ${2n ** BigInt(bits)}) { $bucket = $bucket + ${bits};${rest} }`
  })
  return bt`
    $bucket = (int64)0;
    ${isSigned ? bt`$value = ${value};` : bt`$rest = ${value};`}
    ${isSigned && bt`$rest = (uint64)$value;`}
    ${isSigned && bt`if ($value < 0) { $rest = (uint64)(0 - $value); }`}
    ${steps}
    ${isSigned && bt`if ($value < 0) { $bucket = -1 - $bucket; }`}`
}

/** The values of a bucket, both ends included. */
export function bucketRange(bucket: number): {low: bigint; high: bigint} {
  if (bucket === 0) return {low: 0n, high: 1n}
  if (bucket > 0) return {low: 1n << BigInt(bucket), high: (1n << BigInt(bucket + 1)) - 1n}
  const power = BigInt(-bucket - 1)
  return {low: -((1n << (power + 1n)) - 1n), high: -(1n << power)}
}
