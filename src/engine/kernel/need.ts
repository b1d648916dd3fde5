/** What a source requires of the machine, spelled as the probe it is about. */
export type Need =
  `tracepoint:${string}:${string}` | `kprobe:${string}` | `fentry:${string}` | 'btf' | 'hardware counters'

/** A need that one flag brings, with the flag as it is typed, so that who misses it knows why it is needed. */
export interface FlagNeed {
  readonly need: Need
  readonly for: string
}
