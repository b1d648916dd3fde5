import type {CountedStack, StacksSection} from '../event/report.js'
import {
  foldedStack,
  type Frame,
  type Half,
  profileLines,
  type Stack,
  stackcountLines,
  type StackOptions,
} from '../event/stack.js'
import {OddText, readable} from '../event/text.js'
import {cellText, escapeText} from './escape.js'

/** Blocks of lines, one for each stack. */
export function stacksText({stacks, options, style}: StacksSection): string {
  const lines = style === 'profile' ? profileLines : stackcountLines
  return stacks
    .flatMap(({stack, count}) => lines(escaped(stack), count, options))
    .map((line) => `${line}\n`)
    .join('')
}

/** One line for each stack, as flame graphs are made of. */
export function foldedText({stacks, options}: StacksSection): string {
  return stacks.map(({stack, count}) => `${foldedLine(stack, options)} ${count}\n`).join('')
}

/** A stack on one line, and so that a terminal does nothing but show it. */
export function foldedLine(stack: Stack, options?: StackOptions): string {
  return foldedStack(escaped(stack), options)
}

/** Fields of a stack in JSON, those it has: each half from the leaf to the root, an address in hexadecimal. */
export function stackFields({stack, count}: CountedStack, names: readonly string[]): Record<string, unknown> {
  const {comm, pid, kernel, user} = stack
  const fields: Readonly<Record<string, Record<string, unknown> | undefined>> = {
    pid: pid === undefined ? undefined : {pid},
    comm:
      pid === undefined
        ? undefined
        : {
            comm: readable(comm),
            ...(comm instanceof OddText && !comm.isUtf8 && {comm_base64: comm.bytes.toString('base64')}),
          },
    kernel: kernel && {kernel: half(kernel)},
    user: user && {user: half(user)},
    stack: {stack: foldedLine(stack)},
    count: {count},
  }
  return Object.assign({}, ...names.map((name) => fields[name])) as Record<string, unknown>
}

/** A field of a stack in CSV; a half of it in one line, from the root to the leaf. */
export function stackCell({stack, count}: CountedStack, name: string): string {
  const {comm, pid, kernel, user} = stack
  switch (name) {
    case 'pid':
      return String(pid ?? '')
    case 'comm':
      return pid === undefined ? '' : cellText(comm)
    case 'kernel':
    case 'user': {
      const frames = name === 'kernel' ? kernel : user
      return frames === undefined ? '' : foldedLine({comm: '', [name]: frames}).slice(1)
    }
    case 'stack':
      return foldedLine(stack)
    default:
      return String(count)
  }
}

/** The same with names as a table has them. */
function escaped({comm, pid, kernel, user}: Stack): Stack {
  return {
    comm: cellText(comm),
    ...(pid !== undefined && {pid}),
    ...(kernel && {kernel: escapedHalf(kernel)}),
    ...(user && {user: escapedHalf(user)}),
  }
}

function escapedHalf(frames: Half): Half {
  if (frames === 'missed') return frames
  return frames.map(({name, module, ...frame}) => ({
    ...frame,
    ...(name !== undefined && {name: escapeText(name)}),
    ...(module !== undefined && {module: escapeText(module)}),
  }))
}

function half(frames: Half): unknown {
  if (frames === 'missed') return null
  return frames.map(({address, name, offset, module}: Frame) => ({
    function: name ?? null,
    ...(offset === undefined ? {} : {offset}),
    ...(module === undefined ? {} : {module}),
    address: `0x${address.toString(16)}`,
  }))
}
