import type {Shape} from '#src/engine/backend/embedded/object.js'
import {BatchRows, rowKinds} from '#src/engine/backend/embedded/runtime/rows.js'
import {memoryOf} from '#src/engine/backend/embedded/runtime/memory.js'
import type {PackedRows} from '#src/engine/event/packed.js'
import {int, packed, text, tuple} from './bytes.js'

/** A row by what a column with a name holds. */
export interface PackedRow {
  readonly time: bigint
  readonly numbers: (column: string) => bigint
  readonly texts: (column: string) => Buffer
}

const headBytes = 8
/** As the kernel side sends names of threads: in place. */
const nameBytes = 16

/**
 * Rows as the embedded engine's programs write them: numbers and names in place, other texts behind.
 * @param room of the other texts, the end included, as the program that cuts them has it
 */
export function packedRows(
  columns: readonly string[],
  isText: readonly boolean[],
  rows: readonly PackedRow[],
  room: number,
): PackedRows {
  const shapes = columns.map((name, index): readonly [Shape, number] => {
    if (isText[index] !== true) return [int(), 8]
    return name === 'comm' ? [text(nameBytes), nameBytes] : [{kind: 'elsewhere', of: 'text'}, 8]
  })
  const shape = tuple([int(), 8], [int(8, false), 8], ...shapes)
  const kinds = rowKinds([{kind: 'value', shape}], {
    room,
    printer: () => () => {
      throw new Error('nothing of these rows is printed')
    },
  })
  const records = rows.map(({time, numbers, texts}) => {
    const tails: Buffer[] = []
    let end = headBytes + shape.bytes
    const parts = columns.map((name, index) => {
      if (isText[index] !== true) return packed([numbers(name), 8])
      const bytes = texts(name).subarray(0, (name === 'comm' ? nameBytes : room) - 1)
      if (name === 'comm') return Buffer.concat([bytes, Buffer.alloc(nameBytes - bytes.length)])
      tails.push(bytes)
      end += bytes.length
      return packed([end - bytes.length, 4], [bytes.length, 4])
    })
    return Buffer.concat([packed([0, 8], [0, 8], [time, 8]), ...parts, ...tails])
  })
  const starts = new Uint32Array(records.length)
  let at = 0
  records.forEach((record, index) => {
    starts[index] = at
    at += record.length
  })
  const batch = {
    ...memoryOf(Buffer.concat(records)),
    count: records.length,
    starts,
    lengths: new Uint32Array(),
    release: () => {},
  }
  const result = new BatchRows(batch, 0, kinds[0]?.fields ?? [], kinds)
  result.count = records.length
  return result
}
