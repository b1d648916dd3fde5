import {isScalar} from '../types/type.js'
import type {Variable} from '../types/tree.js'
import type {Generator} from './generator.js'

/** What has no statements in it. */
const leaves: readonly string[] = ['map', 'type', 'place', 'variable', 'record']

/** The variables that are assigned to in a tree of values and actions. */
export function assignedIn(tree: unknown): Set<Variable> {
  if (typeof tree !== 'object' || tree === null) return new Set()
  const parts = Object.entries(tree).filter(([name]) => !leaves.includes(name))
  const inside = parts.flatMap(([, part]) => [...assignedIn(part)])
  const node = tree as {op?: string; kind?: string; variable?: Variable}
  const isTarget = node.op === 'set' || node.kind === 'variable'
  return new Set(isTarget && node.variable !== undefined ? [node.variable, ...inside] : inside)
}

/**
 * Has the verifier forget which numbers variables hold: it knows nothing of what is read from a map. Before Linux 6.7 it
 * follows the body of a loop once, and would take what it finds then for what is there behind the last round. Since then it
 * would follow each round of a loop that counts, up to its limit.
 */
export function forget(g: Generator, variables: Iterable<Variable>): void {
  const {asm} = g
  for (const variable of variables) {
    const {base, offset} = g.variable(variable)
    if (base === 'r9' || !isScalar(variable.type)) continue
    g.briefly(() => {
      const passage = g.large(8, {from: 0, to: 1})
      asm.load(8, 'r0', base, offset)
      asm.store(8, passage.base, passage.offset, 'r0')
      asm.load(8, 'r0', passage.base, passage.offset)
      asm.store(8, base, offset, 'r0')
    })
  }
}
