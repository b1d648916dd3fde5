import assert from 'node:assert/strict'
import type {Row, Table} from './table.js'

/** Where a peer may say something else than we do, and why. Whatever is not listed must be equal. */
export interface Difference {
  readonly because: string
  /** Rows of ours that the peer does not have. */
  readonly lacks?: (ours: Row) => boolean
  /** What we print for a row of the peer. */
  readonly means?: (theirs: Row) => Row
  /** Rows of the peer, as we would print them, that we do not have. */
  readonly adds?: (theirs: Row) => boolean
  /** A column that only one of both has. */
  readonly extra?: string
  /** A column that the peer, or some version of it, calls by another name. */
  readonly renamed?: {readonly theirs: string; readonly ours: string}
  /** A column (of ours) whose values cannot be compared. */
  readonly unlike?: string
}

/** Asserts that both printed the same columns and the same rows about the workload, but for the differences. */
export function compare(
  theirs: Table,
  ours: Table,
  ofWorkload: (row: Row) => boolean,
  differences: readonly Difference[],
): void {
  const renamed = new Map(
    differences.flatMap(({renamed: names}) =>
      names === undefined || theirs.columns.includes(names.ours) ? [] : [[names.theirs, names.ours]],
    ),
  )
  const nameOf = (theirName: string) => renamed.get(theirName) ?? theirName
  const named = theirs.columns.map(nameOf)
  const isExtra = (name: string) =>
    !(named.includes(name) && ours.columns.includes(name)) && differences.some(({extra}) => extra === name)
  const isUnlike = (name: string) => differences.some(({unlike}) => unlike === name)
  const isLacking = (row: Row) => differences.some(({lacks}) => lacks?.(row) === true)
  const comparable = (row: Row, nameIn: (name: string) => string) =>
    Object.entries(row)
      .map(([name, cell]) => [nameIn(name), cell] as const)
      .filter(([name]) => !isExtra(name) && !isUnlike(name))
      .map(([name, cell]) => `${name}=${cell}`)

  assert.deepEqual(
    ours.columns.filter((name) => !isExtra(name)),
    named.filter((name) => !isExtra(name)),
  )
  const isAdded = (row: Row) => differences.some(({adds}) => adds?.(row) === true)
  const meant = (row: Row) => differences.reduce((meaning, {means}) => means?.(meaning) ?? meaning, row)
  const expected = theirs.rows
    .filter(ofWorkload)
    .map(meant)
    .filter((row) => !isAdded(row))
    .map((row) => comparable(row, nameOf))
  assert.notEqual(expected.length, 0, 'the peer saw nothing of the workload')
  assert.deepEqual(
    ours.rows
      .filter((row) => ofWorkload(row) && !isLacking(row))
      .map((row) => comparable(row, (name) => name)),
    expected,
  )
}
