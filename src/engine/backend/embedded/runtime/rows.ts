import type {Field, PackedRows} from '../../../event/packed.js'
import type {Value} from '../../../event/row.js'
import type {Batch} from '../loaded.js'
import type {RecordKind, Shape} from '../object.js'
import {type ValueContext, type ValueReader, valueReader} from './values.js'

/** Where the bytes of a record's shape begin. */
export const bodyAt = 8

/** How the rows of one kind of record are read. */
export interface RowKind {
  /** The same object for kinds whose rows are kept alike. */
  readonly fields: readonly Field[]
  readonly parts: readonly {readonly at: number; readonly read: ValueReader}[]
}

/** The kinds of records that are rows, in the places that they have among all kinds. */
export function rowKinds(kinds: readonly RecordKind[], context: ValueContext): (RowKind | undefined)[] {
  const known = new Map<string, readonly Field[]>()
  return kinds.map((kind) => {
    if (kind.kind !== 'value' || kind.shape.kind !== 'tuple') return undefined
    const {parts} = kind.shape
    const fields = parts.map(({offset, shape}) => fieldOf(shape, bodyAt + offset, context.room))
    const label = JSON.stringify(fields)
    if (!known.has(label)) known.set(label, fields)
    return {
      fields: known.get(label) ?? fields,
      parts: parts.map(({offset, shape}) => ({at: bodyAt + offset, read: valueReader(shape, context)})),
    }
  })
}

function fieldOf(shape: Shape, at: number, room: number): Field {
  switch (shape.kind) {
    case 'int':
      if (shape.bool === true) break
      return {kind: 'int', at, bytes: shape.bytes, signed: shape.signed}
    case 'text':
      return {kind: 'text', at, bytes: shape.bytes, room}
    case 'elsewhere':
      if (shape.of === 'buffer') break
      return {kind: 'text elsewhere', at, room}
    default:
      break
  }
  return {kind: 'other'}
}

/** Rows that follow each other in a batch. */
export class BatchRows implements PackedRows {
  readonly bytes: Buffer
  readonly view: DataView
  readonly fields: readonly Field[]
  count = 0
  readonly #batch: Batch
  readonly #first: number
  readonly #kinds: readonly (RowKind | undefined)[]

  /** @param first the place of the first in the batch */
  constructor(
    batch: Batch,
    first: number,
    fields: readonly Field[],
    kinds: readonly (RowKind | undefined)[],
  ) {
    this.bytes = batch.bytes
    this.view = batch.view
    this.fields = fields
    this.#batch = batch
    this.#first = first
    this.#kinds = kinds
  }

  start(row: number): number {
    return this.#batch.starts[this.#first + row] ?? 0
  }

  value(row: number, field: number): Value {
    const start = this.start(row)
    const part = this.#kind(start)?.parts[field]
    return part?.read(this.#batch, start + part.at, start) ?? null
  }

  values(row: number): Value[] {
    const start = this.start(row)
    const values: Value[] = []
    for (const {at, read} of this.#kind(start)?.parts ?? []) values.push(read(this.#batch, start + at, start))
    return values
  }

  #kind(start: number): RowKind | undefined {
    return this.#kinds[this.view.getUint32(start, true)]
  }
}
