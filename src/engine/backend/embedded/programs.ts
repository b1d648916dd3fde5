import {functionInfoBytes} from '../../kernel/bpf.js'
import {errorName} from '../../kernel/errno.js'
import {encode} from './encode.js'
import type {Kernel} from './kernel.js'
import type {KernelProgram} from './object.js'
import {endsWithFigures, VerifierError} from './verifier.js'

/** How long a log of the verifier may become: what is asked for first, and at most (the kernel's own limit is higher). */
const logBytes = {first: 1 << 18, most: 1 << 26}
/** Levels of the verifier's log: the path that failed, all paths, figures. */
const logLevels = {failure: 1, all: 2, figures: 4}

export interface ProgramOptions {
  /** The text of the program, to show the line that was refused. */
  readonly text?: string
  /** How many of the last lines of the verifier's log an error shows. */
  readonly logLines?: number
  /** Gets all that the verifier said of each program, also of those it accepted. */
  readonly logs?: (probe: string, log: string) => void
}

/** Loads the programs of an object, each list of instructions once for each way to attach it. */
export class Programs {
  readonly #kernel: Kernel
  readonly #maps: readonly number[]
  readonly #options: ProgramOptions
  readonly #btf: number | undefined
  readonly #loaded: {program: KernelProgram; attachType: number; typeId: number; fd: number}[] = []

  /**
   * @param btf the file descriptor of the object's types
   * @param maps those of its maps
   */
  constructor(kernel: Kernel, btf: number | undefined, maps: readonly number[], options: ProgramOptions) {
    this.#kernel = kernel
    this.#btf = btf
    this.#maps = maps
    this.#options = options
  }

  /** The file descriptors of all programs. */
  get descriptors(): readonly number[] {
    return this.#loaded.map(({fd}) => fd)
  }

  /**
   * The file descriptor of a program, loaded to be attached in a certain way (0 where the kernel does not ask).
   * @throws VerifierError, or MachineError if this user may not
   */
  load(program: KernelProgram, attachType = 0, typeId = 0): number {
    const known = this.#loaded.find(
      (each) =>
        each.program.instructions === program.instructions &&
        each.program.type === program.type &&
        each.attachType === attachType &&
        each.typeId === typeId,
    )
    if (known !== undefined) return known.fd
    const fd = this.#load(program, attachType, typeId)
    this.#loaded.push({program, attachType, typeId, fd})
    return fd
  }

  close(): void {
    for (const {fd} of this.#loaded.splice(0)) this.#kernel.calls.close(fd)
  }

  #load(program: KernelProgram, attachType: number, attachTypeId: number): number {
    const {bpf} = this.#kernel
    const image = {
      type: program.type,
      name: program.probe.split(':').at(-1) ?? '',
      code: encode(program.instructions, this.#maps),
      attachType,
      attachTypeId,
      ...(this.#btf !== undefined && program.functions !== undefined
        ? {btf: {fd: this.#btf, functions: functionInfo(program.functions)}}
        : {}),
    }
    if (this.#options.logs === undefined) {
      const result = this.#kernel.withMemory(() => bpf.loadProgram(image))
      if (result >= 0) return result
    }
    for (let bytes = logBytes.first; ; bytes *= 4) {
      const buffer = Buffer.alloc(bytes)
      const level = this.#options.logs === undefined ? logLevels.failure : logLevels.all | logLevels.figures
      const result = bpf.loadProgram(image, {buffer, level})
      const log = buffer.toString('utf8', 0, buffer.indexOf(0))
      const fits = errorName(-result) !== 'ENOSPC'
      // Since Linux 6.4 it is the beginning that did not fit, and the end says why.
      const saysWhy = this.#options.logs === undefined && endsWithFigures(log)
      if (!fits && !saysWhy && bytes < logBytes.most) continue
      this.#options.logs?.(program.probe, log)
      if (result >= 0) return result
      if (log.trim() !== '') throw new VerifierError(program, log, this.#options)
      throw this.#kernel.refused(`load the program of ${program.probe}`, result)
    }
  }
}

/** struct bpf_func_info: where each function begins, and its type. */
function functionInfo(functions: NonNullable<KernelProgram['functions']>): Buffer {
  const info = Buffer.alloc(functions.length * functionInfoBytes)
  functions.forEach(({slot, typeId}, index) => {
    info.writeUInt32LE(slot, index * functionInfoBytes)
    info.writeUInt32LE(typeId, index * functionInfoBytes + 4)
  })
  return info
}
