import {type PidNamespace, upidNamespace} from '../../../kernel/pidnamespace.js'
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
  const [outside, done] = [asm.label('outside'), asm.label('id')]
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
    asm.call(helpers.get_current_task)
    asm.move('r3', 'r0')
    for (const offset of whose === 'thread' ? [thread] : process) {
      read(pid, offset, 8)
      asm.load(8, 'r3', pid.base, pid.offset)
    }
    read(found, level, 4)
    asm.load(4, 'r1', found.base, found.offset)
    asm.jumpIf('r1', '<', depth, outside)
    asm.load(8, 'r3', pid.base, pid.offset)
    read(found, id, 16)
    asm.load(8, 'r1', found.base, found.offset + upidNamespace)
    asm.constant('r2', address)
    asm.load(4, 'r0', found.base, found.offset)
    asm.jumpIf('r1', '==', 'r2', done)
    asm.here(outside)
    asm.move('r0', 0)
    asm.here(done)
  })
}
