import {helpers} from '../helpers.js'
import type {Generator} from './generator.js'

/**
 * How the program of an iterator begins (Documentation/bpf/bpf_iterators.rst): its context has the pointer to struct
 * bpf_iter_meta first, with the file that is read as its first member, and the object second. Behind the last object the
 * kernel calls once more, with none: there is nothing to do for the program then. A byte for each object goes into the file, so
 * that a read() ends after as many objects as it asks bytes for, and the ring can be emptied between two.
 */
export function nextObject(g: Generator): void {
  const {asm, frame, end} = g
  const byte = frame.stack(8, {from: 0, to: 1})
  asm.load(8, 'r1', 'r6', 8)
  asm.jumpIf('r1', '==', 0, end)
  asm.store(8, byte.base, byte.offset, 0)
  asm.load(8, 'r1', 'r6', 0)
  asm.load(8, 'r1', 'r1', 0)
  g.address('r2', byte)
  asm.move('r3', 1)
  asm.call(helpers.seq_write)
}
