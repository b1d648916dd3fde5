import {readFileSync} from 'node:fs'
import type {RecordKind, Shape} from '../object.js'
import type {Memory} from '../runtime/memory.js'
import {bodyAt} from '../runtime/rows.js'
import type {State} from '../runtime/state.js'
import {formatPrinter} from './format.js'
import {latin1} from './latin1.js'
import {mapPrinter} from './maps.js'
import {bytesPrinter, printer} from './printer.js'

/** What a program asks for besides text. */
export interface Effects {
  readonly exit: (code: number) => void
  /** Says something that is no output of the program. */
  readonly warn: (text: string) => void
  /** Runs a command of a shell and gives what it wrote (latin1). */
  readonly shell: (command: string) => string
  /** How much of a file cat() shows. */
  readonly catBytes: number
}

/** What a record prints, a character for each byte; `record` is where in the memory it begins. */
export type RecordPrinter = (memory: Memory, record: number) => string

/** Makes what prints the records of each kind as bpftrace does, once for all records. */
export function recordPrinters(
  kinds: readonly RecordKind[],
  state: State,
  effects: Effects,
): RecordPrinter[] {
  return kinds.map((kind) => printerOf(kind, state, effects))
}

/** All maps of a program that hold something, in the order of their names. */
export function allMaps(state: State, count: number): string {
  return Array.from({length: count}, (_, index) => index)
    .sort((a, b) => (state.named(a).name < state.named(b).name ? -1 : 1))
    .map((index) => mapPrinter(state.named(index), state)(state.read(index)))
    .join('')
}

function printerOf(kind: RecordKind, state: State, effects: Effects): RecordPrinter {
  switch (kind.kind) {
    case 'value': {
      const print = printer(kind.shape, state)
      return (memory, record) => `${print(memory, record + bodyAt, record)}\n`
    }
    case 'printf':
      return formatted(kind.format, kind.shape, state)
    case 'errorf':
    case 'warnf':
    case 'debugf': {
      const print = formatted(kind.format, kind.shape, state)
      return (memory, record) => {
        effects.warn(Buffer.from(print(memory, record), 'latin1').toString().trimEnd())
        return ''
      }
    }
    case 'time':
      return () => latin1(state.names.now(kind.format))
    case 'cat': {
      const path = formatted(kind.format, kind.shape, state)
      return (memory, record) => fileText(path(memory, record), effects)
    }
    case 'system': {
      const command = formatted(kind.format, kind.shape, state)
      return (memory, record) => effects.shell(command(memory, record))
    }
    case 'join':
      return joinPrinter(kind.shape, latin1(kind.separator))
    case 'print': {
      const print = mapPrinter(state.named(kind.named), state)
      return () => print(state.read(kind.named), kind)
    }
    case 'clear':
    case 'zero':
      return () => {
        state[kind.kind](kind.named)
        return ''
      }
    case 'exit': {
      const code = kind.shape && printer(kind.shape, state)
      return (memory, record) => {
        effects.exit(code === undefined ? 0 : Number(code(memory, record + bodyAt, record)))
        return ''
      }
    }
  }
}

function formatted(format: string, shape: Shape, state: State): RecordPrinter {
  const print = formatPrinter(format, shape, state)
  return (memory, record) => print(memory, record + bodyAt, record)
}

function fileText(path: string, {warn, catBytes}: Effects): string {
  try {
    return readFileSync(Buffer.from(path, 'latin1')).toString('latin1', 0, catBytes)
  } catch (error) {
    warn(`cat(): cannot read ${path}: ${(error as Error).message}`)
    return ''
  }
}

/** The texts that are there, with the separator between, on a line. */
function joinPrinter(shape: Shape, separator: string): RecordPrinter {
  if (shape.kind !== 'array' || shape.of.kind !== 'elsewhere') return () => ''
  const print = bytesPrinter(shape.of)
  const {length} = shape
  return (memory, record) => {
    const texts: string[] = []
    for (let at = record + bodyAt; at < record + bodyAt + 8 * length; at += 8)
      if (memory.view.getUint32(at, true) !== 0) texts.push(print(memory, at, record))
    return `${texts.join(separator)}\n`
  }
}
