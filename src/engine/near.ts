/** The names that are one or two slips of the finger away from `name`, or begin with it; the closest first. */
export function near(name: string, names: Iterable<string>): string[] {
  const slips = Math.min(2, name.length / 2)
  const found: {known: string; away: number}[] = []
  for (const known of names) {
    const away =
      name !== '' && known.startsWith(name)
        ? 0
        : Math.abs(known.length - name.length) <= slips
          ? distance(name, known)
          : Infinity
    if (away <= slips) found.push({known, away})
  }
  return found.sort((a, b) => a.away - b.away || a.known.length - b.known.length).map(({known}) => known)
}

/** The names with all words of `name` in their order and more, as `sched_process_fork` for `sched_fork`. */
export function withMoreWords(name: string, names: Iterable<string>): string[] {
  const words = name.split('_')
  const hasAll = (known: string): boolean =>
    known.split('_').reduce((next, word) => (word === words[next] ? next + 1 : next), 0) === words.length
  return [...names].filter(hasAll)
}

/** How many letters must be added, taken away or replaced to make one word of the other. */
function distance(from: string, to: string): number {
  let row = Array.from({length: to.length + 1}, (_, index) => index)
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
