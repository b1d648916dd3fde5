import assert from 'node:assert/strict'
import type {Row, Table} from './table.js'

/** What a tool counted, by what it is: the same thing printed again, in a later interval, is added. */
type Counts = Map<string, {readonly row: Row; count: number}>

/**
 * Reads tables as funccount prints them. Several, one for each interval, are added.
 *
 * @returns rows of FUNC and COUNT, in the order of their counts and then of their names
 */
export function readFunctions(stdout: string): Table {
  const counts: Counts = new Map()
  for (const table of stdout.split(/^FUNC +COUNT\n/m).slice(1)) {
    const rows = [...table.matchAll(/^(\S.*?) +(\d+)$/gm)].map(([, name = '', count]) => ({
      row: {FUNC: name},
      count: Number(count),
    }))
    assertAscending(rows)
    for (const each of rows) add(counts, each)
  }
  return tableOf(['FUNC'], counts)
}

/** The same with -T: a row for each table, too, that has what is above it, without the time itself. */
export function readIntervals(stdout: string): Table {
  const headings = stdout.replace(/\d\d:\d\d:\d\d/g, 'HH:MM:SS').match(/^\n.*\n(?=FUNC)/gm) ?? []
  const {columns, rows} = readFunctions(stdout)
  return {columns, rows: [...headings.map((text) => ({FUNC: text, COUNT: ''})), ...rows]}
}

/**
 * Reads stacks as stackcount prints them: frames, with `--` between the halves, the process if it is shown, and the
 * count.
 *
 * @returns rows of STACK, PROCESS and COUNT, in the order of their counts and then of their texts
 */
export function readStacks(stdout: string): Table {
  const form = /^((?: {2}\S.*\n| {4}--\n)*)(?: {4}(\S.*)\n)?? {4}(\d+)\n$/gm
  return stacks(
    [...stdout.matchAll(form)].map(([, frames = '', process = '', count]) => ({
      row: {STACK: lines(frames), PROCESS: process},
      count: Number(count),
    })),
  )
}

/** The same as profile prints them. */
export function readSamples(stdout: string): Table {
  const form = /^((?: {4}\S.*\n)*?) {4}- {16}(.*)\n {8}(\d+)\n$/gm
  return stacks(
    [...stdout.matchAll(form)].map(([, frames = '', process = '', count]) => ({
      row: {STACK: lines(frames), PROCESS: process.trim()},
      count: Number(count),
    })),
  )
}

/** The same of one line each: the command, frames from the root to the leaf, and the count. */
export function readFolded(stdout: string): Table {
  return stacks(
    [...stdout.matchAll(/^([^;\n]*)((?:;.*)?) (\d+)$/gm)].map(([, process = '', frames = '', count]) => ({
      row: {STACK: frames, PROCESS: process},
      count: Number(count),
    })),
  )
}

/**
 * Reads what argdist counted: of each label a table or a histogram.
 *
 * @param block what it printed at one time, without the time above it
 * @returns rows of LABEL, EVENT (a value, or a row of a histogram as it looks) and COUNT
 */
export function readDistributions(block: string): Table {
  const rows: Row[] = []
  const tables = block.matchAll(/^(.+)\n\tCOUNT +EVENT\n((?:\t\d+ .*\n)*)/gm)
  for (const [, label = '', counted = ''] of tables) {
    for (const [, count = '', event = ''] of counted.matchAll(/^\t(\d+) +(.*)$/gm))
      rows.push({LABEL: label, EVENT: event, COUNT: count})
  }
  const histograms = block.matchAll(/^ +(\S.*?) +: count +distribution\n((?: +-?\d+ -> .*\n)*)/gm)
  for (const [, label = '', buckets = ''] of histograms) {
    for (const [line, count = ''] of buckets.matchAll(/^.*: (\d+) .*$/gm))
      rows.push({LABEL: label, EVENT: line, COUNT: count})
  }
  return {columns: ['LABEL', 'EVENT', 'COUNT'], rows}
}

/** What it printed at each time, all but the last, of which the end may be missing. */
export function blocks(stdout: string): string[] {
  return stdout
    .split(/^\[\d\d:\d\d:\d\d\]\n/m)
    .slice(1)
    .slice(0, -1)
}

interface Counted {
  readonly row: Row
  readonly count: number
}

function stacks(found: readonly Counted[]): Table {
  const counts: Counts = new Map()
  for (const each of found) add(counts, each)
  return tableOf(['STACK', 'PROCESS'], counts)
}

const lines = (frames: string): string =>
  frames
    .trimEnd()
    .split('\n')
    .map((line) => line.trim())
    .join('\n')

function add(counts: Counts, {row, count}: Counted): void {
  const key = JSON.stringify(row)
  const known = counts.get(key)
  if (known === undefined) counts.set(key, {row, count})
  else known.count += count
}

function tableOf(columns: readonly string[], counts: Counts): Table {
  const sorted = [...counts].sort(([a, m], [b, n]) => m.count - n.count || (a < b ? -1 : 1))
  return {
    columns: [...columns, 'COUNT'],
    rows: sorted.map(([, {row, count}]) => ({...row, COUNT: `${count}`})),
  }
}

/** Our tools and BCC's have the biggest last. */
function assertAscending(counted: readonly Counted[]): void {
  const numbers = counted.map(({count}) => count)
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  )
}
