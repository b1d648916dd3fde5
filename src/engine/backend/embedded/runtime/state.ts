import type {Loaded} from '../loaded.js'
import type {NamedMap} from '../object.js'
import type {PrintContext} from '../print/printer.js'
import {type Reading, readingOf} from './maps.js'
import type {Names} from './names.js'
import {StackTable} from './stacktable.js'

/** The maps of a program in the kernel, by their places in `named`. */
export class State implements PrintContext {
  readonly names: Names
  readonly stacks: StackTable
  readonly cut: PrintContext['cut']
  readonly #loaded: Loaded
  /** Maps without a key that hold 0, and are shown, though the program has not set them since. */
  readonly #reset = new Set<number>()

  constructor(loaded: Loaded, names: Names, cut?: PrintContext['cut']) {
    this.#loaded = loaded
    this.names = names
    this.cut = cut
    this.stacks = new StackTable((map, key) => loaded.lookup(map, key))
  }

  named(index: number): NamedMap {
    const named = this.#loaded.object.named[index]
    if (named === undefined) throw new RangeError(`the program has no map ${index}`)
    return named
  }

  read(index: number): Reading {
    const named = this.named(index)
    return readingOf(named, this.#loaded.readMap(named.map), this.#reset.has(index))
  }

  clear(index: number): void {
    const {map, key, held} = this.named(index)
    // Of all that have no key, only what was counted is shown as 0 (bpftrace 0.17 to 0.23); others are as never set.
    if (key.length === 0 && held.kind === 'count') this.#keepShown(index)
    else this.#reset.delete(index)
    this.#loaded.clearMap(map)
  }

  zero(index: number): void {
    const {map, key} = this.named(index)
    if (key.length === 0) this.#keepShown(index)
    this.#loaded.zeroMap(map)
  }

  #keepShown(index: number): void {
    if (this.read(index).entries.length > 0) this.#reset.add(index)
  }
}
