import {UsageError} from '../errors.js'
import {isIt} from '../near.js'
import type {Column} from './column.js'

/** Which columns of a tool a run sends and shows. */
export interface Selection {
  /** Shown, in this order. */
  readonly shown: readonly string[]
  /** Sent by the kernel side, in this order: those shown, and what they and the filters are made from. */
  readonly sent: readonly string[]
  /** Computed on our side for the user-side filter, each after those it reads. */
  readonly computedForKeep: readonly string[]
  /** Computed on our side for rows that are shown, each after those it reads. */
  readonly computed: readonly string[]
}

type Columns = Readonly<Record<string, Column>>

/**
 * Follows the columns asked for down to what must be sent.
 * @param keepReads what the user-side filter reads
 */
export function select(
  columns: Columns,
  shown: readonly string[],
  keepReads: readonly string[] = [],
): Selection {
  const sent = new Set<string>()
  const computed = new Set<string>()
  const visit = (name: string): void => {
    const column = columns[name]
    if (column === undefined || sent.has(name) || computed.has(name)) return
    if (column.sent !== undefined) {
      sent.add(name)
      return
    }
    column.from?.forEach(visit)
    computed.add(name)
  }
  keepReads.forEach(visit)
  const early = computed.size
  shown.forEach(visit)
  return {
    shown,
    sent: Object.keys(columns).filter((name) => sent.has(name)),
    computedForKeep: [...computed].slice(0, early),
    computed: [...computed].slice(early),
  }
}

/** The names in a `--columns` value: keys or headers, in any case. @throws UsageError */
export function parseColumns(columns: Columns, value: string): string[] {
  const known = Object.entries(columns).filter(([, column]) => column.internal !== true)
  return value.split(',').map((word) => {
    const wanted = word.trim().toLowerCase()
    const match =
      known.find(([name]) => name === wanted) ??
      known.find(([name, column]) => headerOf(name, column).toLowerCase() === wanted)
    if (match === undefined) {
      const names = known.map(([name]) => name).join(', ')
      throw new UsageError(`--columns: there is no column '${word.trim()}' (there are ${names})`, {
        hint: isIt(
          wanted,
          known.map(([name]) => name),
        ),
      })
    }
    return match[0]
  })
}

/** The columns but those of these names. */
export function columnsWithout(columns: Columns, names: readonly string[]): Columns {
  return Object.fromEntries(Object.entries(columns).filter(([name]) => !names.includes(name)))
}

/** The header of a column in a table. */
export function headerOf(name: string, column: Column): string {
  return column.header ?? name.toUpperCase()
}

/** The columns JSON shows: those of the table, and those that are cheap and that a program wants. */
export function jsonColumns(columns: Columns, shown: readonly string[]): string[] {
  return Object.entries(columns)
    .filter(([name, column]) => shown.includes(name) || column.inJson === true)
    .map(([name]) => name)
}
