import {GuestError} from './host.js'

/** A Debian release, as a suite of its archive. */
export type Suite = 'bullseye' | 'bookworm' | 'trixie' | 'sid'

/** A kernel and a user space that are tested together. A new pair is one more entry here. */
export interface Pair {
  /** `KERNEL-BPFTRACE`, as given to `--pair`; `KERNEL-embedded` where there is no bpftrace. */
  name: string
  summary: string
  /** The release whose default kernel is booted. */
  kernel: Suite
  /** The release whose bpftrace, where it has one, and libraries run on it. */
  root: Suite
}

export const pairs: readonly [Pair, ...Pair[]] = [
  {name: '6.1-0.17', summary: 'Debian 12: kernel 6.1, bpftrace 0.17', kernel: 'bookworm', root: 'bookworm'},
  {name: '6.12-0.23', summary: 'Debian 13: kernel 6.12, bpftrace 0.23', kernel: 'trixie', root: 'trixie'},
  {
    name: '5.10-embedded',
    summary: 'Debian 11: kernel 5.10, no bpftrace: for the embedded engine',
    kernel: 'bullseye',
    root: 'bullseye',
  },
]

export function findPair(name: string): Pair {
  const pair = pairs.find((candidate) => candidate.name === name)
  if (pair) return pair
  throw new GuestError(
    `no pair is called '${name}'`,
    `the pairs are: ${pairs.map((known) => known.name).join(', ')}`,
  )
}
