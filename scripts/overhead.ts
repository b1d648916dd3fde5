import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {root} from './root.js'

/** What one event costs under one engine; the pages take it from here. */
export interface Figure {
  readonly tool: string
  readonly what: string
  /** As `bpftrace 0.23.2`. */
  readonly engine: string
  /** Nanoseconds of CPU time of a call without tracing; null if only the program was measured. */
  readonly untraced: number | null
  /** The same with tracing; or, if only the program was measured, what that takes. */
  readonly traced: number
  readonly rounds: number
  readonly kernel: string
  readonly cpus: number
  /** Only ratios say something then. */
  readonly emulated?: boolean
}

export const figuresFile = join(root, 'bench', 'overhead.json')

export function readFigures(file: string): Figure[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Figure[]) : []
}

/** New figures in the places of older ones of the same event and engine; on the same kernel, the least of both. */
export function merged(old: readonly Figure[], found: readonly Figure[]): Figure[] {
  const key = ({tool, what, engine}: Figure): string => [tool, what, engine.split('.', 2).join('.')].join('|')
  const all = new Map(old.map((figure) => [key(figure), figure]))
  for (const figure of found) {
    const before = all.get(key(figure))
    all.set(key(figure), before?.kernel === figure.kernel ? least(before, figure) : figure)
  }
  return [...all.values()].sort((a, b) => (a.tool < b.tool ? -1 : a.tool > b.tool ? 1 : 0))
}

function least(a: Figure, b: Figure): Figure {
  return {
    ...b,
    untraced: a.untraced === null || b.untraced === null ? null : Math.min(a.untraced, b.untraced),
    traced: Math.min(a.traced, b.traced),
    rounds: a.rounds + b.rounds,
  }
}

/** What tracing adds to an event, in nanoseconds. */
export function added({untraced, traced}: Figure): number {
  return traced - (untraced ?? 0)
}

/** The highest rates of events that no program makes, and what their cost is a share of. */
const highestRates: Readonly<Record<string, {rate: number; when: string; share: string}>> = {
  profile: {rate: 10_000, when: 'with the highest **-F**, 10000,', share: 'each CPU'},
  tcpretrans: {
    rate: 100_000,
    when: 'where a fast link makes 100,000 of them a second,',
    share: 'a CPU',
  },
}

function atWorst(tool: string, figures: readonly Figure[]): string {
  const highest = highestRates[tool]
  if (highest === undefined) return ''
  const percents = figures
    .filter(({untraced}) => untraced === null)
    .map(({traced}) => (traced * highest.rate * 100) / 1e9)
    .map((percent) => (percent >= 10 ? percent.toFixed(0) : percent.toFixed(1)))
  return ` At worst, ${highest.when} that is ${list(percents)} percent of ${highest.share}.`
}

/** The part of a page's OVERHEAD that is made of figures, under a heading of its own; nothing if there are none. */
export function measuredText(tool: string, all: readonly Figure[]): string {
  const figures = all.filter((figure) => figure.tool === tool)
  const parts = [
    section(
      figures.filter(({emulated, untraced}) => emulated !== true && untraced !== null),
      (figure) => `+${number(added(figure))}`,
      (engines, about, worst) =>
        `Nanoseconds of CPU time of the process that causes the event: without tracing, and what is added by ${engines}. ${about} At worst, in a program that does nothing else, it takes ${worst} times as long.`,
    ),
    section(
      figures.filter(({emulated, untraced}) => emulated !== true && untraced === null),
      (figure) => number(figure.traced),
      (engines, about) =>
        `Nanoseconds that the program takes in the kernel for an event, by the kernel's own clock, with ${engines}. ${about}${atWorst(tool, figures)}`,
    ),
    section(
      figures.filter(({emulated}) => emulated === true),
      (figure) => `x${ratio(figure)}`,
      (engines, about, worst) =>
        `How many times as long a read of one byte takes, with ${engines}. ${about} The machine was emulated, so that times themselves say nothing. At worst, in a program that does nothing else, it takes ${worst} times as long.`,
    ),
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? '' : ['### Measured', ...parts].join('\n\n')
}

function section(
  figures: readonly Figure[],
  cell: (figure: Figure) => string,
  explain: (engines: string, about: string, worst: string) => string,
): string | undefined {
  const [first] = figures
  if (first === undefined) return undefined
  const engines = [...new Set(figures.map(({engine}) => engine))]
  const events = [...new Set(figures.map(({what}) => what))]
  const hasUntraced = first.untraced !== null && first.emulated !== true
  const of = (what: string, engine: string): Figure | undefined =>
    figures.find((figure) => figure.what === what && figure.engine === engine)
  const line = (name: string, untraced: string, cells: readonly string[]): string =>
    name.padEnd(36) +
    (hasUntraced ? untraced.padStart(8) : '') +
    cells.map((each) => each.padStart(9)).join('')
  const table = [
    line(
      '',
      'untraced',
      engines.map((engine) => engine.replace('bpftrace ', '')),
    ),
    ...events.map((what) => {
      const untraced = figures.find((figure) => figure.what === what)?.untraced
      const cells = engines.map((engine) => {
        const figure = of(what, engine)
        return figure === undefined ? '-' : cell(figure)
      })
      return line(what, number(untraced ?? 0), cells)
    }),
  ]
  const worst = engines.map((engine) => {
    const own = figures.filter((figure) => figure.engine === engine)
    return ratio(own.reduce((most, each) => (Number(ratio(each)) > Number(ratio(most)) ? each : most)))
  })
  const kernel = /^[\d.]+/.exec(first.kernel)?.[0] ?? first.kernel
  const cpus = first.cpus === 1 ? 'one CPU' : `${first.cpus} CPUs`
  const about = `Measured by bench/overhead.ts on Linux ${kernel} in a virtual machine with ${cpus}, the least of several rounds in turn.`
  return `\`\`\`\n${table.join('\n')}\n\`\`\`\n\n${explain(list(engines.map((engine) => (engine === 'embedded' ? 'the embedded engine' : engine))), about, list(worst))}`
}

function ratio({untraced, traced}: Figure): string {
  const times = traced / (untraced ?? NaN)
  return times >= 10 ? times.toFixed(0) : times.toFixed(1)
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
