import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Message} from '#src/engine/backend/backend.js'
import {Decoder} from '#src/engine/backend/bpftrace/decode.js'
import {dialectOf} from '#src/engine/backend/bpftrace/dialect.js'
import {RunError} from '#src/engine/errors.js'
import type {Text} from '#src/engine/event/text.js'
import {readable} from '#src/engine/event/text.js'
import {root} from '../../scripts/root.js'

/** What bpftrace really wrote: `NAME.VERSION.ndjson` is the output of `NAME.bt` by that version. */
const folder = join(root, 'test', 'transcripts')

/** A line that the decoder refused, which no JSON parser could read. */
export interface Refused {
  readonly kind: 'refused'
  readonly line: string
}

/** The versions of which there is a transcript of that name. */
export function versionsOf(name: string): string[] {
  const files = readdirSync(folder).filter((file) => file.startsWith(`${name}.`) && file.endsWith('.ndjson'))
  return files.map((file) => file.slice(name.length + 1, -'.ndjson'.length)).sort()
}

/** Decodes a whole transcript, every line of it. */
export function replay(name: string, version: string, room = Infinity): (Message | Refused)[] {
  const decoder = new Decoder(dialectOf(version), room)
  const lines = readFileSync(join(folder, `${name}.${version}.ndjson`), 'latin1').split('\n')
  return lines.flatMap((line): (Message | Refused)[] => {
    try {
      const message = decoder.decode(line)
      return message === undefined ? [] : [sorted(message)]
    } catch (error) {
      if (!(error instanceof RunError)) throw error
      return [{kind: 'refused', line}]
    }
  })
}

/** bpftrace gives keys of equal value in no order. */
function sorted(message: Message): Message {
  const byKey = (a: readonly [Text, unknown], b: readonly [Text, unknown]): number =>
    readable(a[0]) < readable(b[0]) ? -1 : 1
  if (message.kind === 'histogram') return {...message, series: message.series.toSorted(byKey)}
  if (message.kind === 'map') return {...message, entries: message.entries.toSorted(byKey)}
  if (message.kind === 'stats') return {...message, entries: message.entries.toSorted(byKey)}
  return message
}
