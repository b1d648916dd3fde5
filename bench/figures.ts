/** What several rounds gave. */
export interface Figure {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function figure(values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? NaN
  const middle = sorted.length >> 1
  return {
    median: sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  }
}

/** A row of the table: what it is, in which unit, and the rounds. */
export interface Measure {
  readonly name: string
  readonly unit: string
  readonly digits: number
  readonly values: readonly number[]
}

/** Prints a table, or with `json` one object that holds the same and every round. */
export function print(about: Record<string, unknown>, measures: readonly Measure[], json: boolean): void {
  if (json) {
    const figures = measures.map(({name, unit, values}) => ({name, unit, ...figure(values), values}))
    process.stdout.write(`${JSON.stringify({...about, figures}, null, 2)}\n`)
    return
  }
  const facts = Object.entries(about).map(([name, value]) => `${name} ${String(value)}`)
  const lines = measures.map(({name, unit, digits, values}) => {
    const {median, min, max} = figure(values)
    const cells = [median, min, max].map((value) => value.toFixed(digits).padStart(9))
    return `${name.padEnd(46)} ${unit.padEnd(3)}${cells.join('')}`
  })
  process.stdout.write(
    `${facts.join(', ')}\n\n${' '.repeat(52)}median      min      max\n${lines.join('\n')}\n`,
  )
}
