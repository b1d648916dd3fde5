import type {Message} from './backend/backend.js'
import type {Collector} from './definition.js'
import {Intervals, type Report} from './event/report.js'
import type {Snapshot} from './event/snapshot.js'
import {missedText} from './event/missed.js'
import {Losses} from './losses.js'
import type {Renderer, RunStart, RunSummary} from './render/renderer.js'
import type {Words} from './words.js'

interface ReporterParts {
  readonly collector: Collector
  readonly renderer: Renderer
  readonly banner?: string | undefined
  readonly limit: number | undefined
  readonly words: Words
  readonly clock: {
    /** Nanoseconds on the boot clock. */
    readonly now: () => bigint
    readonly wallTime: (bootNs: bigint) => bigint
  }
  readonly start: () => RunStart
  /** Asks for a snapshot. */
  readonly snapshot: () => void
  /** Called once, when counting begins. */
  readonly onBegin: () => void
  readonly onLimit: () => void
}

/** How long the first snapshot may take before the run begins without it. */
const baselinePatienceMs = 2000

/** Messages in, text out, for tools that count in the kernel: one report for each snapshot. */
export class Reporter {
  readonly #parts: ReporterParts
  readonly #losses: Losses
  readonly #unseen: Losses
  #text = ''
  /** Notices that came before the run began: its record is the first. */
  #early = ''
  #intervals: Intervals | undefined
  #patience: NodeJS.Timeout | undefined
  #readyAt = 0n
  #rows = 0
  readonly #missed = {noRoom: 0, notKept: 0, said: 0}
  #missedHint: string | undefined
  /** As `Stream` has it; counts of a snapshot are cut off by the kernel already. */
  endsAt = Infinity

  constructor(parts: ReporterParts) {
    this.#parts = parts
    this.#losses = new Losses((events) => {
      parts.words.important(`lost ${events} messages: they came faster than they could be taken`)
      parts.words.hint('raise --buffer-pages')
      this.#text += parts.renderer.notice({kind: 'lost', events})
    })
    this.#unseen = new Losses((events) => this.#warn(missedText(events)))
  }

  take(message: Message): void {
    const {collector, words, renderer, snapshot, clock, limit = Infinity} = this.#parts
    switch (message.kind) {
      case 'ready':
        this.#readyAt = clock.now()
        this.#patience = setTimeout(() => this.#beginWithoutBaseline(), baselinePatienceMs)
        snapshot()
        return
      case 'snapshot': {
        if (this.#intervals === undefined && !message.last) {
          this.#begin(message)
          return
        }
        const intervals = this.#intervals ?? this.#begin(undefined)
        if (this.#rows < limit) this.#report(collector.report(intervals.next(message, clock.now())))
        return
      }
      case 'row':
        collector.message?.(message.values.slice(1))
        return
      case 'rows':
        for (let row = 0; row < message.rows.count; row++)
          collector.message?.(message.rows.values(row).slice(1))
        return
      case 'lost':
        this.#losses.add(message.events)
        return
      case 'unseen':
        this.#unseen.add(message.events)
        return
      case 'missed':
        this.#missed.said += message.stacks
        this.#missedHint = message.hint
        return
      case 'trouble':
        if (message.mapFull === true && collector.tellsMissed === true) return
        if (!words.warn(message.text)) return
        if (this.#intervals === undefined)
          this.#early += renderer.notice({kind: 'warning', text: message.text})
        else this.#text += renderer.notice({kind: 'warning', text: message.text})
        return
      case 'map':
      case 'histogram':
      case 'stats':
      case 'text':
        return
    }
  }

  /** The text made since it was last taken. */
  takeText(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  finish(reason: string): RunSummary {
    clearTimeout(this.#patience)
    this.#parts.collector.close?.()
    this.#losses.settle(undefined, 0, 0)
    this.#tellMissed()
    this.#unseen.settle(undefined, 0, 0)
    const missed = this.#unseen.total
    const summary = {
      ...{reason, events: this.#rows, lost: this.#losses.total, cut: 0},
      ...(missed > 0 && {missed}),
    }
    if (this.#intervals !== undefined) this.#text += this.#parts.renderer.end(summary)
    return summary
  }

  #beginWithoutBaseline(): void {
    if (this.#intervals !== undefined) return
    this.#parts.words.warn(
      'the program does not answer, so its counts come at the end only (in a pid namespace, bpftrace before 0.23 cannot)',
    )
    this.#begin(undefined)
  }

  #begin(baseline: Snapshot | undefined): Intervals {
    const {clock, banner, words, renderer, start, onBegin} = this.#parts
    clearTimeout(this.#patience)
    const intervals = new Intervals(baseline, this.#readyAt, clock.wallTime)
    this.#intervals = intervals
    if (banner !== undefined) words.say(banner)
    this.#text += renderer.begin(start()) + this.#early
    this.#early = ''
    onBegin()
    return intervals
  }

  /** Once for a run: a report shows them in their place. */
  #tellMissed(): void {
    const {words} = this.#parts
    const {noRoom, notKept, said} = this.#missed
    // What the backend says is not kept is not always to be seen in the report: the other half of it may be there.
    const missed = noRoom + Math.max(notKept, said)
    if (missed === 0 || this.#intervals === undefined) return
    this.#warn(`${missed} stack traces could not be displayed`)
    const hint = noRoom > 0 ? 'raise --stack-storage-size' : this.#missedHint
    if (hint !== undefined) words.hint(hint)
  }

  #warn(text: string): void {
    this.#parts.words.important(text)
    this.#text += this.#parts.renderer.notice({kind: 'warning', text})
  }

  #report(report: Report): void {
    this.#missed.noRoom += report.missed?.noRoom ?? 0
    this.#missed.notKept += report.missed?.notKept ?? 0
    this.#text += this.#parts.renderer.report(report)
    for (const section of report.sections) {
      this.#rows +=
        section.kind === 'rows' ? section.rows.length : section.kind === 'stacks' ? section.stacks.length : 1
    }
    if (this.#rows >= (this.#parts.limit ?? Infinity)) this.#parts.onLimit()
  }
}
