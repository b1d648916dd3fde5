import {BugError} from '../../../errors.js'
import type {Message} from '../../backend.js'
import type {RecordKind} from '../object.js'
import {formatPrinter} from '../print/format.js'
import {latin1} from '../print/latin1.js'
import {printer} from '../print/printer.js'
import {mapMessage} from './messages.js'
import type {Memory} from './memory.js'
import {bodyAt} from './rows.js'
import type {State} from './state.js'
import {textOfPrinted, type ValueContext, valueReader} from './values.js'

/** What a record does or says; the numbers are where in the memory it begins. */
export type RecordReader = (memory: Memory, record: number) => Message | undefined

/**
 * Makes the reader of each kind of record but rows, once for all records.
 * @param onExit called for exit()
 */
export function recordReaders(
  kinds: readonly RecordKind[],
  state: State,
  context: ValueContext,
  onExit: () => void,
): RecordReader[] {
  return kinds.map((kind) => readerOf(kind, state, context, onExit))
}

function readerOf(kind: RecordKind, state: State, context: ValueContext, onExit: () => void): RecordReader {
  switch (kind.kind) {
    case 'value': {
      const {shape} = kind
      if (shape.kind === 'text' || shape.kind === 'elsewhere') {
        const read = valueReader(shape, context)
        return (memory, record) => ({kind: 'text', text: read(memory, record + bodyAt, record) as string})
      }
      const print = printer(shape, state)
      return (memory, record) => printed(print(memory, record + bodyAt, record))
    }
    case 'printf':
    case 'errorf':
    case 'warnf':
    case 'debugf': {
      const print = formatPrinter(kind.format, kind.shape, state)
      return (memory, record) => printed(print(memory, record + bodyAt, record))
    }
    case 'time':
      return () => printed(latin1(state.names.now(kind.format)))
    case 'print':
      return () => {
        const named = state.named(kind.named)
        return mapMessage(named, state.read(kind.named), context)
      }
    case 'clear':
      return acting(() => state.clear(kind.named))
    case 'zero':
      return acting(() => state.zero(kind.named))
    case 'exit':
      return acting(onExit)
    case 'join':
    case 'cat':
    case 'system':
      return () => {
        throw new BugError(`${kind.kind}() is for programs of \`tstrace run\``)
      }
  }
}

function printed(latin1Text: string): Message {
  return {kind: 'text', text: textOfPrinted(latin1Text)}
}

function acting(act: () => void): RecordReader {
  return () => {
    act()
    return undefined
  }
}
