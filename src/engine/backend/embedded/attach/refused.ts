import {errorName} from '../../../kernel/errno.js'
import type {Kernel} from '../kernel.js'
import {isDenied} from '../refusal.js'

/** Why one probe could not be attached. */
export class Refused extends Error {
  readonly hint: string | undefined

  constructor(why: string, hint?: string) {
    super(why)
    this.hint = hint
  }

  /** By what the kernel answered: minus an error number. */
  static by(kernel: Kernel, result: number, hint?: string): Refused {
    if (isDenied(result)) {
      const {message, hint: denied} = kernel.refused('attach it', result)
      return new Refused(message, denied)
    }
    return new Refused(`the kernel answered ${errorName(-result)}`, hint)
  }
}
