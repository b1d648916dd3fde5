import {OddText, type Text, textFrom} from './text.js'

/**
 * A path made absolute with the directories it starts from.
 * @param directories from the innermost outwards; null if some were lost on the way
 * @param deepest as many as that means that there may be more above, which `...` stands for
 */
export function fullPath(path: Text, directories: readonly Text[] | null, deepest: number): Text {
  if (path === '' || bytesOf(path)[0] === slash) return path
  if (directories === null) return joined(['...', path])
  const above = directories.length >= deepest ? ['...'] : ['']
  return joined([...above, ...directories.toReversed(), path])
}

const slash = 0x2f

function joined(parts: readonly Text[]): Text {
  if (parts.every((part) => typeof part === 'string')) return parts.join('/')
  const bytes = parts.flatMap((part, index) =>
    index === 0 ? [bytesOf(part)] : [Buffer.from('/'), bytesOf(part)],
  )
  const cut = parts.some((part) => part instanceof OddText && part.cut)
  if (cut) return new OddText(Buffer.concat(bytes), true)
  return textFrom(Buffer.concat(bytes))
}

function bytesOf(text: Text): Buffer {
  return typeof text === 'string' ? Buffer.from(text) : text.bytes
}
