import {BugError, MachineError} from '../errors.js'

/** A place that a user chose to trace, of names that were seen on this machine. */
export type AttachPoint =
  | {readonly kind: 'kprobe'; readonly name: string}
  /** `address` is that of the file, before it is moved to its place in a process. */
  | {
      readonly kind: 'uprobe'
      readonly path: string
      /** Only where no other function of the file has the same. */
      readonly name: string | undefined
      readonly address: number
    }
  | {readonly kind: 'tracepoint'; readonly category: string; readonly event: string}
  | {readonly kind: 'usdt'; readonly path: string; readonly provider: string; readonly name: string}
  /** All functions whose names begin so: the kernel attaches them at once, if it can. */
  | {readonly kind: 'kprobes'; readonly prefix: string}
  | {readonly kind: 'uprobes'; readonly path: string; readonly prefix: string}

const makeKey = Symbol('probe')

/** The text of an attach point that was not written by a tool's author. Only `probe` makes one. */
export class Probe {
  readonly #text: string

  /** @internal The only door; `probe.ts` keeps the key. */
  constructor(key: symbol, text: string) {
    if (key !== makeKey) throw new BugError('a probe of a user is made with probe() only')
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

/** Names that bpftrace takes as they are. */
const plain = /^[A-Za-z_]\w*$/
/** Functions of the kernel may be clones: `vfs_read.isra.0`. */
const kernelName = /^[A-Za-z_][\w.]*$/
/** Tracepoints and their categories. */
const tracepointName = /^[\w-]+$/
/** `a-b` occurs in providers and `a.b` in names; nothing else was seen. */
const usdtName = /^[\w.-]+$/
/**
 * What no quoting keeps bpftrace from acting on in a path: it expands globs; a colon ends the path (0.17); a backslash
 * means something else to each version. A quote is understood with a backslash before it.
 */
const unspeakable = /[*?[\]:\\\0\n]/

/** What bpftrace calls them: where a function begins, and where it returns. */
const words: Readonly<Record<AttachPoint['kind'], {readonly entry: string; readonly return?: string}>> = {
  kprobe: {entry: 'kprobe', return: 'kretprobe'},
  uprobe: {entry: 'uprobe', return: 'uretprobe'},
  tracepoint: {entry: 'tracepoint'},
  usdt: {entry: 'usdt'},
  kprobes: {entry: 'kprobe'},
  uprobes: {entry: 'uprobe'},
}

/**
 * The text for an attach point.
 * @param place of a function: where it begins, or where it returns
 *
 * @throws MachineError if bpftrace has no way to name the file; BugError if a name is none that `canName` accepts, or if
 *   it is no function that could return
 */
export function probe(point: AttachPoint, place: 'entry' | 'return' = 'entry'): Probe {
  const word = words[point.kind][place]
  if (!canName(point) || word === undefined)
    throw new BugError(`${JSON.stringify(point)} is not an attach point of kind ${place}`)
  return new Probe(makeKey, `${word}:${whereOf(point)}`)
}

/** Whether a program can name an attach point, apart from the path of its file. */
export function canName(point: AttachPoint): boolean {
  switch (point.kind) {
    case 'kprobe':
      return kernelName.test(point.name)
    case 'uprobe':
      return Number.isSafeInteger(point.address) && point.address > 0
    case 'tracepoint':
      return tracepointName.test(point.category) && tracepointName.test(point.event)
    case 'usdt':
      return usdtName.test(point.provider) && usdtName.test(point.name)
    case 'kprobes':
      return kernelName.test(point.prefix)
    case 'uprobes':
      return plain.test(point.prefix)
  }
}

function whereOf(point: AttachPoint): string {
  switch (point.kind) {
    case 'kprobe':
      return point.name
    case 'uprobe':
      return `${quoted(point.path)}:${placeOf(point)}`
    case 'tracepoint':
      return `${point.category}:${point.event}`
    case 'usdt':
      return `${quoted(point.path)}:${point.provider}:${point.name}`
    case 'kprobes':
      return `${point.prefix}*`
    case 'uprobes':
      return `${quoted(point.path)}:${point.prefix}*`
  }
}

/** By address, if the name is odd: no one spelling of `foo.part.0` or `a::b` is understood by every version. */
function placeOf({name, address}: AttachPoint & {kind: 'uprobe'}): string {
  return name !== undefined && plain.test(name) ? name : `0x${address.toString(16)}`
}

function quoted(path: string): string {
  const odd = unspeakable.exec(path)?.[0]
  if (odd !== undefined || !path.startsWith('/')) {
    throw new MachineError(
      `bpftrace cannot trace ${JSON.stringify(path)}: its path has ${JSON.stringify(odd)}`,
      {
        hint: 'make a link to the file whose path has letters and digits, and name that',
      },
    )
  }
  return `"${path.replaceAll('"', '\\"')}"`
}
