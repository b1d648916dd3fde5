import {setTimeout as pause} from 'node:timers/promises'
import type {ExecPlan} from '../support/execs.js'
import {type Running, tstrace, Workload} from '../support/processes.js'
import type {Plan} from '../support/workload.js'
import {compare, type Difference} from './differences.js'
import {printed, skipWithoutPeer, startPeer} from './peer.js'
import type {Row, Table} from './table.js'

/** A program that does what one of our tools does. */
export interface Peer {
  /** Unlike its file's, this says whose it is. */
  readonly name: string
  readonly file: string
  /** What it is always given. */
  readonly args?: readonly string[]
  /** The letters of its flags that the cases use. Without that of the filter it shows all processes. */
  readonly letters: string
  readonly differences: readonly Difference[]
  /** What it prints when it has attached all; without it, it must show an event that is made until it does. */
  readonly ready?: string
  /** How to read its output, if it is no table with a header. */
  readonly read?: (stdout: string) => Table
}

/** A known workload, and the flags with which tools watch it. */
export interface Case {
  readonly title: string
  readonly plan: Plan | ExecPlan
  /** Those it is for; else all. Each start of a peer of BCC takes as long as ten of the others. */
  readonly peers?: readonly Peer[]
  /**
   * The words `TID` and `CHILD` stand for the workload's thread and child. Peers that do not know one of the flags are
   * left out; who knows the others knows the long ones, too.
   */
  readonly flags: readonly string[]
  /** More flags, each with its value, for those peers that know them. */
  readonly ifKnown?: readonly (readonly string[])[]
}

/** One of our tools, its peers, and what they are to watch. */
export interface Comparison {
  readonly tool: string
  /** The letter of the flag that takes the workload's process id, and the column in which that is shown. */
  readonly filter: {
    readonly letter: string
    readonly column: string
    /** Which rows of peers without the column are about the workload; else all are. */
    readonly otherwise?: (row: Row) => boolean
  }
  readonly peers: readonly Peer[]
  readonly cases: readonly Case[]
  /**
   * Makes the workload cause an event beside its plan, which all cases show.
   *
   * @param number another one each time
   * @returns a text by which the event is known when it is shown
   */
  readonly mark: (workload: Workload, number: number) => Promise<string>
}

/**
 * Tests of one tool beside its peers. Each test runs a peer and our tool at the same time on the same workload, with the
 * same flags, and compares what both printed about it, field by field.
 */
export function sideBySide(comparison: Comparison): void {
  const {tool, filter, peers, cases} = comparison
  for (const peer of peers) {
    describe(`${tool} beside ${peer.name}`, () => {
      for (const one of cases.filter(({flags, peers}) => peers?.includes(peer) ?? knows(peer, flags))) {
        it(one.title, async function () {
          skipWithoutPeer(this, peer)
          // One CPU has one buffer, so that an event is shown after those that were before it.
          const workload = await Workload.start(one.plan, ['taskset', '--cpu-list', '0'])
          try {
            const known = one.ifKnown?.filter((flag) => knows(peer, flag)).flat() ?? []
            const ids: Record<string, number | undefined> = {TID: workload.tids[0], CHILD: workload.child}
            const flags = [...one.flags, ...known].map((word) => `${ids[word] ?? word}`)
            const {theirs, ours, marks} = await watch(comparison, peer, flags, workload)
            const ofWorkload = (row: Row) => {
              const value = row[filter.column]
              const isIts = value === undefined ? filter.otherwise?.(row) : value === `${workload.pid}`
              return (isIts ?? true) && !has(row, marks)
            }
            compare(theirs, ours, ofWorkload, peer.differences)
          } finally {
            await workload.end()
          }
        })
      }
    })
  }
}

function knows({letters}: Peer, flags: readonly string[]): boolean {
  return flags.every((word) => !/^-\w$/.test(word) || letters.includes(word.charAt(1)))
}

function has(row: Row, texts: readonly string[]): boolean {
  return texts.some((text) => Object.values(row).some((cell) => cell.includes(text)))
}

/** Lets both watch the workload, the peer from before our tool starts until after it ends. */
async function watch(
  {tool, filter, mark}: Comparison,
  peer: Peer,
  flags: readonly string[],
  workload: Workload,
): Promise<{theirs: Table; ours: Table; marks: string[]}> {
  const marks: string[] = []
  const shows = async (running: Running) =>
    untilShown(running, async () => {
      const text = await mark(workload, ++marksMade)
      marks.push(text)
      return text
    })
  const filtered = [`-${filter.letter}`, `${workload.pid}`, ...flags]
  const theirs = startPeer(peer.file, [
    ...(peer.args ?? []),
    ...(peer.letters.includes(filter.letter) ? filtered : flags),
  ])
  try {
    if (peer.ready === undefined) await shows(theirs)
    else await theirs.written(peer.ready)
    const ours = tstrace([tool, ...filtered])
    await Promise.race([ours.firstLine, ours.outcome])
    await workload.go()
    if (peer.ready === undefined) await shows(theirs)
    ours.signal('SIGINT')
    theirs.signal('SIGINT')
    const [printedByThem, printedByUs] = [await theirs.outcome, await ours.outcome]
    return {theirs: printed(printedByThem, peer.read), ours: printed(printedByUs, peer.read), marks}
  } finally {
    theirs.signal('SIGKILL')
  }
}

let marksMade = 0

/** Makes an event ten times a second until a peer shows one: while it attaches, it sees none. */
async function untilShown(peer: Running, make: () => Promise<string>): Promise<void> {
  const finished = new AbortController()
  const shown = 'shown'
  while (!finished.signal.aborted) {
    void peer.written(await make()).then(
      () => finished.abort(shown),
      (error: unknown) => finished.abort(error),
    )
    await pause(100, undefined, {signal: finished.signal}).catch(() => {})
  }
  if (finished.signal.reason !== shown) throw finished.signal.reason
}
