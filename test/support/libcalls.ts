import {createInterface} from 'node:readline'
import koffi from 'koffi'

/** A call of a function of the C library: its prototype and its arguments. */
export interface Call {
  readonly prototype: string
  readonly args: readonly (number | string | readonly number[])[]
  readonly times: number
  /** The last argument is the number of the call: 0, 1, 2 ... */
  readonly rising?: true
}

/**
 * A process that calls functions of the C library when it is told to go, in its own thread, and says when it is done.
 * `recursion`, if given, is how deep `bsearch` calls itself: with that many elements, then one less, and so on.
 */
export interface CallPlan {
  readonly calls: readonly Call[]
  readonly recursion?: number
}

// By its name: the program itself has functions of the same names.
const libc = koffi.load('libc.so.6')
const bsearch = libc.func(
  'void *bsearch(const void *key, const void *base, size_t n, size_t size, void *compare)',
)
const comparison = koffi.proto('int compare(const void *a, const void *b)')

function recurse(elements: number): void {
  if (elements === 0) return
  let isFirst = true
  const compare = koffi.register(() => {
    if (isFirst) {
      isFirst = false
      recurse(elements - 1)
    }
    return -1
  }, koffi.pointer(comparison))
  bsearch(Buffer.alloc(1), Buffer.alloc(elements), elements, 1, compare)
  koffi.unregister(compare)
}

const plan = JSON.parse(process.argv[2] ?? '') as CallPlan
const calls = plan.calls.map(({prototype, args, times, rising}) => ({
  function: libc.func(prototype) as (...args: unknown[]) => unknown,
  args: args.map((arg) => (Array.isArray(arg) ? Buffer.from(arg) : arg)),
  times,
  rising,
}))

process.stdout.write('ready\n')
for await (const line of createInterface({input: process.stdin})) {
  if (line !== 'go') break
  for (const call of calls) {
    for (let n = 0; n < call.times; n++) {
      if (call.rising) call.function(...call.args, n)
      else call.function(...call.args)
    }
  }
  recurse(plan.recursion ?? 0)
  process.stdout.write('done\n')
}
process.exit(0)
