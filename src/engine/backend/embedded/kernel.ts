import type {TstraceError} from '../../errors.js'
import type {Bpf} from '../../kernel/bpf.js'
import {errorName} from '../../kernel/errno.js'
import type {Machine} from '../../kernel/machine.js'
import type {Mapping, Native} from '../../kernel/native.js'
import {refused} from './refusal.js'

/** The ways to the kernel that loading and attaching share. */
export class Kernel {
  readonly calls: Native
  readonly bpf: Bpf
  readonly machine: Machine
  #lifted = false

  constructor(calls: Native, bpf: Bpf, machine: Machine) {
    this.calls = calls
    this.bpf = bpf
    this.machine = machine
  }

  /**
   * Makes a call, and once more with no limit on locked memory if it is refused: kernels before 5.11 count maps and
   * programs as such, and say EPERM when there are too many.
   */
  withMemory(call: () => number): number {
    const result = call()
    if (errorName(-result) !== 'EPERM' || this.#lifted) return result
    this.#lifted = true
    this.calls.liftMemoryLimit()
    return call()
  }

  /**
   * The file descriptor that a call gave.
   * @throws MachineError if it gave an error number
   */
  descriptor(result: number, tried: string, hint?: string): number {
    if (result < 0) throw this.refused(tried, result, hint)
    return result
  }

  /**
   * Maps the memory of a map.
   * @throws MachineError if the kernel does not
   */
  mapped(name: string, fd: number, offset: number, length: number, access: 'read' | 'write'): Mapping {
    const mapping = this.calls.map(fd, offset, length, access)
    if (typeof mapping === 'number') throw this.refused(`map the ${name} of the program into memory`, mapping)
    return mapping
  }

  refused(tried: string, result: number, hint?: string): TstraceError {
    return refused(this.machine, tried, result, hint)
  }
}
