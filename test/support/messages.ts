import type {Message} from '#src/engine/backend/backend.js'

/** Rows as messages of their own, which outlive their batch. */
export function unpacked(message: Message): Message[] {
  if (message.kind !== 'rows') return [message]
  const {rows} = message
  return Array.from({length: rows.count}, (_, row) => ({kind: 'row', values: rows.values(row)}))
}
