import {readable, type Text} from './text.js'

/** One function on a stack. */
export interface Frame {
  readonly address: bigint
  /** The function, missing if nobody knows it. */
  readonly name?: string
  /** Bytes from the start of the function to the address; there exactly when the name is. */
  readonly offset?: number
  /** The path of the file that the code is from, `kernel`, or the kernel module; missing if unknown. */
  readonly module?: string
  readonly kernel: boolean
}

/**
 * The kernel's or the program's half of a stack: frames from the leaf to the root, none if nothing of that half
 * was running; or `missed`, where the kernel had no room to keep it.
 */
export type Half = readonly Frame[] | 'missed'

/** A stack with what it belongs to. */
export interface Stack {
  readonly comm: Text
  /** Missing where stacks of several processes are counted together. */
  readonly pid?: number
  /** A half nobody asked for is missing. */
  readonly user?: Half
  readonly kernel?: Half
}

/** What is shown of a frame besides the function. */
export interface FrameOptions {
  /** The address, in 16 columns, before the function. */
  readonly address?: boolean
  /** `+0x` and the offset, after the function. */
  readonly offset?: boolean
  /** The file's name or the kernel module, in brackets, last. */
  readonly module?: boolean
  /** `_[k]` after functions of the kernel. */
  readonly annotations?: boolean
}

export interface StackOptions extends FrameOptions {
  /** Shows where the kernel's half meets the program's, if a stack has both. */
  readonly delimiter?: boolean
}

const unknown = '[unknown]'

/** A frame as BCC writes it: `vfs_read+0x15 [kernel]`. */
export function frameText(frame: Frame, options: FrameOptions = {}): string {
  const {address, name, offset = 0, module, kernel} = frame
  const text = [
    options.address === true && `${address.toString(16).padEnd(16)} `,
    name ?? unknown,
    options.offset === true && name !== undefined && `+0x${offset.toString(16)}`,
    options.module === true && module !== undefined && ` [${moduleName(module)}]`,
    options.annotations === true && kernel && '_[k]',
  ]
  return text.filter((part) => part !== false).join('')
}

/**
 * A stack on one line, as flame graphs are made of: the command, then the functions from the root to the leaf,
 * separated by `;`. A `;` in a name becomes `:` and a space in the command `_`, so that every line can be taken
 * apart again. Addresses are never in it. Control characters are left to the renderer.
 */
export function foldedStack({comm, user, kernel}: Stack, options: StackOptions = {}): string {
  const plain = {...options, address: false}
  const half = (frames: Half | undefined, missed: string): string[] =>
    frames === 'missed' ? [missed] : (frames ?? []).map((frame) => frameText(frame, plain)).toReversed()
  return [
    readable(comm).replaceAll(' ', '_'),
    ...half(user, missedUser),
    ...(options.delimiter === true && hasBoth(user, kernel) ? ['-'] : []),
    ...half(kernel, missedKernel),
  ]
    .map((part) => part.replaceAll(';', ':'))
    .join(';')
}

/** A stack and its count in lines, as BCC's profile writes them; an empty line is the last. */
export function profileLines(stack: Stack, count: number | bigint, options: StackOptions = {}): string[] {
  return [
    ...bothHalves(stack, '    ', options),
    `    ${'-'.padEnd(16)} ${readable(stack.comm)} (${stack.pid ?? '-'})`,
    `        ${count}`,
    '',
  ]
}

/** The same as BCC's stackcount writes them: the process is named if the stack has one. */
export function stackcountLines(stack: Stack, count: number | bigint, options: StackOptions = {}): string[] {
  return [
    ...bothHalves(stack, '  ', options),
    ...(stack.pid === undefined ? [] : [`    ${readable(stack.comm)} [${stack.pid}]`]),
    `    ${count}`,
    '',
  ]
}

/** The same text for stacks that look the same to people, whatever their names hold. */
export function stackText({comm, pid, user, kernel}: Stack, options: StackOptions): string {
  const half = (frames: Half | undefined): readonly string[] =>
    frames === 'missed' ? [frames] : (frames ?? []).map((frame) => frameText(frame, options))
  return JSON.stringify([readable(comm), pid, half(user), half(kernel)])
}

const missedKernel = '[Missed Kernel Stack]'
const missedUser = '[Missed User Stack]'

function bothHalves({user, kernel}: Stack, indent: string, options: StackOptions): string[] {
  const half = (frames: Half | undefined, missed: string): string[] =>
    frames === 'missed' ? [missed] : (frames ?? []).map((frame) => frameText(frame, options))
  return [
    ...half(kernel, missedKernel).map((text) => indent + text),
    ...(options.delimiter === true && hasBoth(user, kernel) ? ['    --'] : []),
    ...half(user, missedUser).map((text) => indent + text),
  ]
}

function hasBoth(user: Half | undefined, kernel: Half | undefined): boolean {
  return [user, kernel].every((half) => half !== undefined && half !== 'missed' && half.length > 0)
}

/** `libc.so.6` for its path; `[vdso]` and such have brackets already. */
function moduleName(module: string): string {
  return module.slice(module.lastIndexOf('/') + 1).replace(/^\[(.*)\]$/, '$1')
}
