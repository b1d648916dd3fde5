import {helpers} from '../helpers.js'
import type {Space} from '../types/type.js'
import type {Spot} from './frame.js'
import type {Generator} from './generator.js'
import {evaluateProcess} from './questions.js'

/** Which helper reads an address. On the architectures we know, `either` is told by the address itself. */
export const readers: Readonly<Record<Space, number>> = {
  kernel: helpers.probe_read_kernel,
  user: helpers.probe_read_user,
  either: helpers.probe_read,
}

/** Which helper reads a text up to its NUL. */
export const textReaders: Readonly<Record<Space, number>> = {
  kernel: helpers.probe_read_kernel_str,
  user: helpers.probe_read_user_str,
  either: helpers.probe_read_str,
}

/** The process in 4 bytes, then 4 of nothing. */
export function storeProcess(g: Generator, spot: Spot): void {
  evaluateProcess(g)
  g.asm.store(8, spot.base, spot.offset, 'r0')
}
