import type {Message} from './backend/backend.js'
import type {Keep} from './definition.js'
import {missedText} from './event/missed.js'
import type {Field, PackedRows} from './event/packed.js'
import type {Row, Value} from './event/row.js'
import type {RowDecoder} from './event/rows.js'
import {Losses} from './losses.js'
import {sentMap} from './program/generate.js'
import {Page} from './render/page.js'
import type {Renderer, RunStart, RunSummary} from './render/renderer.js'
import type {RowWriter} from './render/rowwriter.js'
import type {Words} from './words.js'

interface StreamParts {
  readonly decoder: RowDecoder
  readonly renderer: Renderer
  /** Makes what writes rows that are kept in a certain way, where that can be. */
  readonly writer?: (fields: readonly Field[]) => RowWriter | undefined
  readonly keep: Keep | undefined
  readonly limit: number | undefined
  readonly words: Words
  /** What to say about the run when it begins. */
  readonly start: () => RunStart
  /** Called once, when every probe is attached. */
  readonly onBegin: () => void
  /** Called once, when the last row that was asked for has come. */
  readonly onLimit: () => void
}

/** Messages in, text out: decodes, filters, counts and renders what one run says. */
export class Stream {
  readonly #parts: StreamParts
  readonly #losses: Losses
  readonly #unseen: Losses
  #stacks = 0
  /** What comes after that which is in the page. */
  #text = ''
  readonly #page = new Page()
  #writer: {readonly fields: readonly Field[]; readonly writer: RowWriter | undefined} | undefined
  #began = false
  #events = 0
  #dropped = 0
  #cut = 0
  /** Messages of events after the end: they tell whether something can have been thrown away during the stop. */
  #late = 0
  #sent: number | undefined
  /** Rows of events that happened after this time of the boot clock are not shown. */
  endsAt = Infinity

  constructor(parts: StreamParts) {
    this.#parts = parts
    this.#losses = new Losses((events) => {
      parts.words.important(`lost ${events} events: they came faster than they could be taken`)
      parts.words.hint('filter more, show fewer columns, or raise --buffer-pages')
      this.#text += parts.renderer.notice({kind: 'lost', events})
    })
    this.#unseen = new Losses((events) => this.#warn(missedText(events)))
  }

  take(message: Message): void {
    const {words, renderer} = this.#parts
    switch (message.kind) {
      case 'ready':
        this.#begin()
        return
      case 'row':
        this.#takeRow(message.values)
        return
      case 'rows':
        this.#takeRows(message.rows)
        return
      case 'lost':
        this.#losses.add(message.events)
        return
      case 'unseen':
        this.#unseen.add(message.events)
        return
      case 'map':
        if (message.name === sentMap) this.#sent = Number(message.entries[0]?.[1])
        return
      case 'trouble':
        if (words.warn(message.text)) this.#text += renderer.notice({kind: 'warning', text: message.text})
        return
      case 'missed':
        this.#stacks += message.stacks
        return
      case 'snapshot':
      case 'histogram':
      case 'stats':
      case 'text':
        return
    }
  }

  /** The text made since it was last taken, or its bytes, which are valid until the next message is taken. */
  takeText(): string | Uint8Array {
    if (this.#page.length > 0) {
      this.#writeText()
      return this.#page.take()
    }
    const text = this.#text
    this.#text = ''
    return text
  }

  /**
   * Settles the counts and adds what the format says at the end.
   * @param deliversAll whether what was sent during the stop was delivered, too
   */
  finish(reason: string, deliversAll: boolean): RunSummary {
    const {decoder, words, keep} = this.#parts
    this.#losses.settle(this.#sent, decoder.received, deliversAll ? 0 : this.#late)
    this.#unseen.settle(undefined, 0, 0)
    if (this.#stacks > 0) this.#warn(`${this.#stacks} stack traces could not be displayed`)
    const missed = this.#unseen.total
    const summary = {
      ...{reason, events: this.#events, lost: this.#losses.total, cut: this.#cut},
      ...(missed > 0 && {missed}),
    }
    if (this.#began) this.#text += this.#parts.renderer.end(summary)
    const more = missed > 0 ? `, ${missed} missed before any filter` : ''
    const counts = `${summary.events} events shown, ${summary.lost} lost, ${summary.cut} with a text that was cut${more}`
    if (summary.lost > 0 || missed > 0) words.important(counts)
    else words.detail(counts)
    if (keep !== undefined && this.#events === 0 && this.#dropped > 0) {
      words.warn(`no event passed the filters; ${this.#dropped} came before them`)
    }
    return summary
  }

  #warn(text: string): void {
    this.#parts.words.important(text)
    this.#text += this.#parts.renderer.notice({kind: 'warning', text})
  }

  #begin(): void {
    if (this.#began) return
    this.#began = true
    this.#text += this.#parts.renderer.begin(this.#parts.start())
    this.#parts.onBegin()
  }

  #takeRow(values: readonly Value[]): void {
    // Kind and time stand first in rows and in pieces.
    if (Number(values[1]) > this.endsAt) this.#late++
    const row = this.#parts.decoder.decode(values)
    if (row !== undefined) this.#show(row)
  }

  /** Writes rows as they are, where that can be; else they are decoded one by one. */
  #takeRows(rows: PackedRows): void {
    const writer = this.#writerFor(rows.fields)
    for (let row = 0; row < rows.count; row++) {
      const time = writer?.time(rows, row) ?? NaN
      if (writer === undefined || Number.isNaN(time)) {
        this.#takeRow(rows.values(row))
        continue
      }
      const {decoder, limit} = this.#parts
      decoder.received++
      if (time > this.endsAt) this.#late++
      if (time > this.endsAt || this.#events === limit) continue
      this.#begin()
      this.#writeText()
      if (writer.write(rows, row, this.#page)) this.#cut++
      this.#count()
    }
  }

  #writerFor(fields: readonly Field[]): RowWriter | undefined {
    if (this.#writer?.fields !== fields) {
      const {keep, writer} = this.#parts
      this.#writer = {fields, writer: keep === undefined ? writer?.(fields) : undefined}
    }
    return this.#writer.writer
  }

  /** Puts the text where it belongs: behind the rows that were written before it. */
  #writeText(): void {
    if (this.#text === '') return
    this.#page.text(this.#text)
    this.#text = ''
  }

  #show(row: Row): void {
    const {keep, limit, decoder, renderer} = this.#parts
    if (Number(row['time_ns']) > this.endsAt || this.#events === limit) return
    if (keep !== undefined && !keep.test(row)) {
      this.#dropped++
      return
    }
    this.#begin()
    if (decoder.isCut) this.#cut++
    this.#text += renderer.row(decoder.complete(row))
    this.#count()
  }

  #count(): void {
    this.#events++
    if (this.#events === this.#parts.limit) this.#parts.onLimit()
  }
}
