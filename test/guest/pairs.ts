import {GuestError} from './host.js'

/** A Debian release, as a suite of its archive. */
export type Suite = 'bullseye' | 'bookworm' | 'trixie' | 'sid'

/** A kernel and an engine that are tested together. A new pair is one more entry here. */
export interface Pair {
  /** `KERNEL-BPFTRACE`, as given to `--pair`; `KERNEL-embedded` for the embedded engine. */
  name: string
  summary: string
  /** The release whose default kernel is booted. */
  kernel: Suite
  /** The release whose libraries, and bpftrace where it has one, run on it. */
  root: Suite
  /** Not for each run of the tests: what differs there is small, and time is short. */
  onDemand?: true
}

export const pairs: readonly [Pair, ...Pair[]] = [
  {name: '6.1-0.17', summary: 'Debian 12: kernel 6.1, bpftrace 0.17', kernel: 'bookworm', root: 'bookworm'},
  {name: '6.12-0.23', summary: 'Debian 13: kernel 6.12, bpftrace 0.23', kernel: 'trixie', root: 'trixie'},
  {
    name: '5.10-embedded',
    summary: 'Debian 11: kernel 5.10, the oldest for the embedded engine; no bpftrace',
    kernel: 'bullseye',
    root: 'bullseye',
  },
  {name: '6.1-embedded', summary: 'kernel 6.1', kernel: 'bookworm', root: 'bookworm', onDemand: true},
  {name: '6.12-embedded', summary: 'kernel 6.12', kernel: 'trixie', root: 'trixie', onDemand: true},
]

export const engineOf = ({name}: Pair): 'embedded' | 'bpftrace' =>
  name.endsWith('-embedded') ? 'embedded' : 'bpftrace'

export function findPair(name: string): Pair {
  const pair = pairs.find((candidate) => candidate.name === name)
  if (pair) return pair
  throw new GuestError(
    `no pair is called '${name}'`,
    `the pairs are: ${pairs.map((known) => known.name).join(', ')}`,
  )
}
