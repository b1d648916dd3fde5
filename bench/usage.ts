import koffi from 'koffi'

/** RUSAGE_SELF and RUSAGE_CHILDREN of <sys/resource.h>. */
export const self = 0
export const children = -1

const usage = koffi.load(null).func('int getrusage(int who, _Out_ long *usage)')

/** CPU time of this process or of those it waited for, in nanoseconds. */
export function cpuTime(who: typeof self | typeof children): number {
  const fields = new BigInt64Array(18)
  usage(who, fields)
  const [seconds = 0n, micros = 0n, systemSeconds = 0n, systemMicros = 0n] = fields
  return Number((seconds + systemSeconds) * 1_000_000n + micros + systemMicros) * 1000
}
