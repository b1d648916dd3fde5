import type {Frame} from '../../../event/stack.js'
import type {Names} from '../runtime/names.js'
import type {Addresses} from '../runtime/stacktable.js'
import {latin1} from './latin1.js'

export type StackForm = 'bpftrace' | 'perf' | 'raw'

/** The lines of a stack of the kernel, with a line feed before the first and after the last. */
export function kernelStack(addresses: Addresses, form: StackForm, names: Names['kernel']): string {
  return lines(addresses, form, (address, caller) => withOffset(names.resolve(address, caller)))
}

/** The same of a process; the form of perf names the file, too. */
export function userStack(addresses: Addresses, form: StackForm, names: Names['user'], pid: number): string {
  return lines(addresses, form, (address, caller) => {
    const frame = names.resolve(pid, address, caller)
    if (form !== 'perf') return withOffset(frame)
    return `${withOffset(frame)} (${frame.module === undefined ? '[unknown]' : latin1(frame.module)})`
  })
}

/** The function of an address, without the offset; the address where nobody knows it. */
export function symbolText({name, address}: Frame): string {
  return name === undefined ? `0x${address.toString(16)}` : latin1(name)
}

function withOffset(frame: Frame): string {
  return frame.name === undefined ? symbolText(frame) : `${symbolText(frame)}+${frame.offset ?? 0}`
}

function lines(
  addresses: Addresses,
  form: StackForm,
  describe: (address: bigint, caller: boolean) => string,
): string {
  const line = (address: bigint, depth: number): string => {
    const hex = address.toString(16)
    switch (form) {
      case 'bpftrace':
        return `        ${describe(address, depth > 0)}\n`
      case 'perf':
        return `\t${hex} ${describe(address, depth > 0)}\n`
      case 'raw':
        return `${hex}\n`
    }
  }
  return `\n${addresses.map(line).join('')}`
}
