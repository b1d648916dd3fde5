import {isSame, joined, type Type} from './type.js'
import type {Variable} from './tree.js'

/**
 * The variables of one clause. One that is assigned to in a block is known in the whole clause from there on, as bpftrace up to
 * 0.20 has it; where a block beside it has another use for the name, that one is another variable, as it is since.
 */
export class Scope {
  /** Types by order of first appearance, kept from round to round: a variable's type is that of all its assignments. */
  readonly #types: Type[]
  readonly #all: Variable[] = []
  /** Undefined: announced by `let`, and not yet assigned to. */
  readonly #blocks = [new Map<string, Variable | undefined>()]
  readonly #left = new Map<string, Variable>()
  /** Whether the type of a variable has grown. */
  changed = false
  #depth = 0

  constructor(types: Type[]) {
    this.#types = types
  }

  get all(): readonly Variable[] {
    return this.#all
  }

  /** Whether a statement may be left out or run again. */
  get isConditional(): boolean {
    return this.#depth > 0
  }

  find(name: string): Variable | undefined {
    const visible = this.#blocks.findLast((block) => block.has(name))?.get(name)
    if (visible !== undefined) return visible
    const left = this.#left.get(name)
    if (left !== undefined) this.#blocks[0]?.set(name, left)
    return left
  }

  /** `let $name;`: the first assignment says what it is. */
  announce(name: string): void {
    this.#blocks.at(-1)?.set(name, undefined)
  }

  /** A new variable of this block (`let`, and those of loops and macros). */
  declare(name: string, type: Type, block = this.#blocks.at(-1)): Variable {
    const number = this.#all.length
    const known = this.#types[number]
    const variable: Variable = {name, type: known ?? type, zeroed: this.isConditional}
    if (known === undefined) this.#types[number] = type
    this.#all.push(variable)
    block?.set(name, variable)
    if (known !== undefined) this.#grow(variable, type)
    return variable
  }

  /** The variable that an assignment of a type is to; undefined if it holds something that does not go with it. */
  assign(name: string, type: Type): Variable | undefined {
    const block = this.#blocks.findLast((each) => each.has(name))
    const visible = block?.get(name)
    if (block !== undefined && visible === undefined) return this.declare(name, type, block)
    if (visible !== undefined) return this.#grow(visible, type) ? visible : undefined
    const left = this.#left.get(name)
    if (left !== undefined && this.#grow(left, type)) {
      this.#blocks[0]?.set(name, left)
      return left
    }
    return this.declare(name, type)
  }

  /** Runs in a block of its own. */
  within<T>(run: () => T): T {
    const block = new Map<string, Variable | undefined>()
    this.#blocks.push(block)
    try {
      return run()
    } finally {
      this.#blocks.pop()
      for (const [name, variable] of block) if (variable !== undefined) this.#left.set(name, variable)
    }
  }

  /** Runs in a block that may not run, or run again. */
  maybe<T>(run: () => T): T {
    this.#depth++
    try {
      return this.within(run)
    } finally {
      this.#depth--
    }
  }

  #grow(variable: Variable, type: Type): boolean {
    const both = joined(variable.type, type)
    if (both === undefined) return false
    if (isSame(both, variable.type)) return true
    variable.type = both
    this.#types[this.#all.indexOf(variable)] = both
    this.changed = true
    return true
  }
}
