import {type PidNamespace, upidNamespace} from '../../../kernel/pidnamespace.js'
import {isSince} from '../context.js'
import {helpers} from '../helpers.js'
import type {Spot} from './frame.js'
import type {Generator} from './generator.js'

/** The stack is handed out by places in the text, of which this has none. */
const nowhere = {from: 0, to: 1}

/**
 * r0 = the id that the running thread, or its process, has in a pid namespace, 0 where it is not in it.
 *
 * The kernel's own helper (get_ns_current_pid_tgid) knows nothing of threads in the namespaces below that one.
 */
export function evaluateNamespaceId(
  g: Generator,
  {address, depth, level, id, thread, process}: PidNamespace,
  whose: 'thread' | 'process',
): void {
  const {asm} = g
  g.briefly(() => {
    const pid = g.frame.stack(8, nowhere)
    const found = g.frame.stack(16, nowhere)
    // What cannot be read, as of a thread that is gone already, comes back as zeros.
    const read = (to: Spot, offset: number, bytes: number): void => {
      if (offset !== 0) asm.alu64('+', 'r3', offset)
      g.address('r1', to)
      asm.move('r2', bytes)
      asm.call(helpers.probe_read_kernel)
    }
    const path = whose === 'thread' ? [thread] : process
    // Without a jump, as every one doubles what the kernel has to verify in a loop: r1 becomes all ones where it is not ours.
    const compareLevel = (): void => {
      asm.alu64('-', 'r1', depth)
      asm.alu64('s>>', 'r1', 63)
    }
    if (isSince(g.object.context, [5, 13])) {
      // The kernel knows the types, and lets us follow the pointers without a call.
      asm.call(helpers.get_current_task_btf)
      for (const offset of path) asm.load(8, 'r0', 'r0', offset)
      asm.load(4, 'r1', 'r0', level)
      compareLevel()
      asm.move('r3', 'r0')
    } else {
      asm.call(helpers.get_current_task)
      asm.move('r3', 'r0')
      for (const offset of path) {
        read(pid, offset, 8)
        asm.load(8, 'r3', pid.base, pid.offset)
      }
      read(found, level, 4)
      asm.load(4, 'r1', found.base, found.offset)
      compareLevel()
      asm.load(8, 'r3', pid.base, pid.offset)
    }
    asm.store(8, pid.base, pid.offset, 'r1')
    read(found, id, 16)
    asm.load(8, 'r1', found.base, found.offset + upidNamespace)
    asm.constant('r2', address)
    asm.alu64('^', 'r1', 'r2')
    asm.move('r2', 'r1')
    asm.negate('r2')
    asm.alu64('|', 'r1', 'r2')
    asm.alu64('s>>', 'r1', 63)
    asm.load(8, 'r2', pid.base, pid.offset)
    asm.alu64('|', 'r1', 'r2')
    asm.alu64('^', 'r1', -1)
    asm.load(4, 'r0', found.base, found.offset)
    asm.alu64('&', 'r0', 'r1')
  })
}
