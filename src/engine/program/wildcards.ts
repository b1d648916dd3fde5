/** Wildcards and names that together stand for a set of names. */
export interface Cover {
  /** What all names begin with for which one wildcard stands: `vfs_` for `vfs_*`. */
  readonly prefixes: readonly string[]
  /** Names that no wildcard stands for. */
  readonly names: readonly string[]
}

/**
 * The fewest wildcards that match the wanted names and no other of those that there are. A name that occurs twice is
 * none that a wildcard may match: nobody knows which of its functions is meant. Wildcards are as long as they can be,
 * so that names nobody knew of match as little as possible.
 *
 * @param all the names that a wildcard is compared with
 */
export function cover(wanted: ReadonlySet<string>, all: Iterable<string>): Cover {
  const sorted = [...all].sort()
  const isFit = sorted.map(
    (name, index) => wanted.has(name) && name !== sorted[index - 1] && name !== sorted[index + 1],
  )
  /** How many fit before each. */
  const fitBefore = [0]
  for (const fit of isFit) fitBefore.push((fitBefore.at(-1) ?? 0) + Number(fit))
  const prefixes: string[] = []
  const covered = new Set<string>()

  /** Those from `begin` to `end` have the same first `length` letters. */
  const visit = (begin: number, end: number, length: number): void => {
    const fit = (fitBefore[end] ?? 0) - (fitBefore[begin] ?? 0)
    if (fit < 2) return
    const prefix = commonStart(sorted[begin] ?? '', sorted[end - 1] ?? '')
    if (fit === end - begin && prefix !== '') {
      prefixes.push(prefix)
      for (const name of sorted.slice(begin, end)) covered.add(name)
      return
    }
    for (let start = begin; start < end;) {
      const letter = sorted[start]?.[length]
      let next = start + 1
      while (next < end && sorted[next]?.[length] === letter) next++
      // What ends here is a name of its own, with others behind it.
      if (letter !== undefined) visit(start, next, length + 1)
      start = next
    }
  }
  visit(0, sorted.length, 0)
  return {prefixes, names: [...wanted].filter((name) => !covered.has(name))}
}

function commonStart(a: string, b: string): string {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return a.slice(0, length)
}
