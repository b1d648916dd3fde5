import {OddText, type Text, TextList} from './text.js'

/** What the kernel side knows of one exec. */
export interface Execution {
  /** The name of the file, then the arguments after argv[0]. */
  readonly strings: readonly Text[]
  /** Whether there are more arguments than were sent. */
  readonly more: boolean
  /**
   * The directory descriptor that the file's name was given with; `workingDirectory` for none. A name made by the
   * kernel already tells it.
   */
  readonly directory: number
  /**
   * The most strings to show, where the kernel side could not tell whether an interpreter's own stand before the
   * arguments, and sent some more; otherwise 0.
   */
  readonly guess: number
}

/** AT_FDCWD. */
export const workingDirectory = -100

/** The name of the file and the arguments after argv[0], which is what an exec was asked to run. */
export function commandLine({strings, more, directory, guess}: Execution): TextList {
  const [file = '', ...rest] = strings
  if (guess === 0) return new TextList([named(file, directory), ...rest], more)
  // The kernel runs a script as `interpreter [option] script arguments`, and the interpreter is argv[0].
  const script = rest.slice(0, 2).findIndex((text) => same(text, file))
  const all = [file, ...rest.slice(script + 1)]
  return new TextList(all.slice(0, guess), more || all.length > guess)
}

/** As the kernel names what execveat(2) was told by a descriptor. */
function named(file: Text, directory: number): Text {
  if (directory === workingDirectory || bytesOf(file)[0] === slash) return file
  const parent = `/dev/fd/${directory}`
  if (file === '') return parent
  if (typeof file === 'string') return `${parent}/${file}`
  return new OddText(Buffer.concat([Buffer.from(`${parent}/`), file.bytes]), file.cut)
}

const slash = 0x2f

function same(one: Text, other: Text): boolean {
  return bytesOf(one).equals(bytesOf(other))
}

function bytesOf(text: Text): Buffer {
  return typeof text === 'string' ? Buffer.from(text) : text.bytes
}
