import type {PrintContext} from '#src/engine/backend/embedded/print/printer.js'
import type {Names} from '#src/engine/backend/embedded/runtime/names.js'
import {StackTable} from '#src/engine/backend/embedded/runtime/stacktable.js'
import {KernelSymbols} from '#src/engine/kernel/kallsyms.js'
import {UserSymbols} from '#src/engine/kernel/usersymbols.js'
import {packed} from './bytes.js'

/** A machine on which the kernel has two functions, and stack 7 goes through both. */
export function printContext(): PrintContext {
  const kernel = new KernelSymbols(() =>
    Buffer.from('ffffffff81000000 T vfs_read\nffffffff81001000 T ksys_read\nffffffff81002000 T last\n'),
  )
  const names: Names = {
    kernel,
    user: new UserSymbols(),
    time: (format, boot) => `${format} at ${boot}`,
    now: (format) => format,
    cgroup: (id) => `unified:/${id}`,
    userName: (id) => (id === 0 ? 'root' : null),
    errorText: (error) => `error ${error}`,
  }
  const stack = packed([2, 8], [0xffffffff81000010n, 8], [0xffffffff81001020n, 8])
  return {names, stacks: new StackTable((_, key) => (key[0] === 7 ? stack : undefined))}
}
