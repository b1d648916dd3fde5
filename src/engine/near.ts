/** The names that are one or two slips of the finger away from `name`, or begin with it; the closest first. */
export function near(name: string, names: Iterable<string>): string[] {
  return ranked(name, names).map(({known}) => known)
}

/** Those of the near names than which none is closer; three at most. */
export function closest(name: string, names: Iterable<string>): string[] {
  const found = ranked(name, names)
  return found.flatMap(({known, away}) => (away === found[0]?.away ? [known] : [])).slice(0, 3)
}

/** A hint at what may have been meant; undefined if nothing is near. */
export function isIt(name: string, names: Iterable<string>): string | undefined {
  const found = closest(name, names)
  return found.length === 0 ? undefined : `is it ${found.join(' or ')}?`
}

function ranked(name: string, names: Iterable<string>): {known: string; away: number}[] {
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
  return found.sort((a, b) => a.away - b.away || a.known.length - b.known.length)
}

/** The names with all words of `name` in their order and more, as `sched_process_fork` for `sched_fork`. */
export function withMoreWords(name: string, names: Iterable<string>): string[] {
  const words = name.split('_')
  const hasAll = (known: string): boolean =>
    known.split('_').reduce((next, word) => (word === words[next] ? next + 1 : next), 0) === words.length
  return [...names].filter(hasAll)
}

/** How many letters must be added, taken away, replaced or swapped with the next to make one word of the other. */
function distance(from: string, to: string): number {
  let before: readonly number[] = []
  let row = Array.from({length: to.length + 1}, (_, index) => index)
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1)
      const isSwapped = i > 0 && j > 0 && from[i] === to[j - 1] && from[i - 1] === to[j]
      const swapped = isSwapped ? (before[j - 1] ?? 0) + 1 : Infinity
      next.push(Math.min(replaced, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row.at(-1) ?? 0
}
